"""A zone as other programs read it is the zone as it is (F8)."""

import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical  # type: ignore[import-untyped]  # it ships no type information
from icalendar import Calendar

from gateway.calendars.zones import timezone_of

pytestmark = pytest.mark.rule("F8")

ZONES = [
    "Europe/Warsaw",
    "Europe/Lisbon",
    "America/New_York",
    "America/Sao_Paulo",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
]


@pytest.mark.parametrize("zone", ZONES)
def test_each_moment_of_the_years_has_the_zones_own_offset(zone: str) -> None:
    made = Calendar()
    made.add_component(timezone_of(zone, date(2025, 6, 1), date(2027, 6, 1)))
    read = tzical(io.StringIO(made.to_ical().decode())).get(zone)
    own, moment = ZoneInfo(zone), datetime(2025, 1, 2, 0, 30, tzinfo=UTC)
    while moment < datetime(2027, 12, 30, tzinfo=UTC):
        local = moment.astimezone(own).replace(tzinfo=None)
        expected = {local.replace(tzinfo=own, fold=fold).utcoffset() for fold in (0, 1)}
        assert local.replace(tzinfo=read).utcoffset() in expected, local
        moment += timedelta(hours=5)


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/New_York"])
def test_clocks_that_change_by_rule_are_told_as_rules(zone: str) -> None:
    text = timezone_of(zone, date(2026, 1, 1), date(2026, 12, 31)).to_ical().decode()
    assert text.count("RRULE") == 2
    if zone == "Europe/Warsaw":
        assert "DTSTART:20260329T020000" in text
        assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in text
