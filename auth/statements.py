"""What is written down about one piece of equipment: its uptime and service quality over a period (F11, V26), and what
of it ends when (F12)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import msgspec

from auth.analytics.cases import Spread, resolution_times, response_times
from auth.analytics.facts import covers_of
from auth.analytics.fleet import Uptime, is_incident, uptimes
from auth.calendar import Days, visit_hours
from auth.entitlement import UptimeReportEntitlement, uptime_report_entitlement
from auth.viewer import Viewer
from auth.visibility import CoveringLine, Visibility
from connectors.queries import CaseQuery
from connectors.records import Case, InstalledProduct, Location, ServiceOrder, Warranty
from connectors.search.facts import AssetFact, CaseFact, asset_fact, case_fact
from connectors.vocabulary import CasePriority, ContractStatus, EventType


class StatementOf(msgspec.Struct, frozen=True, kw_only=True):
    """An uptime report from `first` to `last`; without them, an end-of-life statement."""

    installed_product_id: str
    first: date | None = None
    last: date | None = None


class StatementLinks(Protocol):
    def link(self, viewer: Viewer, of: StatementOf, name: str) -> str: ...


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The equipment, as a reader knows it."""

    asset: InstalledProduct
    location: Location | None
    account_name: str | None
    custom_name: str | None


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """`ended_at` None: it is open, or nobody knows. `hours` that the equipment was down in the period."""

    number: str
    description: str | None
    priority: CasePriority | None
    started_at: datetime
    ended_at: datetime | None
    is_open: bool
    hours: float


