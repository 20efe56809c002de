"""VTIMEZONE of a zone (RFC 5545, 3.6.5), as rules where its clocks change by rule: programs read those best.

icalendar's own lists every change, and puts the one in spring an hour late.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEK = 7


class _Change(NamedTuple):
    """`local` is the time that the clocks show at that moment, before they are changed."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str
    daylight: bool

    @property
    def rule(self) -> tuple[object, ...]:
        """The same for each year where the clocks change by rule."""
        month_ends = (self.local + timedelta(days=_WEEK)).month != self.local.month
        nth = -1 if month_ends else (self.local.day - 1) // _WEEK + 1
        moment = (self.local.month, nth, self.local.weekday(), self.local.time())
        return (*moment, self.before, self.after, self.name, self.daylight)


def timezone_of(name: str, first: date, last: date) -> Timezone:
    """Good from the first to the last day."""
    zone, made = ZoneInfo(name), Timezone()
    made.add("tzid", name)
    start = datetime(first.year, 1, 1, tzinfo=UTC)
    end = datetime(min(last.year + 1, 9998), 1, 1, tzinfo=UTC)
    began = start.astimezone(zone)
    offset = began.utcoffset() or timedelta()
    at_first = _Change(began.replace(tzinfo=None), offset, offset, began.tzname() or name, bool(began.dst()))
    made.add_component(_observance(at_first, None))
    by_rule: dict[tuple[object, ...], list[_Change]] = {}
    for change in _changes(zone, start, end):
        by_rule.setdefault(change.rule, []).append(change)
    years = end.year - start.year
    for changes in by_rule.values():
        if len(changes) == years:
            made.add_component(_observance(changes[0], _rule(changes[0])))
        else:
            for change in changes:
                made.add_component(_observance(change, None))
    return made


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[_Change]:
    moment, step = start, timedelta(days=1)
    while moment < end:
        following = moment + step
        before, after = moment.astimezone(zone), following.astimezone(zone)
        if before.utcoffset() != after.utcoffset():
            at = _moment(zone, moment, following)
            then, earlier = at.astimezone(zone), (at - timedelta(minutes=1)).astimezone(zone)
            was, now = earlier.utcoffset() or timedelta(), then.utcoffset() or timedelta()
            yield _Change((at + was).replace(tzinfo=None), was, now, then.tzname() or "", bool(then.dst()))
        moment = following


def _moment(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The minute of the change between both."""
    offset = early.astimezone(zone).utcoffset()
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            early = middle
        else:
            late = middle
    return late


def _rule(change: _Change) -> vRecur:
    month_ends = (change.local + timedelta(days=_WEEK)).month != change.local.month
    nth = -1 if month_ends else (change.local.day - 1) // _WEEK + 1
    day = f"{nth}{_WEEKDAYS[change.local.weekday()]}"
    return vRecur({"FREQ": ["YEARLY"], "BYMONTH": [change.local.month], "BYDAY": [day]})


def _observance(change: _Change, rule: vRecur | None) -> TimezoneDaylight | TimezoneStandard:
    made: TimezoneDaylight | TimezoneStandard = TimezoneDaylight() if change.daylight else TimezoneStandard()
    made.add("dtstart", change.local)
    made.add("tzname", change.name)
    made.add("tzoffsetfrom", change.before)
    made.add("tzoffsetto", change.after)
    if rule is not None:
        made.add("rrule", rule)
    return made
