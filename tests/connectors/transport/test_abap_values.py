"""What ABAP's padded keys and stringly dates are read as."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.transport import abap_values
from connectors.transport.abap_values import (
    bare_key,
    pad_key,
    pad_keys,
    read_date,
    read_decimal,
    read_end,
    read_instant,
    read_integer,
)

BERLIN = ZoneInfo("Europe/Berlin")
WIDTHS = st.sampled_from([4, 6, 10, 12, 18])


@given(st.integers(min_value=1, max_value=9999), WIDTHS)
def test_a_number_comes_back_bare_as_it_was_sent_padded(number: int, width: int) -> None:
    padded = pad_key(str(number), width)
    assert padded is not None
    assert len(padded) == width
    assert bare_key(padded) == str(number)


@given(st.text(), WIDTHS)
def test_a_key_that_is_sent_fits_its_field_and_an_xml_document(text: str, width: int) -> None:
    padded = pad_key(text, width)
    assert padded is None or (1 <= len(padded) <= width and padded.isprintable() and padded == pad_key(padded, width))


@pytest.mark.parametrize("text", ["", "   ", "0", "0000000000", "12345678901", "12\x00", "a\ud800", "a\nb"])
def test_what_can_be_no_key_is_not_sent(text: str) -> None:
    assert pad_key(text, 10) is None


def test_keys_are_sent_once_and_letters_are_not_padded() -> None:
    assert pad_keys(["12", "0012", "AB1", "12"], 6) == ("000012", "AB1")


@given(st.dates())
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert read_date(f"{day:%Y}".zfill(4) + f"-{day:%m-%d}") == day


@pytest.mark.parametrize("text", ["0000-00-00", "", "2026-02-30", "31.12.2026", "   "])
def test_a_day_of_no_calendar_is_none(text: str) -> None:
    assert read_date(text) is None
    assert read_end(text) == (None, False)


def test_the_last_day_of_9999_is_an_open_end() -> None:
    assert read_end("9999-12-31") == (None, True)
    assert read_end(" 2026-12-31 ") == (date(2026, 12, 31), False)


@pytest.mark.parametrize(
    ("day", "time", "instant"),
    [
        ("2026-07-01", "14:05:00", datetime(2026, 7, 1, 12, 5, tzinfo=UTC)),
        ("2026-01-01", "00:30:00", datetime(2025, 12, 31, 23, 30, tzinfo=UTC)),
        ("2026-07-01", "24:00:00", datetime(2026, 7, 1, 22, 0, tzinfo=UTC)),
        ("2026-07-01", "14:05:00Z", datetime(2026, 7, 1, 14, 5, tzinfo=UTC)),
        ("2026-07-01", "", datetime(2026, 6, 30, 22, 0, tzinfo=UTC)),
        ("0000-00-00", "14:05:00", None),
    ],
)
def test_local_times_become_instants_in_utc(day: str, time: str, instant: datetime | None) -> None:
    assert read_instant(day, time, BERLIN) == instant


@given(st.text(), st.text(), st.sampled_from([BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")]))
def test_no_text_breaks_a_reader(day: str, time: str, zone: ZoneInfo) -> None:
    read_instant(day, time, zone)
    for reader in (read_date, read_decimal, read_integer, bare_key, abap_values.read_text, abap_values.read_flag):
        reader(day)


@given(st.dates(), st.times(), st.sampled_from([BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")]))
def test_no_day_is_too_early_or_too_late(day: date, time: object, zone: ZoneInfo) -> None:
    found = read_instant(str(day), str(time), zone)
    assert found is None or found.tzinfo is UTC


def test_numbers_are_read_or_none() -> None:
    assert (read_decimal(" 12.50 "), read_decimal(""), read_decimal("NaN")) == (Decimal("12.50"), None, None)
    assert (read_integer("004"), read_integer(""), read_integer("x")) == (4, None, None)
