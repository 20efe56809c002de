"""Counting equipment (F10): how much of the time it worked, and what covers it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from auth.calendar import Days
from connectors.search.facts import AssetFact, CaseFact
from connectors.vocabulary import AssetStatus, CasePriority, EventType

HORIZONS = (30, 90, 180)
"""Days ahead in which what covers equipment ends."""

_DOWN = (CasePriority.URGENT_NEED, CasePriority.SYSTEM_DOWN)
_NOT_DOWN = (EventType.PLANNED_MAINTENANCE, EventType.CUSTOMER_INFORMATION, EventType.APPLICATION_SUPPORT)


class Uptime(NamedTuple):
    """Of one piece of equipment, over the part of a period since it was installed; `down` and `hours` in hours."""

    asset: AssetFact
    hours: float
    down: float
    incidents: int

    @property
    def availability(self) -> float:
        """Per cent."""
        return 100.0 * (1.0 - self.down / self.hours)


class Coverage(NamedTuple):
    """How many assets in service are covered today by a contract line in force, by a warranty alone, by neither; and of
    how many what covers them ends within each of HORIZONS."""

    by_contract: int
    by_warranty: int
    uncovered: int
    ending: tuple[int, ...]


def in_service(assets: Iterable[AssetFact]) -> list[AssetFact]:
    return [asset for asset in assets if asset.status is not AssetStatus.INACTIVE]


def is_incident(case: CaseFact) -> bool:
    """A case that says the equipment does not work: of priority URGENT_NEED or SYSTEM_DOWN, or reported as down; but
    not planned maintenance, information or application support."""
    return (case.is_down or case.priority in _DOWN) and case.event_type not in _NOT_DOWN


def uptimes(assets: Iterable[AssetFact], cases: Iterable[CaseFact], days: Days, now: datetime) -> list[Uptime]:
    """Of assets in service. Equipment is down from an incident's creation to its reported closing date, an open one's
    until now; times that overlap count once. A closed incident without a closing date counts as an incident, for no
    time."""
    incidents: dict[str, list[CaseFact]] = {}
    for case in cases:
        if case.asset is not None and is_incident(case):
            incidents.setdefault(case.asset, []).append(case)
    found = (_uptime(asset, incidents.get(asset.id, ()), days, now) for asset in in_service(assets))
    return [each for each in found if each is not None]


def fleet_availability(uptimes: Sequence[Uptime]) -> float | None:
    """Per cent of all hours of all equipment. None: there are none."""
    hours = sum(each.hours for each in uptimes)
    return 100.0 * (1.0 - sum(each.down for each in uptimes) / hours) if hours else None


def coverage_of(assets: Iterable[AssetFact], today: date) -> Coverage:
    contract = warranty = nothing = 0
    ending = [0] * len(HORIZONS)
    for asset in in_service(assets):
        covers = [cover for cover in asset.covers if cover.active and _is_valid(cover.start, cover.end, today)]
        if any(not cover.warranty for cover in covers):
            contract += 1
        elif covers:
            warranty += 1
        else:
            nothing += 1
        last = _last_day(asset, today)
        if last is not None:
            for place, horizon in enumerate(HORIZONS):
                ending[place] += (last - today).days <= horizon
    return Coverage(contract, warranty, nothing, tuple(ending))


def _last_day(asset: AssetFact, today: date) -> date | None:
    """The day on which the last of what covers it today ends. None: nothing does, or it has no end."""
    ends = [cover.end for cover in asset.covers if cover.active and _is_valid(cover.start, cover.end, today)]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _uptime(asset: AssetFact, incidents: Iterable[CaseFact], days: Days, now: datetime) -> Uptime | None:
    """None: it was not installed yet, or the period lies ahead."""
    start, end = days.start, min(days.end, now)
    if asset.installation_date is not None:
        start = max(start, Days(asset.installation_date, days.last, days.zone).start)
    hours = (end - start) / timedelta(hours=1)
    if hours <= 0:
        return None
    spans = []
    count = 0
    for case in incidents:
        until = now if case.status.is_open else case.closed_at
        if case.created_at is None or case.created_at >= end or (until is not None and until <= start):
            continue
        if case.created_at >= start or until is not None:
            count += 1
        if until is not None:
            spans.append((max(case.created_at, start), min(until, end)))
    return Uptime(asset, hours, _total(spans) / timedelta(hours=1), count)


def _total(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """Together; what overlaps counts once."""
    total = timedelta()
    reached: datetime | None = None
    for start, end in sorted(spans):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += end - begin
        reached = end if reached is None else max(reached, end)
    return total


def _is_valid(start: date | None, end: date | None, today: date) -> bool:
    return (start is None or start <= today) and (end is None or today <= end)


def worst_first(uptimes: Iterable[Uptime]) -> list[Uptime]:
    return sorted(uptimes, key=lambda each: (each.availability, -each.incidents, each.asset.id))


def by_modality(uptimes: Iterable[Uptime]) -> Mapping[object, list[Uptime]]:
    groups: dict[object, list[Uptime]] = {}
    for each in uptimes:
        groups.setdefault(each.asset.modality, []).append(each)
    return groups
