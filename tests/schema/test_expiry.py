"""Expiry (V25): green beyond 90 days, yellow from 30 to 90, red below and past, by the viewer's own day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.viewer import Role, Viewer
from fixtures.world.model import World
from schema.expiry import ExpiryStatus, expiry_status
from tests.portal import Portal

pytestmark = pytest.mark.rule("V25")

TODAY = date(2026, 3, 14)
MANAGER, ANALYST = "manager@north.example", "analyst@maker.example"


class Ending(msgspec.Struct):
    end_date: date | None
    open_ended: bool = False


@pytest.mark.parametrize(
    ("days", "status"),
    [
        (-4000, "RED"),
        (-1, "RED"),
        (0, "RED"),
        (29, "RED"),
        (30, "YELLOW"),
        (31, "YELLOW"),
        (89, "YELLOW"),
        (90, "YELLOW"),
        (91, "GREEN"),
        (4000, "GREEN"),
    ],
)
def test_the_days_left_decide(days: int, status: str) -> None:
    assert expiry_status(Ending(TODAY + timedelta(days)), TODAY) is ExpiryStatus[status]


def test_what_is_open_ended_is_green_and_what_has_no_end_has_no_status() -> None:
    assert expiry_status(Ending(None, open_ended=True), TODAY) is ExpiryStatus.GREEN
    assert expiry_status(Ending(None), TODAY) is None


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.dates(date(1990, 1, 1), date(2200, 1, 1)))
def test_it_never_turns_better_as_the_days_go_by(end: date, today: date) -> None:
    order = [ExpiryStatus.GREEN, ExpiryStatus.YELLOW, ExpiryStatus.RED]
    now, tomorrow = (expiry_status(Ending(end), day) for day in (today, today + timedelta(1)))
    assert now is not None
    assert tomorrow is not None
    assert order.index(tomorrow) >= order.index(now)


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Warsaw", datetime(2026, 1, 14, 22, 59, 59, tzinfo=UTC), date(2026, 1, 14)),
        ("Europe/Warsaw", datetime(2026, 1, 14, 23, 0, tzinfo=UTC), date(2026, 1, 15)),
        ("Europe/Warsaw", datetime(2026, 7, 14, 21, 59, 59, tzinfo=UTC), date(2026, 7, 14)),
        ("Europe/Warsaw", datetime(2026, 7, 14, 22, 0, tzinfo=UTC), date(2026, 7, 15)),
        ("America/New_York", datetime(2026, 1, 15, 4, 59, 59, tzinfo=UTC), date(2026, 1, 14)),
        ("America/New_York", datetime(2026, 1, 15, 5, 0, tzinfo=UTC), date(2026, 1, 15)),
        ("Pacific/Kiritimati", datetime(2026, 1, 14, 10, 0, tzinfo=UTC), date(2026, 1, 15)),
        ("UTC", datetime(2026, 1, 14, 23, 59, 59, tzinfo=UTC), date(2026, 1, 14)),
    ],
)
def test_today_is_the_date_where_the_viewer_is(zone: str, instant: datetime, day: date) -> None:
    assert Viewer(subject="someone", role=Role.READER, time_zone=zone).today(instant) == day


# contract or asset of a warranty: status at midday of the story's day, and when the viewer's next day has begun
CONTRACTS = {
    "40000029": ("RED", "RED"),
    "40000030": ("YELLOW", "RED"),
    "40000090": ("YELLOW", "YELLOW"),
    "40000091": ("GREEN", "YELLOW"),
    "40000100": ("RED", "RED"),
    "40000101": ("RED", "RED"),
    "40000102": ("GREEN", "GREEN"),
    "40000103": ("RED", "RED"),
    "40000104": ("RED", "RED"),
    "40000105": ("RED", "RED"),
    "40000110": ("YELLOW", "YELLOW"),
    "40000111": (None, None),
}
WARRANTIES = {
    "10000001": ("RED", "RED"),
    "10000002": ("YELLOW", "RED"),
    "10000003": ("YELLOW", "YELLOW"),
    "10000005": ("RED", "RED"),
    "10000006": ("RED", "RED"),
    "10000007": ("GREEN", "GREEN"),
    "10000010": (None, None),
}
QUERY = """{
  serviceContracts(first: 1000) { nodes { number expiryStatus lines { number expiryStatus } } }
  warranties(first: 1000) { nodes { assetId expiryStatus } }
}"""


async def told(portal: Portal, who: str) -> tuple[dict[str, str | None], dict[str, str | None]]:
    data = await portal.data(who, QUERY)
    contracts = {node["number"]: node["expiryStatus"] for node in data["serviceContracts"]["nodes"]}
    warranties = {node["assetId"]: node["expiryStatus"] for node in data["warranties"]["nodes"]}
    return contracts, warranties


def is_told(answer: tuple[dict[str, str | None], dict[str, str | None]], *, next_day: bool) -> bool:
    return all(
        {key: status[next_day] for key, status in expected.items()} == {key: told[key] for key in expected}
        for expected, told in zip((CONTRACTS, WARRANTIES), answer, strict=True)
    )


@pytest.mark.parametrize("who", [MANAGER, ANALYST])
async def test_contracts_and_warranties_of_the_story(portal: Portal, who: str) -> None:
    assert is_told(await told(portal, who), next_day=False)


async def test_a_lines_expiry_is_its_own(portal: Portal) -> None:
    data = await portal.data(MANAGER, '{ serviceContract(number: "40000110") { expiryStatus lines { expiryStatus } } }')
    assert data["serviceContract"] == {"expiryStatus": "YELLOW", "lines": [{"expiryStatus": "RED"}]}


async def test_at_midnight_in_warsaw_it_is_still_yesterday_in_new_york(
    portal: Portal, story: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    midnight = datetime.combine(story.today + timedelta(1), time(0), ZoneInfo("Europe/Warsaw"))
    for instant, warsaw_has_turned in ((midnight - timedelta(seconds=1), False), (midnight, True)):
        monkeypatch.setattr(portal, "now", instant.astimezone(UTC))
        assert is_told(await told(portal, MANAGER), next_day=warsaw_has_turned)
        assert is_told(await told(portal, ANALYST), next_day=False)


async def test_filters_go_by_the_same_day_as_the_field(
    portal: Portal, story: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "{ serviceContracts(filter: {expiryStatus: [RED]}, first: 1000) { nodes { number expiryStatus } } }"
    midnight = datetime.combine(story.today + timedelta(1), time(0), ZoneInfo("Europe/Warsaw"))
    for instant, found in ((midnight - timedelta(seconds=1), False), (midnight, True)):
        monkeypatch.setattr(portal, "now", instant.astimezone(UTC))
        nodes = (await portal.data(MANAGER, query))["serviceContracts"]["nodes"]
        assert {node["expiryStatus"] for node in nodes} == {"RED"}
        assert ("40000030" in {node["number"] for node in nodes}) is found
