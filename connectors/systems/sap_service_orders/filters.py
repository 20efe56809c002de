"""A CaseQuery as `$filter`: what SAP can check itself, and which keys to ask by.

Not pushed, and checked on what comes back: text (SAP's substringof regards case), the second of two key criteria,
resolved as against closed (ConcatenatedActiveSystStsName can't be filtered), the hour of a creation (dates are local).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from typing import NamedTuple, TypeVar

from connectors.queries import CaseQuery
from connectors.systems.sap_service_orders.literals import (
    CUSTOMER,
    EQUIPMENT,
    NOTIFICATION,
    all_of,
    any_of,
    can_be,
    day,
    encoded,
    equal,
    in_utc,
    instant,
    padded,
    resource,
    string,
)
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.transport.chunks import chunked
from connectors.vocabulary import CaseStatus

E = TypeVar("E", bound=Enum)

_KEY_CRITERIA = ("ids", "numbers", "asset_ids", "sold_to")
_CRITERIA = (*_KEY_CRITERIA, "event_types", "priorities", "statuses", "origins")
_LONGEST_REFERENCE = 20


class CaseFilter(NamedTuple):
    """`terms` are ORed, and may need several reads; `conditions` are ANDed to each. `exact`: nothing is left to check.

    `by_sold_to`: the terms and conditions are those of MaintenanceNotificationPartner.
    """

    conditions: tuple[str, ...]
    terms: tuple[str, ...] | None
    exact: bool
    by_sold_to: bool = False


def names_keys(query: CaseQuery) -> bool:
    """Whether a restricted read may be made of it."""
    return any(getattr(query, name) is not None for name in _KEY_CRITERIA)


def matches_nothing(query: CaseQuery) -> bool:
    return any(getattr(query, name) == () for name in _CRITERIA)


def case_filter(query: CaseQuery, settings: SapServiceOrdersSettings) -> CaseFilter | None:
    """None where no case can match."""
    keyed = _keyed(query, settings)
    codes = _code_conditions(query, settings)
    if codes is None or (keyed is not None and not keyed[1]):
        return None
    by_sold_to = query.sold_to is not None and query.ids is query.numbers is query.asset_ids is None
    conditions, terms = keyed if keyed is not None else ((), None)
    if by_sold_to:  # a filter can't go through a navigation
        return CaseFilter(conditions, terms, exact=False, by_sold_to=True)
    return CaseFilter((*conditions, *codes, *_times(query)), terms, exact=_is_exact(query, settings))


def resources(
    entity_set: str,
    options: Mapping[str, str],
    conditions: Collection[str],
    terms: Iterable[str],
    settings: SapServiceOrdersSettings,
) -> list[str]:
    """One read for as many of the terms as an URL takes."""
    listed = tuple(dict.fromkeys(terms))
    if not listed:
        return []
    longest = settings.url_bytes - len(settings.root) - 100  # host, service, sap-client
    if len(listed) <= settings.keys_per_get:
        whole = resource(entity_set, {"$filter": all_of([*conditions, any_of(listed)]), **options})
        if len(whole) <= longest:
            return [whole]
    spent = len(resource(entity_set, {**options, "$filter": all_of([*conditions, "()"])}))
    budget = max(longest - spent, 1)
    chunks = chunked(
        listed, at_most=settings.keys_per_get, budget=budget, cost=lambda term: len(encoded(f" or {term}"))
    )
    return [resource(entity_set, {"$filter": all_of([*conditions, any_of(chunk)]), **options}) for chunk in chunks]


def asset_terms(property_name: str, asset_ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(number_terms(property_name, asset_ids, EQUIPMENT))


def case_terms(case_ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(number_terms("MaintenanceNotification", case_ids, NOTIFICATION))


def number_terms(name: str, keys: Iterable[str], width: int) -> Iterator[str]:
    """A term for each bare number; one that the system can't have is left out."""
    for key in keys:
        if key.isdigit() and key.isascii():  # as nearly all are
            if key[0] != "0" and len(key) <= width:
                yield f"{name} eq '{key.zfill(width)}'"
        elif can_be(key, width):
            yield equal(name, padded(key, width))


