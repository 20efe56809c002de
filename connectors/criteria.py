"""Whether a record answers a query: the check for connectors that can't push a criterion, or get one wrong."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import TypeVar

from connectors.queries import AccountQuery, CaseQuery, InstalledProductQuery, LocationQuery, Query
from connectors.records import Account, Case, InstalledProduct, Location

T = TypeVar("T", date, datetime)


_CHECKED: Mapping[type[Query], Mapping[str, tuple[str, ...]]] = {
    AccountQuery: {
        "numbers": ("number",),
        "parent_ids": ("parent_id",),
        "text": ("name", "number", "city"),
    },
    LocationQuery: {
        "account_ids": ("account_id",),
        "parent_ids": ("parent_id",),
        "text": ("name", "functional_location", "city"),
    },
    InstalledProductQuery: {
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
        "numbers": ("number",),
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
        "text": ("description", "number"),
    },
}


def checked_attributes(query: Query) -> frozenset[str]:
    """The attributes of a record that tell whether it answers the query's criteria; beside its id."""
    return frozenset(
        attribute
        for criterion, attributes in _CHECKED.get(type(query), {}).items()
        if getattr(query, criterion) is not None
        for attribute in attributes
    )


def account_matches(query: AccountQuery) -> Callable[[Account], bool]:
    ids, numbers, parents, text = _keys(query.ids), _keys(query.numbers), _keys(query.parent_ids), _text(query.text)
    return lambda row: (
        (ids is None or row.id in ids)
        and (numbers is None or row.number in numbers)
        and (parents is None or row.parent_id in parents)
        and (text is None or _holds(text, (row.name, row.number, row.city)))
    )


def location_matches(query: LocationQuery) -> Callable[[Location], bool]:
    ids, accounts, parents = _keys(query.ids), _keys(query.account_ids), _keys(query.parent_ids)
    text = _text(query.text)
    return lambda row: (
        (ids is None or row.id in ids)
        and (accounts is None or row.account_id in accounts)
        and (parents is None or row.parent_id in parents)
        and (text is None or _holds(text, (row.name, row.functional_location, row.city)))
    )


def installed_product_matches(query: InstalledProductQuery) -> Callable[[InstalledProduct], bool]:
    text = _text(query.text)
    sets: list[tuple[str, Collection[object]]] = [
        (attribute, frozenset(wanted))
        for attribute, wanted in (
            ("id", query.ids),
            ("asset_id", query.asset_ids),
            ("serial_number", query.serial_numbers),
            ("technical_id", query.technical_ids),
            ("installed_product_number", query.installed_product_numbers),
            ("account_id", query.account_ids),
            ("location_id", query.location_ids),
            ("status", query.statuses),
            ("modality", query.modalities),
        )
        if wanted is not None
    ]

    def matches(row: InstalledProduct) -> bool:
        if not all(getattr(row, attribute) in wanted for attribute, wanted in sets):
            return False
        if not _between(row.installation_date, query.installed_from, query.installed_to, closed=True):
            return False
        searched = (
            row.description,
            row.asset_id,
            row.serial_number,
            row.technical_id,
            row.installed_product_number,
            row.asset_tag,
        )
        return text is None or _holds(text, searched)

    return matches


def case_matches(query: CaseQuery) -> Callable[[Case], bool]:
    text = _text(query.text)
    numbers = _keys(query.numbers)
    sets: list[tuple[str, Collection[object]]] = [
        (attribute, frozenset(wanted))
        for attribute, wanted in (
            ("id", query.ids),
            ("asset_id", query.asset_ids),
            ("sold_to", query.sold_to),
            ("event_type", query.event_types),
            ("priority", query.priorities),
            ("status", query.statuses),
            ("origin", query.origins),
        )
        if wanted is not None
    ]

    def matches(row: Case) -> bool:
        if not all(getattr(row, attribute) in wanted for attribute, wanted in sets):
            return False
        if numbers is not None and row.number not in numbers and row.id not in numbers:
            return False
        if not _between(row.created_at, query.created_from, query.created_to):
            return False
        if not _between(row.updated_at, query.updated_from, query.updated_to):
            return False
        return text is None or _holds(text, (row.description, row.number, row.id))

    return matches


def _keys(keys: Collection[str] | None) -> frozenset[str] | None:
    return None if keys is None else frozenset(keys)


def _text(text: str | None) -> str | None:
    return text.strip().casefold() or None if text is not None else None


def _holds(text: str, values: Iterable[str | None]) -> bool:
    return any(value is not None and text in value.casefold() for value in values)


def _between(value: T | None, start: T | None, end: T | None, *, closed: bool = False) -> bool:
    if start is None and end is None:
        return True
    if value is None or (start is not None and value < start):
        return False
    return end is None or value < end or (closed and value == end)
