"""The calendar holds what the viewer's equipment has ahead and behind, and nothing of anybody else's (F7)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.calendar import Days, visit_hours
from auth.viewer import Viewer
from connectors.records import Provenance, ServiceOrder, Visit
from fixtures.world.model import Asset
from tests.oracle import Sight
from tests.portal import Portal, Systems
from tests.watchers import CUSTOMERS, READERS, sight_of, viewer

pytestmark = [pytest.mark.rule("F7"), pytest.mark.rule("R11")]

ENTRY = "{ id kind startsAt endsAt day description installedProduct { assetId } }"
QUERY = f"""query ($from: Date!, $to: Date!, $accounts: [ID!], $assets: [ID!], $kinds: [CalendarKind!]) {{
  calendar(from: $from, to: $to, accountIds: $accounts, installedProductIds: $assets, kinds: $kinds) {ENTRY} }}"""
SAP_ZONES = {"CET": ZoneInfo("Europe/Berlin"), "UTC": UTC, "EST": ZoneInfo("America/New_York")}

Entry = tuple[str, str, str]
"""Kind, equipment, beginning."""


def entries(found: Iterable[dict[str, Any]]) -> list[Entry]:
    return sorted(
        (each["kind"], each["installedProduct"]["assetId"], each["day"] or each["startsAt"][:16]) for each in found
    )


class Expected:
    """Worked out from the story's tables, for those days of that zone."""

    def __init__(self, sight: Sight, first: date, last: date, zone: ZoneInfo) -> None:
        self._sight = sight
        self._first = first
        self._last = last
        self._zone = zone

    def of(self, assets: Iterable[Asset]) -> list[Entry]:
        found: list[Entry] = []
        for asset in assets:
            if asset.equipment:
                found += [*self._hours(asset), *self._ends(asset)]
        return sorted(found)

    def _hours(self, asset: Asset) -> Iterator[Entry]:
        for order in self._sight.orders_of(asset):
            kept = order.actual or order.planned
            if kept is not None and self._touched(kept.start, kept.end):
                yield ("VISIT", asset.equipment or "", _minute(kept.start))
        for case in self._sight.cases_of(asset):
            if case.kind == "S2" and case.required_start is not None:
                local = SAP_ZONES.get(case.zone, UTC)
                start = case.required_start.replace(tzinfo=local)
                end = None if case.required_end is None else case.required_end.replace(tzinfo=local)
                if self._touched(start, end):
                    yield ("PLANNED_MAINTENANCE", asset.equipment or "", _minute(start))

    def _ends(self, asset: Asset) -> Iterator[Entry]:
        for _, line in self._sight.covering(asset):
            if line.ends is not None and self._first <= line.ends <= self._last:
                yield ("CONTRACT_END", asset.equipment or "", line.ends.isoformat())
        for warranty in self._sight.warranties:
            ends = warranty.ends
            if warranty.equipment == asset.equipment and ends is not None and self._first <= ends <= self._last:
                yield ("WARRANTY_END", asset.equipment or "", ends.isoformat())

    def _touched(self, start: datetime, end: datetime | None) -> bool:
        last_moment = max(start, (end or start) - timedelta(microseconds=1))
        begins, ends = (moment.astimezone(self._zone).date() for moment in (start, last_moment))
        return begins <= self._last and ends >= self._first


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()[:16]


async def calendar(portal: Portal, who: str | Viewer, first: date, last: date, **given: Any) -> list[dict[str, Any]]:
    asked = viewer(who) if isinstance(who, str) else who
    found: list[dict[str, Any]] = (
        await portal.data(asked, QUERY, **{"from": first.isoformat(), "to": last.isoformat(), **given})
    )["calendar"]
    return found


