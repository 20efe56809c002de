"""What reports count, by which clock (F10): held against the definitions that the graph gives, hour by hour."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.analytics.cases import by_month, created_in, open_by_age, resolution_times, spread_of
from auth.analytics.fleet import HORIZONS, coverage_of, fleet_availability, is_incident, uptimes
from auth.calendar import Days
from connectors.search.facts import AssetFact, CaseFact, Cover
from connectors.vocabulary import AssetStatus, CasePriority, CaseStatus, EventType, Modality

pytestmark = pytest.mark.rule("F10")

WARSAW = ZoneInfo("Europe/Warsaw")
START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = Days(date(2026, 3, 1), date(2026, 3, 3), ZoneInfo("UTC"))
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
ASSET = AssetFact("a", "1", "acc", Modality.MR, AssetStatus.ACTIVE, None)


def case(**given: Any) -> CaseFact:
    usual = CaseFact(
        "1",
        "a",
        "acc",
        None,
        Modality.MR,
        CaseStatus.CLOSED,
        CasePriority.SYSTEM_DOWN,
        EventType.CORRECTIVE_MAINTENANCE,
        False,
        START,
        None,
        START,
    )
    return msgspec.structs.replace(usual, **given)


hours = st.integers(-30, 90)
incidents = st.lists(
    st.builds(
        lambda begin, length, is_open: case(
            created_at=START + timedelta(hours=begin),
            closed_at=None if length is None else START + timedelta(hours=begin + length),
            status=CaseStatus.NEW if is_open else CaseStatus.CLOSED,
        ),
        hours,
        st.none() | st.integers(0, 60),
        st.booleans(),
    ),
    max_size=6,
)


@given(incidents, st.none() | st.dates(date(2026, 2, 20), date(2026, 3, 6)))
def test_downtime_is_every_hour_in_which_an_incident_was_open(cases: list[CaseFact], installed: date | None) -> None:
    asset = msgspec.structs.replace(ASSET, installation_date=installed)
    told = uptimes([asset], cases, DAYS, NOW)
    first = (
        START if installed is None else max(START, datetime(installed.year, installed.month, installed.day, tzinfo=UTC))
    )
    slots = [START + timedelta(hours=n) for n in range(60) if START + timedelta(hours=n) >= first]
    if not slots:
        assert told == []
        return
    (uptime,) = told
    down = 0
    for slot in slots:
        open_then = (
            each
            for each in cases
            if each.created_at is not None
            and each.created_at <= slot
            and (each.status.is_open or (each.closed_at is not None and slot < each.closed_at))
        )
        down += any(open_then)
    assert uptime.hours == len(slots)
    assert uptime.down == pytest.approx(down)
    assert 0 <= uptime.availability <= 100


def test_what_is_no_incident_takes_nothing_away() -> None:
    for changed in (
        {"priority": CasePriority.SYSTEM_RESTRICTED},
        {"event_type": EventType.PLANNED_MAINTENANCE},
        {"event_type": EventType.CUSTOMER_INFORMATION, "is_down": True},
    ):
        assert not is_incident(case(**changed))
    assert is_incident(case(priority=None, is_down=True))


def test_equipment_out_of_service_and_not_installed_yet_is_not_counted() -> None:
    inactive = msgspec.structs.replace(ASSET, status=AssetStatus.INACTIVE)
    coming = msgspec.structs.replace(ASSET, installation_date=date(2027, 1, 1))
    assert uptimes([inactive, coming], [], DAYS, NOW) == []
    assert fleet_availability([]) is None


def test_a_day_of_changing_clocks_has_as_many_hours_as_it_has() -> None:
    spring = Days(date(2026, 3, 29), date(2026, 3, 29), WARSAW)
    (uptime,) = uptimes([ASSET], [], spring, datetime(2026, 6, 1, tzinfo=UTC))
    assert uptime.hours == 23


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_nine_of_ten_do_not_exceed_the_ninetieth_percentile(hours: list[float]) -> None:
    spread = spread_of(hours)
    assert spread is not None
    assert spread.percentile_90 in hours
    assert sum(each <= spread.percentile_90 for each in hours) >= 0.9 * len(hours)
    assert sum(each < spread.percentile_90 for each in hours) < 0.9 * len(hours)
    assert sum(each <= spread.median for each in hours) >= len(hours) / 2


def test_cases_count_on_the_day_that_it_was_where_the_viewer_is() -> None:
    late = case(created_at=datetime(2026, 2, 28, 23, 30, tzinfo=UTC))  # 00:30 on the first of March in Warsaw
    march = Days(date(2026, 3, 1), date(2026, 3, 31), WARSAW)
    assert created_in([late], march) == [late]
    assert created_in([late, case(created_at=None)], DAYS) == []
    assert [(m.month, m.created) for m in by_month([late], march)] == [("2026-03", 1)]


def test_open_and_endless_cases_have_no_time_to_resolution() -> None:
    done = case(closed_at=START + timedelta(hours=5))
    spread = resolution_times([done, case(status=CaseStatus.NEW), case(closed_at=None)])
    assert spread is not None
    assert (spread.cases, spread.median) == (1, 5.0)
    assert resolution_times([case(closed_at=START - timedelta(hours=1))]) is None


def test_open_cases_by_age() -> None:
    ages = [timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=29), timedelta(days=400)]
    cases = [case(status=CaseStatus.NEW, created_at=NOW - age) for age in ages]
    assert open_by_age([*cases, case()], NOW) == [1, 1, 2, 0, 1]


@pytest.mark.parametrize(
    ("covers", "expected"),
    [
        ([], (0, 0, 1, (0, 0, 0))),
        ([Cover(None, None, True, False)], (1, 0, 0, (0, 0, 0))),
        ([Cover(None, date(2026, 3, 31), True, False)], (1, 0, 0, (1, 1, 1))),
        ([Cover(None, date(2026, 4, 1), True, True)], (0, 1, 0, (0, 1, 1))),
        (
            [Cover(None, date(2026, 3, 31), True, True), Cover(None, date(2026, 8, 1), True, False)],
            (1, 0, 0, (0, 0, 1)),
        ),
        ([Cover(None, date(2026, 2, 28), True, False)], (0, 0, 1, (0, 0, 0))),
        ([Cover(date(2026, 3, 2), None, True, False)], (0, 0, 1, (0, 0, 0))),
        ([Cover(None, date(2026, 3, 31), False, False)], (0, 0, 1, (0, 0, 0))),
    ],
)
def test_what_covers_equipment_today_and_when_the_last_of_it_ends(
    covers: list[Cover], expected: tuple[Any, ...]
) -> None:
    asset = msgspec.structs.replace(ASSET, covers=tuple(covers))
    found = coverage_of([asset], date(2026, 3, 1))
    assert (found.by_contract, found.by_warranty, found.uncovered, found.ending) == expected
    assert len(HORIZONS) == len(found.ending)
