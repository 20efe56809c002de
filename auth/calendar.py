"""What lies ahead of equipment, and behind it (F7): visits, planned maintenance, ends of contracts and warranties."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

import msgspec

from auth.rules import Action, decide
from auth.viewer import Viewer
from auth.visibility import CoveringLine, Visibility
from connectors.people import CalendarView
from connectors.queries import CaseQuery, InstalledProductQuery
from connectors.records import Case, ServiceOrder, Warranty
from connectors.vocabulary import CalendarKind, EventType

NEEDS = {
    "ServiceOrder": ("visit", "case_id", "asset_ids", "description"),
    "Case": ("event_type", "status", "required_start", "required_end", "asset_id", "description", "number"),
    "ContractLine": ("end_date", "description", "asset_id"),
    "ServiceContract": ("description",),
    "Warranty": ("end_date", "description", "asset_id"),
}
"""What is looked at, by the graph's type."""

_ACTIONS = {
    CalendarKind.VISIT: Action.READ_CASES,
    CalendarKind.PLANNED_MAINTENANCE: Action.READ_CASES,
    CalendarKind.CONTRACT_END: Action.READ_CONTRACTS,
    CalendarKind.WARRANTY_END: Action.READ_CONTRACTS,
}
_MAINTENANCE = (EventType.PLANNED_MAINTENANCE,)


class Days(NamedTuple):
    """From the first to the last, both included, as the calendar of that zone has them."""

    first: date
    last: date
    zone: tzinfo

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last

    @property
    def start(self) -> datetime:
        """The instant at which the first day begins."""
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The instant at which the last day is over."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def touches(self, start: datetime, end: datetime) -> bool:
        opens, closes = self.start, self.end
        return start < closes and (end > opens or end == start >= opens)


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What has hours has `starts_at` and `ends_at`, what has none its `day`. `id` stays the same whatever changes.

    One of the four records is what it stands for.
    """

    id: str
    kind: CalendarKind
    asset_id: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    day: date | None = None
    service_order: ServiceOrder | None = None
    case: Case | None = None
    covering: CoveringLine | None = None
    warranty: Warranty | None = None

    def order(self, zone: tzinfo) -> tuple[datetime, str]:
        """What has no hours stands before what has, on its day."""
        return self.starts_at or datetime.combine(self.day or date.max, time(), zone), self.id

    @property
    def description(self) -> str | None:
        """In the words of the system that it comes from."""
        if self.covering is not None:
            return self.covering.line.description or self.covering.contract.description
        told = self.service_order or self.case or self.warranty
        return None if told is None else told.description


def permitted_kinds(viewer: Viewer) -> frozenset[CalendarKind]:
    """What of it the viewer may be shown: a token may be for cases alone, or for contracts."""
    return frozenset(kind for kind, action in _ACTIONS.items() if decide(viewer, action).allowed)


def merged(lists: Iterable[Iterable[CalendarEntry]], days: Days) -> list[CalendarEntry]:
    """One calendar of several assets. A visit to several of them is one."""
    entries = {entry.id: entry for each in lists for entry in each}
    return sorted(entries.values(), key=lambda entry: entry.order(days.zone))


class EverythingAsked(ValueError):
    """Whoever sees the equipment of all accounts must name some of it."""


async def entries_of(visible: Visibility, viewer: Viewer, view: CalendarView, days: Days) -> list[CalendarEntry]:
    """What the view holds, as far as the viewer may see it now. Raises EverythingAsked, ConnectorError."""
    if visible.scope.unrestricted and not view.names_some:
        raise EverythingAsked
    query = InstalledProductQuery(
        scope=visible.scope,
        ids=view.installed_product_ids,
        account_ids=view.account_ids,
        location_ids=view.location_ids,
        fields=frozenset({"asset_id"}),
    )
    numbers = [row.asset_id for row in await visible.installed_products.all(query) if row.asset_id is not None]
    wanted = permitted_kinds(viewer).intersection(CalendarKind if view.kinds is None else view.kinds)
    return merged((await calendar_of(visible, numbers, days, wanted)).values(), days)


async def calendar_of(
    visible: Visibility, asset_ids: Collection[str], days: Days, kinds: Collection[CalendarKind]
) -> Mapping[str, list[CalendarEntry]]:
    """By equipment number, the earliest first. Raises a ConnectorError where a system that is asked can't be."""
    keys = sorted(set(asset_ids))
    if not keys:
        return {}
    reads = {
        CalendarKind.VISIT: _visits,
        CalendarKind.PLANNED_MAINTENANCE: _maintenance,
        CalendarKind.CONTRACT_END: _contract_ends,
        CalendarKind.WARRANTY_END: _warranty_ends,
    }
    found = await asyncio.gather(*(read(visible, keys, days) for kind, read in reads.items() if kind in kinds))
    by_asset: dict[str, list[CalendarEntry]] = {}
    for entry in sorted((entry for entries in found for entry in entries), key=lambda entry: entry.order(days.zone)):
        by_asset.setdefault(entry.asset_id, []).append(entry)
    return by_asset