@pytest.mark.rule("R2")
@pytest.mark.parametrize("who", [name for name in READERS if not name.startswith("analyst")])
async def test_it_holds_what_the_viewers_equipment_has_and_nothing_else(portal: Portal, who: str) -> None:
    sight, today = sight_of(portal, who), portal.world.today
    zone = ZoneInfo(viewer(who).time_zone)
    for before, after in ((365, 365), (0, 90), (30, 0), (700, 30)):
        first, last = today - timedelta(days=before), today + timedelta(days=after)
        found = await calendar(portal, who, first, last)
        per_asset = {(kind, asset, start) for kind, asset, start in entries(found)}
        assert per_asset <= set(Expected(sight, first, last, zone).of(sight.assets))
        # A visit to several assets of theirs is one entry.
        wanted = Expected(sight, first, last, zone).of(sight.assets)
        assert {each for each in wanted if each[0] != "VISIT"} <= per_asset
        assert {(kind, start) for kind, _, start in wanted} == {(kind, start) for kind, _, start in per_asset}


async def test_it_is_in_order_and_says_what_it_is_about(portal: Portal) -> None:
    today = portal.world.today
    found = await calendar(portal, "manager@north.example", today - timedelta(days=365), today + timedelta(days=365))
    assert {each["kind"] for each in found} == {"VISIT", "PLANNED_MAINTENANCE", "CONTRACT_END", "WARRANTY_END"}
    begins = [each["startsAt"] or each["day"] for each in found]
    assert begins == sorted(begins)
    assert len({each["id"] for each in found}) == len(found)
    assert all((each["day"] is None) != (each["startsAt"] is None) for each in found)


@pytest.mark.parametrize("who", CUSTOMERS)
async def test_accounts_locations_and_equipment_have_each_their_own(portal: Portal, who: str) -> None:
    sight, today = sight_of(portal, who), portal.world.today
    first, last = today - timedelta(days=365), today + timedelta(days=365)
    query = f"""query ($from: Date!, $to: Date!) {{
      accounts(first: 50) {{ nodes {{ number calendar(from: $from, to: $to) {ENTRY} }} }}
      locations(first: 50) {{ nodes {{ id calendar(from: $from, to: $to) {ENTRY}
        installedProducts(first: 50) {{ nodes {{ assetId calendar(from: $from, to: $to) {ENTRY} }} }} }} }} }}"""
    data = await portal.data(viewer(who), query, **{"from": first.isoformat(), "to": last.isoformat()})
    zone = ZoneInfo(viewer(who).time_zone)
    owners = {account.key: account.number for account in portal.world.accounts}
    for account in data["accounts"]["nodes"]:
        own = [asset for asset in sight.assets if owners.get(asset.owner or "") == account["number"]]
        wanted = Expected(sight, first, last, zone).of(own)
        assert {(kind, start) for kind, _, start in entries(account["calendar"])} == {(k, s) for k, _, s in wanted}
    by_number = {asset.equipment: asset for asset in sight.assets}
    for location in data["locations"]["nodes"]:
        for node in location["installedProducts"]["nodes"]:
            if node["assetId"] is not None:
                wanted = Expected(sight, first, last, zone).of([by_number[node["assetId"]]])
                assert [(k, s) for k, _, s in entries(node["calendar"])] == [(k, s) for k, _, s in wanted]
        inner = {each["id"] for node in location["installedProducts"]["nodes"] for each in node["calendar"]}
        assert {each["id"] for each in location["calendar"]} == inner


@pytest.mark.rule("R10")
async def test_accounts_and_equipment_of_others_have_none(portal: Portal) -> None:
    today = portal.world.today
    query = "{ accounts { nodes { id } } installedProducts { nodes { id } } }"
    theirs = await portal.data("manager@south.example", query)
    accounts = [row["id"] for row in theirs["accounts"]["nodes"]]
    days = (today - timedelta(days=365), today + timedelta(days=365))
    for who in ("user@north.example", "manager@north.example", "partner-north", "idle@north.example"):
        own = {row["id"] for row in (await portal.data(who, query))["installedProducts"]["nodes"]}
        others = [row["id"] for row in theirs["installedProducts"]["nodes"] if row["id"] not in own]
        assert await calendar(portal, who, *days, assets=others) == []
        of_accounts = await calendar(portal, who, *days, accounts=accounts)
        seen = {asset.equipment for asset in sight_of(portal, who).assets}
        assert {each["installedProduct"]["assetId"] for each in of_accounts} <= seen


