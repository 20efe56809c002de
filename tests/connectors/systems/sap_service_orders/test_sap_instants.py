"""SAP's dates, times and zones become instants in UTC."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from connectors.systems.sap_service_orders.instants import TimeZones, instant_of, local_date_time

ZONES = {"CET": "Europe/Berlin", "EST": "America/New_York"}


def at(date: str, time: str | None, zone: str | None) -> datetime | None:
    return TimeZones(ZONES).in_utc(local_date_time(date, time), zone)


def test_a_date_a_time_and_a_zone_make_an_instant() -> None:
    winter, summer = "/Date(1767225600000)/", "/Date(1782864000000)/"  # 2026-01-01, 2026-07-01
    assert at(winter, "PT07H40M00S", "CET") == datetime(2026, 1, 1, 6, 40, tzinfo=UTC)
    assert at(summer, "PT07H40M00S", "CET") == datetime(2026, 7, 1, 5, 40, tzinfo=UTC)
    assert at(summer, "PT20H40M", "EST") == datetime(2026, 7, 2, 0, 40, tzinfo=UTC)
    assert at(summer, None, "CET") == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert at(summer, "PT24H00M00S", "CET") == datetime(2026, 7, 1, 22, tzinfo=UTC)


def test_an_unknown_zone_is_read_as_utc_and_logged_once() -> None:
    zones, local = TimeZones(ZONES), datetime(2026, 7, 1, 8)  # noqa: DTZ001
    with capture_logs() as logged:
        for zone in ("MARS", "MARS", "", None):
            assert zones.in_utc(local, zone) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert [entry["zone"] for entry in logged] == ["MARS"]


@pytest.mark.parametrize("text", ["/Date(1767250800000)/", "/Date(1767250800000+0060)/", "2026-01-01T08:00:00+01:00"])
def test_an_instant_is_utc_whatever_its_offset(text: str) -> None:
    assert instant_of(text) == datetime(2026, 1, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", 0, False, "/Date(x)/", "0000-00-00", "/Date(999999999999999999)/"])
def test_what_is_no_date_is_none(value: str | int | None) -> None:
    assert instant_of(value) is None
    assert local_date_time(value, "PT01H") is None


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9999, 12, 31)))  # noqa: DTZ001
def test_milliseconds_are_kept_without_rounding(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    ticks = (moment - datetime(1970, 1, 1)) // (datetime(1970, 1, 1, 0, 0, 1) - datetime(1970, 1, 1)) * 1000  # noqa: DTZ001
    assert instant_of(f"/Date({ticks + moment.microsecond // 1000})/") == moment.replace(tzinfo=UTC)