class PlannedWork(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that was planned, or planned maintenance; `done`: it took place."""

    at: datetime
    description: str | None
    done: bool


class MonthOfUptime(msgspec.Struct, frozen=True, kw_only=True):
    """`month` as 2026-03; per cent of its hours that lie in the period."""

    month: str
    availability: float


class UptimeReport(msgspec.Struct, frozen=True, kw_only=True):
    """`guaranteed`: per cent, by the contract line that guarantees most; None: nothing is guaranteed. `uptime` None:
    the equipment was not installed yet."""

    subject: Subject
    first: date
    last: date
    uptime: Uptime | None
    guaranteed: Decimal | None
    months: Sequence[MonthOfUptime]
    incidents: Sequence[Incident]
    response: Spread | None
    repair: Spread | None
    planned: Sequence[PlannedWork]
    contracts: Sequence[str]


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Something that ends. `end` None: open-ended. `active`: in force."""

    kind: str  # contract or warranty
    number: str
    description: str | None
    end: date | None
    active: bool


class EndOfLifeStatement(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    endings: Sequence[Ending]
    replaced_by: str | None
    replaced_by_code: str | None


async def uptime_report_of(
    visible: Visibility, asset: InstalledProduct, days: Days, now: datetime, today: date
) -> UptimeReport | UptimeReportEntitlement:
    """The report, or why there is none. Raises a ConnectorError."""
    numbers = [asset.asset_id] if asset.asset_id is not None else []
    lines, cases, orders, subject = await asyncio.gather(
        visible.contracts.lines_of_assets(numbers),
        visible.cases.of_assets(numbers, CaseQuery(scope=visible.scope)),
        visible.service_orders.of_assets(numbers),
        _subject(visible, asset),
    )
    covering = lines.get(asset.asset_id or "", [])
    entitlement = uptime_report_entitlement(covering, today)
    if entitlement is not UptimeReportEntitlement.ENTITLED:
        return entitlement
    rows = cases.get(asset.asset_id or "", [])
    work = orders.get(asset.asset_id or "", [])
    by_case: dict[str, list[ServiceOrder]] = {}
    for order in work:
        by_case.setdefault(order.case_id or "", []).append(order)
    facts = {row.id: case_fact(row, asset, by_case.get(row.id, ())) for row in rows}
    fact = asset_fact(asset, covers_of(covering))
    in_period = [each for each in facts.values() if each.created_at and days.start <= each.created_at < days.end]
    return UptimeReport(
        subject=subject,
        first=days.first,
        last=days.last,
        uptime=next(iter(uptimes([fact], facts.values(), days, now)), None),
        guaranteed=max((c.guaranteed_uptime for c in fact.covers if c.active and c.guaranteed_uptime), default=None),
        months=_months(fact, list(facts.values()), days, now),
        incidents=_incidents(rows, facts, days, now),
        response=response_times(in_period),
        repair=resolution_times(in_period),
        planned=_planned(rows, work, days),
        contracts=sorted({line.contract_number for line, _ in covering if line.uptime_report}),
    )


async def end_of_life_statement_of(visible: Visibility, asset: InstalledProduct) -> EndOfLifeStatement:
    """Raises a ConnectorError."""
    numbers = [asset.asset_id] if asset.asset_id is not None else []
    lines, warranties, subject, replacement = await asyncio.gather(
        visible.contracts.lines_of_assets(numbers),
        visible.contracts.warranties_of_assets(numbers),
        _subject(visible, asset),
        visible.documents.replacement_of(asset),
    )
    endings = [
        *_contract_endings(lines.get(asset.asset_id or "", [])),
        *_warranty_endings(warranties.get(asset.asset_id or "", [])),
    ]
    return EndOfLifeStatement(
        subject=subject,
        endings=sorted(endings, key=lambda each: (each.end or date.max, each.kind, each.number)),
        replaced_by=None if replacement is None else replacement.by_name,
        replaced_by_code=None if replacement is None else replacement.by_code,
    )


async def _subject(visible: Visibility, asset: InstalledProduct) -> Subject:
    locations, accounts, own = await asyncio.gather(
        visible.locations.by_id([asset.location_id] if asset.location_id is not None else []),
        visible.accounts.assigned_by_id([asset.account_id] if asset.account_id is not None else []),
        visible.custom_asset_data([asset.id]),
    )
    account = accounts.get(asset.account_id or "")
    return Subject(
        asset=asset,
        location=locations.get(asset.location_id or ""),
        account_name=None if account is None else account.name,
        custom_name=own[asset.id].name if asset.id in own else None,
    )


def _months(fact: AssetFact, cases: Sequence[CaseFact], days: Days, now: datetime) -> list[MonthOfUptime]:
    found = []
    first = days.first
    while first <= days.last:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        part = Days(first, min(days.last, following - timedelta(days=1)), days.zone)
        month = first.strftime("%Y-%m")
        told = uptimes([fact], cases, part, now)
        found += [MonthOfUptime(month=month, availability=uptime.availability) for uptime in told]
        first = following
    return found


def _incidents(rows: Iterable[Case], facts: Mapping[str, CaseFact], days: Days, now: datetime) -> list[Incident]:
    """Those that touch the period, the earliest first."""
    found = []
    for row in rows:
        fact = facts[row.id]
        if not is_incident(fact) or row.created_at is None or row.created_at >= days.end:
            continue
        until = now if row.status.is_open else row.reported_closing_date
        if (until or row.created_at) < days.start:
            continue
        start, end = max(row.created_at, days.start), min(until or row.created_at, days.end, now)
        incident = Incident(
            number=row.number,
            description=row.description,
            priority=row.priority,
            started_at=row.created_at,
            ended_at=None if row.status.is_open else row.reported_closing_date,
            is_open=row.status.is_open,
            hours=max(timedelta(), end - start) / timedelta(hours=1),
        )
        found.append(incident)
    return sorted(found, key=lambda each: (each.started_at, each.number))


def _planned(rows: Iterable[Case], orders: Iterable[ServiceOrder], days: Days) -> list[PlannedWork]:
    """Planned maintenance by its visits; where there are none yet, by the case."""
    maintenance = {row.id: row for row in rows if row.event_type is EventType.PLANNED_MAINTENANCE}
    visited: set[str] = set()
    found = []
    for order in orders:
        hours = visit_hours(order)
        if order.case_id in maintenance and hours is not None and days.touches(*hours):
            done = order.visit is not None and order.visit.actual_start is not None
            found.append(PlannedWork(at=hours[0], description=order.description, done=done))
            visited.add(order.case_id or "")
    for key, row in maintenance.items():
        start = row.required_start
        if key not in visited and start is not None and days.start <= start < days.end:
            found.append(PlannedWork(at=start, description=row.description, done=not row.status.is_open))
    return sorted(found, key=lambda each: (each.at, each.description or ""))


def _contract_endings(lines: Iterable[CoveringLine]) -> list[Ending]:
    return [
        Ending(
            kind="contract",
            number=f"{line.contract_number}/{line.number}",
            description=line.description or contract.description,
            end=None if line.open_ended else line.end_date,
            active=contract.status is ContractStatus.ACTIVE,
        )
        for line, contract in lines
        if line.open_ended or line.end_date is not None
    ]


def _warranty_endings(warranties: Iterable[Warranty]) -> list[Ending]:
    return [
        Ending(
            kind="warranty",
            number=row.type or "",
            description=row.description,
            end=None if row.open_ended else row.end_date,
            active=True,
        )
        for row in warranties
        if row.open_ended or row.end_date is not None
    ]