async def _visits(visible: Visibility, asset_ids: list[str], days: Days) -> list[CalendarEntry]:
    orders = await visible.service_orders.of_assets(asset_ids)
    return [entry for asset_id, rows in orders.items() for entry in _of_orders(asset_id, rows, days)]


def _of_orders(asset_id: str, orders: Iterable[ServiceOrder], days: Days) -> Iterator[CalendarEntry]:
    for order in orders:
        found = None if order.visit is None else visit_hours(order)
        if found is not None and days.touches(*found):
            yield visit_entry(asset_id, order, *found)


def visit_hours(order: ServiceOrder) -> tuple[datetime, datetime] | None:
    """As it was, where it was; else as it is planned."""
    visit = order.visit
    if visit is None:
        return None
    start = visit.actual_start or visit.planned_start
    end = visit.actual_end or visit.planned_end if visit.actual_start is None else visit.actual_end
    return None if start is None else (start, max(start, end or start))


def visit_entry(asset_id: str, order: ServiceOrder, start: datetime, end: datetime) -> CalendarEntry:
    return CalendarEntry(
        id=f"visit-{order.id}",
        kind=CalendarKind.VISIT,
        asset_id=asset_id,
        starts_at=start,
        ends_at=end,
        service_order=order,
    )


async def _maintenance(visible: Visibility, asset_ids: list[str], days: Days) -> list[CalendarEntry]:
    query = CaseQuery(scope=visible.scope, event_types=_MAINTENANCE)
    cases = await visible.cases.of_assets(asset_ids, query)
    found = []
    for asset_id, rows in cases.items():
        for case in rows:
            start = case.required_start
            end = max(start, case.required_end or start) if start is not None else None
            if start is None or end is None or not days.touches(start, end):
                continue
            entry = CalendarEntry(
                id=f"maintenance-{case.number}",
                kind=CalendarKind.PLANNED_MAINTENANCE,
                asset_id=asset_id,
                starts_at=start,
                ends_at=end,
                case=case,
            )
            found.append(entry)
    return found


async def _contract_ends(visible: Visibility, asset_ids: list[str], days: Days) -> list[CalendarEntry]:
    lines = await visible.contracts.lines_of_assets(asset_ids)
    return [
        CalendarEntry(
            id=f"contract-{covering.line.contract_number}-{covering.line.number}",
            kind=CalendarKind.CONTRACT_END,
            asset_id=asset_id,
            day=covering.line.end_date,
            covering=covering,
        )
        for asset_id, rows in lines.items()
        for covering in rows
        if days.holds(covering.line.end_date)
    ]


async def _warranty_ends(visible: Visibility, asset_ids: list[str], days: Days) -> list[CalendarEntry]:
    warranties = await visible.contracts.warranties_of_assets(asset_ids)
    return [
        CalendarEntry(
            id=f"warranty-{warranty.id}",
            kind=CalendarKind.WARRANTY_END,
            asset_id=asset_id,
            day=warranty.end_date,
            warranty=warranty,
        )
        for asset_id, rows in warranties.items()
        for warranty in rows
        if days.holds(warranty.end_date)
    ]