def _keyed(query: CaseQuery, settings: SapServiceOrdersSettings) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Conditions and terms of the narrowest key criterion. A key that can be none is left out."""
    if query.ids is not None:
        return (), case_terms(query.ids)
    if query.numbers is not None:
        return (), tuple(_number_terms(query.numbers))
    if query.asset_ids is not None:
        marked = equal("TechObjIsEquipOrFuncnlLoc", settings.equipment_marker)
        return (marked,), asset_terms("TechnicalObject", query.asset_ids)
    if query.sold_to is not None:
        function = equal("PartnerFunction", settings.sold_to_function)
        return (function,), tuple(number_terms("Partner", query.sold_to, CUSTOMER))
    return None


def _number_terms(numbers: Iterable[str]) -> Iterator[str]:
    for number in dict.fromkeys(numbers):
        if 0 < len(number) <= _LONGEST_REFERENCE and number.isprintable():
            yield equal("MaintNotifExtReferenceNumber", number)
        if can_be(number, NOTIFICATION):
            yield equal("MaintenanceNotification", padded(number, NOTIFICATION))


def _code_conditions(query: CaseQuery, settings: SapServiceOrdersSettings) -> list[str] | None:
    """None where no code stands for what is wanted."""
    found: list[str] = []
    wishes: tuple[tuple[str, Iterable[str] | None], ...] = (
        ("NotificationType", _codes(settings.event_types, query.event_types)),
        ("MaintPriority", _codes(settings.priorities, query.priorities)),
        ("NotifProcessingPhase", _codes(settings.phases, _before_closing(query.statuses))),
        (settings.custom_fields.origin, _codes(settings.origins, query.origins)),
    )
    for name, codes in wishes:
        if codes is None:
            continue
        terms = [equal(name, code) for code in codes] if name else []
        if not terms:
            return None
        found.append(any_of(terms))
    return found


def _codes(codes: Mapping[str, E], wanted: Collection[E] | None) -> list[str] | None:
    return None if wanted is None else [code for code, value in codes.items() if value in wanted]


def _before_closing(statuses: Collection[CaseStatus] | None) -> set[CaseStatus] | None:
    """A closed case is in a resolved phase; its system status tells the two apart."""
    if statuses is None:
        return None
    return {*statuses, CaseStatus.RESOLVED} if CaseStatus.CLOSED in statuses else set(statuses)


def _times(query: CaseQuery) -> Iterator[str]:
    if query.created_from is not None:
        yield f"NotificationCreationDate ge {day(earliest_day(query.created_from))}"
    if query.created_to is not None:
        yield f"NotificationCreationDate lt {day(day_after(query.created_to))}"
    if query.updated_from is not None:
        yield f"LastChangeDateTime ge {instant(query.updated_from)}"
    if query.updated_to is not None:
        yield f"LastChangeDateTime lt {instant(ceiling(query.updated_to))}"


def earliest_day(moment: datetime) -> date:
    """The first local date on which something at that moment can have been dated, in whichever zone."""
    return _shifted(moment, -1)


def day_after(moment: datetime) -> date:
    """The day after the last local date on which something at that moment can have been dated."""
    return _shifted(moment, 2)


def _shifted(moment: datetime, days: int) -> date:
    try:
        return in_utc(moment).date() + timedelta(days=days)
    except OverflowError:
        return date.min if days < 0 else date.max


def ceiling(moment: datetime) -> datetime:
    """The next whole second, since literals hold no fractions; the last one of all where there is none."""
    whole = moment.replace(microsecond=0)
    try:
        return whole if whole == moment else whole + timedelta(seconds=1)
    except OverflowError:
        return whole


def id_after(case_id: str, *, descending: bool) -> str:
    return f"MaintenanceNotification {'lt' if descending else 'gt'} {string(padded(case_id, NOTIFICATION))}"


def _is_exact(query: CaseQuery, settings: SapServiceOrdersSettings) -> bool:
    keys = [name for name in _KEY_CRITERIA if getattr(query, name) is not None]
    if len(keys) > 1 or query.text is not None or query.created_from is not None or query.created_to is not None:
        return False
    if any(moment is not None and moment.microsecond for moment in (query.updated_from, query.updated_to)):
        return False
    ends = {CaseStatus.RESOLVED, CaseStatus.CLOSED} & set(query.statuses or ())
    return len(ends) != 1 or CaseStatus.RESOLVED not in settings.phases.values()
