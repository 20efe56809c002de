"""Whether a record answers a query: the check for connectors that can't push a criterion, or get one wrong."""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from connectors.queries import AccountQuery, CaseQuery, InstalledProductQuery, LocationQuery, Query
from connectors.records import Account, Case, InstalledProduct, Location

# Which attributes each criterion looks at: what a projected read must bring, and what the matchers are made of.
_CHECKED: Mapping[type[Query], Mapping[str, tuple[str, ...]]] = {
    AccountQuery: {
        "ids": ("id",),
        "numbers": ("number",),
        "parent_ids": ("parent_id",),
        "text": ("name", "number", "city"),
    },
    LocationQuery: {
        "ids": ("id",),
        "account_ids": ("account_id",),
        "parent_ids": ("parent_id",),
        "text": ("name", "functional_location", "city"),
    },
    InstalledProductQuery: {
        "ids": ("id",),
        "asset_ids": ("asset_id",),
        "serial_numbers": ("serial_number",),
        "technical_ids": ("technical_id",),
        "installed_product_numbers": ("installed_product_number",),
        "account_ids": ("account_id",),
        "location_ids": ("location_id",),
        "statuses": ("status",),
        "modalities": ("modality",),
        "installed_from": ("installation_date",),
        "installed_to": ("installation_date",),
        "text": (
            "description",
            "asset_id",
            "serial_number",
            "technical_id",
            "installed_product_number",
            "asset_tag",
        ),
    },
    CaseQuery: {
        "ids": ("id",),
        "numbers": ("number", "id"),
        "asset_ids": ("asset_id",),
        "sold_to": ("sold_to",),
        "event_types": ("event_type",),
        "priorities": ("priority",),
        "statuses": ("status",),
        "origins": ("origin",),
        "created_from": ("created_at",),
        "created_to": ("created_at",),
        "updated_from": ("updated_at",),
        "updated_to": ("updated_at",),
        "text": ("description", "number", "id"),
    },
}


_CLOSED = frozenset({"installed_to"})  # periods of days include their last one, periods of instants don't


def checked_attributes(query: Query) -> frozenset[str]:
    """The attributes that the query's matcher looks at: a record that holds these matches as the whole one does."""
    asked = (attributes for _, _, attributes in _asked(query))
    return frozenset(attribute for attributes in asked for attribute in attributes)


def account_matches(query: AccountQuery) -> Callable[[Account], bool]:
    return _matcher(query)


def location_matches(query: LocationQuery) -> Callable[[Location], bool]:
    return _matcher(query)


def installed_product_matches(query: InstalledProductQuery) -> Callable[[InstalledProduct], bool]:
    return _matcher(query)


def case_matches(query: CaseQuery) -> Callable[[Case], bool]:
    return _matcher(query)


def _asked(query: Query) -> Iterator[tuple[str, object, tuple[str, ...]]]:
    """Criterion, what is wanted of it, and the attributes it looks at. An empty text asks for nothing."""
    for criterion, attributes in _CHECKED.get(type(query), {}).items():
        wanted = getattr(query, criterion)
        if wanted is not None and (criterion != "text" or wanted.strip()):
            yield criterion, wanted, attributes


def _matcher(query: Query) -> Callable[[object], bool]:
    checks = tuple(_check(*asked) for asked in _asked(query))
    if not checks:
        return lambda _: True
    if len(checks) == 1:
        return checks[0]

    def matches(row: object) -> bool:
        for check in checks:  # noqa: SIM110 - twice as fast as all() over a generator, and hot
            if not check(row):
                return False
        return True

    return matches


def _check(criterion: str, wanted: Any, attributes: tuple[str, ...]) -> Callable[[object], bool]:
    """`wanted` is of the criterion's own type."""
    first = attrgetter(attributes[0])
    if criterion == "text":
        text = wanted.strip().casefold()
        return lambda row: any(_holds(getattr(row, attribute), text) for attribute in attributes)
    if isinstance(wanted, tuple):
        keys = frozenset(wanted)
        if len(attributes) == 1:
            return lambda row: first(row) in keys
        return lambda row: any(getattr(row, attribute) in keys for attribute in attributes)
    if criterion.endswith("_from"):
        return lambda row: (value := first(row)) is not None and value >= wanted
    if criterion in _CLOSED:
        return lambda row: (value := first(row)) is not None and value <= wanted
    return lambda row: (value := first(row)) is not None and value < wanted


def _holds(value: str | None, text: str) -> bool:
    return value is not None and text in value.casefold()