async def test_an_analyst_names_what_the_calendar_is_of(portal: Portal) -> None:
    today = portal.world.today
    asked = {"from": today.isoformat(), "to": today.isoformat()}
    assert (await portal.ask("analyst@maker.example", QUERY, **asked)).codes == ["BAD_INPUT"]
    assert (await portal.ask("helpdesk@maker.example", QUERY, **asked)).codes == ["FORBIDDEN"]
    accounts = await portal.data("analyst@maker.example", '{ account(number: "7100012") { id } }')
    found = await calendar(
        portal, "analyst@maker.example", today - timedelta(days=700), today, accounts=[accounts["account"]["id"]]
    )
    assert found


@pytest.mark.parametrize(
    ("first", "last"), [("2026-05-02", "2026-05-01"), ("2020-01-01", "2026-01-01"), ("0001-01-01", "0001-02-01")]
)
async def test_days_that_can_not_be_are_told_so(portal: Portal, first: str, last: str) -> None:
    answer = await portal.ask("user@north.example", QUERY, **{"from": first, "to": last})
    assert answer.codes == ["BAD_INPUT"]


async def test_kinds_are_those_asked_for_and_permitted(portal: Portal) -> None:
    today = portal.world.today
    days = (today - timedelta(days=365), today + timedelta(days=365))
    visits = await calendar(portal, "manager@north.example", *days, kinds=["VISIT"])
    assert {each["kind"] for each in visits} == {"VISIT"}
    for scope, kinds in (
        ("cases:read", {"VISIT", "PLANNED_MAINTENANCE"}),
        ("contracts:read", {"CONTRACT_END", "WARRANTY_END"}),
    ):
        narrowed = msgspec.structs.replace(
            viewer("manager@north.example"), scopes=frozenset({"equipment:read", "accounts:read", scope})
        )
        assert {each["kind"] for each in await calendar(portal, narrowed, *days)} == kinds


async def test_a_level_costs_a_call_to_each_source_however_many_there_are(portal: Portal, systems: Systems) -> None:
    today = portal.world.today
    days = {"from": (today - timedelta(days=30)).isoformat(), "to": (today + timedelta(days=30)).isoformat()}
    inner = f"calendar(from: $from, to: $to) {ENTRY}"
    query = f"query ($from: Date!, $to: Date!) {{ locations(first: %d) {{ nodes {{ {inner} }} }} }}"
    await portal.data("manager@north.example", query % 1, **days)  # the accounts' hierarchy is remembered from then on
    costs = []
    for count in (2, 12):
        systems.behave()
        await portal.data("manager@north.example", query % count, **days)
        costs.append(systems.calls())
    assert costs[0] == costs[1]


@given(
    st.integers(1_577_836_800, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.integers(0, 5000),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 60),
    st.sampled_from(["UTC", "Europe/Warsaw", "America/New_York", "Pacific/Auckland"]),
)
def test_what_touches_a_day_of_it_is_in_it(start: datetime, minutes: int, first: date, length: int, zone: str) -> None:
    place = ZoneInfo(zone)
    days = Days(first, first + timedelta(days=length), place)
    end = start + timedelta(minutes=minutes)
    touched, moment = set[date](), start
    while moment < end or moment == start:
        touched.add(moment.astimezone(place).date())
        moment += timedelta(minutes=1)
    assert days.touches(start, end) == any(days.first <= day <= days.last for day in touched)


def test_a_visit_is_where_it_was_and_else_where_it_is_planned() -> None:
    def order(**visit: datetime) -> ServiceOrder:
        return ServiceOrder(provenance=Provenance("sap", now), id="1", visit=Visit(**visit) if visit else None)

    now = datetime(2026, 6, 1, 8, tzinfo=UTC)
    later = now + timedelta(hours=2)
    assert visit_hours(order()) is None
    assert visit_hours(order(planned_end=later)) is None
    assert visit_hours(order(planned_start=now, planned_end=later)) == (now, later)
    assert visit_hours(order(planned_start=now, actual_start=later)) == (later, later)
    assert visit_hours(order(planned_start=later, planned_end=now)) == (later, later), "an end before its start"
