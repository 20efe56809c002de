"""Counting cases (F10). A case counts on the day it was created, in the viewer's time zone."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple, TypeVar

from auth.calendar import Days
from connectors.search.facts import CaseFact

K = TypeVar("K", bound=Hashable)

AGES = (1, 7, 30, 90)
"""Days at which an open case becomes an older one."""


class Spread(NamedTuple):
    """Of durations, in hours: of how many, the middle one, and the one that nine of ten don't exceed (nearest rank)."""

    cases: int
    median: float
    percentile_90: float


class Month(NamedTuple):
    """`month` as 2026-03; how many cases were created in it, and how many came to their reported closing date."""

    month: str
    created: int
    closed: int


def created_in(cases: Iterable[CaseFact], days: Days) -> list[CaseFact]:
    """Those created on one of the days. One without a time of creation is never counted."""
    start, end = days.start, days.end
    return [case for case in cases if case.created_at is not None and start <= case.created_at < end]


def counted(cases: Iterable[CaseFact], key: Callable[[CaseFact], K | None]) -> list[tuple[K, int]]:
    """The most frequent first. Cases without that value are left out."""
    counts = Counter(value for case in cases if (value := key(case)) is not None)
    return sorted(counts.items(), key=lambda each: (-each[1], str(each[0])))


def by_month(cases: Iterable[CaseFact], days: Days) -> list[Month]:
    """Every month of the period, also those without any."""
    months = _months(days)
    begins = [Days(first, days.last, days.zone).start for first in months]
    created, closed = [0] * len(months), [0] * len(months)
    start, end = days.start, days.end
    for case in cases:
        if case.created_at is not None and start <= case.created_at < end:
            created[bisect_right(begins, case.created_at) - 1] += 1
        if case.closed_at is not None and start <= case.closed_at < end:
            closed[bisect_right(begins, case.closed_at) - 1] += 1
    return [Month(first.strftime("%Y-%m"), *counts) for first, *counts in zip(months, created, closed, strict=True)]


def response_times(cases: Iterable[CaseFact]) -> Spread | None:
    """From creation to the beginning of the first visit. Cases without a visit are not counted."""
    return _spread((case.created_at, case.responded_at) for case in cases)


def resolution_times(cases: Iterable[CaseFact]) -> Spread | None:
    """From creation to the reported closing date. Cases without one, and open ones, are not counted."""
    return _spread((case.created_at, case.closed_at) for case in cases if not case.status.is_open)


def open_by_age(cases: Iterable[CaseFact], now: datetime) -> list[int]:
    """How many open cases are younger than each of AGES, and how many older than all."""
    counts = [0] * (len(AGES) + 1)
    for case in cases:
        if case.status.is_open and case.created_at is not None:
            age = now - case.created_at
            place = next((place for place, most in enumerate(AGES) if age < timedelta(days=most)), len(AGES))
            counts[place] += 1
    return counts


def spread_of(hours: Sequence[float]) -> Spread | None:
    """None: there are none."""
    if not hours:
        return None
    ordered = sorted(hours)
    return Spread(len(ordered), median(ordered), ordered[-(-9 * len(ordered) // 10) - 1])


def _spread(times: Iterable[tuple[datetime | None, datetime | None]]) -> Spread | None:
    known = ((start, end) for start, end in times if start is not None and end is not None)
    return spread_of([(end - start) / timedelta(hours=1) for start, end in known if end >= start])


def _months(days: Days) -> list[date]:
    """The first day of each month that lies in the period."""
    found = [days.first]
    while (following := (found[-1].replace(day=1) + timedelta(days=32)).replace(day=1)) <= days.last:
        found.append(following)
    return found
