"""What goes into a URL: quoted, padded, encoded, and not longer than the system takes."""

from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.systems.sap_service_orders.filters import day_after, earliest_day, resources
from connectors.systems.sap_service_orders.literals import any_of, bare, can_be, day, equal, instant, padded, resource
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from fixtures.simulators.sap_service_orders.filter_parser import Comparison, Or, parse_filter

PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@given(PRINTABLE)
def test_no_text_breaks_out_of_its_quotes(text: str) -> None:
    written = resource("MaintenanceNotification", {"$filter": equal("NotificationText", text), "$top": "1"})
    assert written.isascii()
    assert " " not in written
    options = dict(part.split("=", 1) for part in written.partition("?")[2].split("&"))
    assert options["$top"] == "1"
    assert unquote(options["$filter"]) == "NotificationText eq '" + text.replace("'", "''") + "'"


@given(PRINTABLE)
def test_a_quoted_text_is_one_literal_to_a_parser(text: str) -> None:
    parsed = parse_filter(any_of([equal("A", text), equal("B", text)]))
    assert isinstance(parsed, Or)
    assert [side.literal.value for side in parsed.operands if isinstance(side, Comparison)] == [text, text]


@given(st.integers(min_value=1, max_value=10**12 - 1))
def test_a_padded_number_comes_back_bare(number: int) -> None:
    assert padded(str(number), 18) == f"{number:018}"
    assert bare(padded(str(number), 18)) == str(number)


def test_numbers_with_letters_are_left_as_they_are() -> None:
    assert padded("A12", 12) == "A12"
    assert bare("0A12") == "0A12"
    assert bare("000") is None


def test_what_can_be_no_number_is_not_asked_for() -> None:
    assert can_be("300000101", 12)
    for key in ("", "1" * 13, "000300000101", "3\n4", "\ud800"):
        assert not can_be(key, 12)


def test_dates_and_instants_are_written_in_full() -> None:
    assert day(date(988, 1, 2)) == "datetime'0988-01-02T00:00:00'"
    warsaw = timezone(timedelta(hours=1))
    assert instant(datetime(2026, 3, 1, 0, 30, 5, 999, tzinfo=warsaw)) == "datetimeoffset'2026-02-28T23:30:05Z'"


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - hypothesis wants it
    st.integers(min_value=-12 * 60, max_value=14 * 60),
)
def test_the_days_around_a_moment_hold_its_local_date_in_every_zone(moment: datetime, minutes: int) -> None:
    moment = moment.replace(tzinfo=UTC)
    local = moment.astimezone(timezone(timedelta(minutes=minutes))).date()
    assert earliest_day(moment) <= local < day_after(moment)


def test_the_ends_of_time_are_no_error() -> None:
    assert earliest_day(datetime.min.replace(tzinfo=UTC)) == date.min
    assert day_after(datetime.max.replace(tzinfo=UTC)) == date.max


@given(
    keys=st.lists(PRINTABLE, min_size=1, max_size=300, unique=True),
    at_most=st.integers(min_value=1, max_value=500),
    url_bytes=st.integers(min_value=2_000, max_value=8_000),
)
def test_no_url_grows_too_long_and_no_key_is_lost(keys: list[str], at_most: int, url_bytes: int) -> None:
    settings = SapServiceOrdersSettings.model_validate(
        {"url": "https://sap.example", "token": SecretStr("t"), "keys_per_get": at_most, "url_bytes": url_bytes}
    )
    terms = [equal("TechnicalObject", key) for key in keys]
    written = resources(
        "MaintenanceNotification", {"$select": "MaintenanceNotification"}, ["A eq 'B'"], terms, settings
    )
    assert all(len(url) + len(settings.root) + 60 <= url_bytes for url in written)
    filters = " or ".join(unquote(url.partition("$filter=")[2].partition("&$select")[0]) for url in written)
    assert all(term in filters for term in terms)
    assert filters.count("A eq 'B' and ") == len(written)
