"""Visits and calendars in people's own programs, as long as they may see them (F8), read by other parsers than ours."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
import vobject  # type: ignore[import-untyped]  # it ships no type information
from icalendar import Calendar
from starlette.applications import Starlette

from connectors.people import AuditAction, AuditEvent
from connectors.records import Visit
from connectors.vocabulary import UserStatus
from gateway.calendars.ics import Cancelled, Reader, Told, cancellation
from gateway.calendars.links import SealedCalendarLinks
from gateway.sealing import NotOurs
from tests.gateway.conftest import client_of
from tests.gateway.test_deliveries import Ask, ask

__all__ = ["ask"]

pytestmark = pytest.mark.rule("F8")

MANAGER, USER, SOUTH = "manager@north.example", "user@north.example", "manager@south.example"
EVENT = AuditEvent(action=AuditAction.USER_DISABLED, actor="a", subject="b")
DAYS = {
    "from": (date.today() - timedelta(days=365)).isoformat(),  # noqa: DTZ011  # any day will do
    "to": (date.today() + timedelta(days=365)).isoformat(),  # noqa: DTZ011
}
ENTRIES = "{ id kind startsAt endsAt day description installedProduct { assetId description } }"
VIEW = f"""query ($from: Date!, $to: Date!, $alarm: Int) {{
  calendarUrl(from: $from, to: $to, alarmMinutes: $alarm) calendar(from: $from, to: $to) {ENTRIES} }}"""
CREATE = """mutation ($input: CreateCalendarFeedInput!) { createCalendarFeed(input: $input) {
  feed { id name url kindLabels alarmMinutes lastUsedAt } errors { code field } } }"""
REVOKE = "mutation ($id: ID!) { revokeCalendarFeed(input: { feedId: $id }) { errors { code field } } }"


async def get(app: Starlette, url: str, **headers: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get("/" + url.partition("://")[2].partition("/")[2], headers=headers)


async def feed(ask: Ask, who: str = MANAGER, **given: Any) -> dict[str, Any]:
    payload = (await ask(CREATE, who=who, input={"name": "Wizyty", **given}))["createCalendarFeed"]
    assert payload["errors"] == []
    found: dict[str, Any] = payload["feed"]
    return found


def events(content: bytes) -> dict[str, Any]:
    """By UID, as the standard's own reader has them."""
    read = Calendar.from_ical(content)
    return {str(event["uid"]).partition("@")[0]: event for event in read.walk("VEVENT")}


def hours(event: Any) -> tuple[Any, Any]:
    return event["dtstart"].dt, event["dtend"].dt


async def test_a_view_as_a_file_holds_what_the_graph_tells(ask: Ask, gateways: list[Starlette]) -> None:
    told = await ask(VIEW, who=MANAGER, alarm=90, **DAYS)
    answer = await get(gateways[1], told["calendarUrl"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    found = events(answer.content)
    assert set(found) == {each["id"] for each in told["calendar"]}
    for each in told["calendar"]:
        event = found[each["id"]]
        named = each["installedProduct"]["description"] or each["installedProduct"]["assetId"]
        assert named in event["summary"]
        assert each["installedProduct"]["assetId"] in event["description"]
        if each["day"] is not None:
            day = date.fromisoformat(each["day"])
            assert hours(event) == (day, day + timedelta(days=1))
        else:
            expected = tuple(datetime.fromisoformat(each[name]) for name in ("startsAt", "endsAt"))
            assert tuple(moment.astimezone(UTC) for moment in hours(event)) == expected
            assert str(event["dtstart"].params["TZID"]) == "Europe/Warsaw"
        (alarm,) = event.walk("VALARM")
        assert alarm["trigger"].dt == timedelta(minutes=-90)


async def test_other_programs_read_it_too(ask: Ask, gateways: list[Starlette]) -> None:
    told = await ask(VIEW, who=MANAGER, **DAYS)
    content = (await get(gateways[0], told["calendarUrl"])).content
    assert all(len(line) <= 75 for line in content.split(b"\r\n")), "lines are folded (RFC 5545, 3.1)"
    assert b"\n" not in content.replace(b"\r\n", b"")
    read = vobject.readOne(content.decode())
    assert read.version.value == "2.0"
    zones = [zone.tzid.value for zone in read.vtimezone_list]
    assert zones == ["Europe/Warsaw"]
    with_hours = {each["id"]: each for each in told["calendar"] if each["startsAt"]}
    for event in read.vevent_list:
        each = with_hours.get(event.uid.value.partition("@")[0])
        if each is not None:
            assert event.dtstart.value.astimezone(UTC) == datetime.fromisoformat(each["startsAt"])


async def test_one_visit_moves_and_is_called_off_in_the_calendar_that_it_was_put_into(
    ask: Ask, gateways: list[Starlette], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = (
        "query ($from: Date!, $to: Date!) { calendar(from: $from, to: $to, kinds: [VISIT]) { id visit { icsUrl } } }"
    )
    entry = (await ask(query, who=MANAGER, **DAYS))["calendar"][-1]
    url = entry["visit"]["icsUrl"]
    first = await get(gateways[0], url)
    again = await get(gateways[1], url)
    assert first.content == again.content, "nothing has changed"
    (event,) = events(first.content).values()
    assert (event["sequence"], str(event["status"])) == (0, "CONFIRMED")

    sources = gateways[0].state.gateway.sources
    reads = type(sources.service_cases).service_orders
    changed: Visit | None = Visit(
        planned_start=datetime(2026, 1, 5, 8, tzinfo=UTC), planned_end=datetime(2026, 1, 5, 9, tzinfo=UTC)
    )

    async def moved(self: Any, query: Any) -> Any:
        rows = await reads(self, query)
        return msgspec.structs.replace(
            rows, rows=tuple(msgspec.structs.replace(row, visit=changed) for row in rows.rows)
        )

    monkeypatch.setattr(type(sources.service_cases), "service_orders", moved)
    (event,) = events((await get(gateways[0], url)).content).values()
    assert (event["sequence"], hours(event)[0].astimezone(UTC).hour) == (1, 8)
    changed = None
    cancelled = await get(gateways[0], url)
    (event,) = events(cancelled.content).values()
    assert (event["sequence"], str(event["status"])) == (2, "CANCELLED")
    assert b"METHOD:CANCEL" in cancelled.content
    assert events((await get(gateways[1], url)).content)[entry["id"]]["sequence"] == 2


async def test_a_feed_holds_what_its_owner_may_see_now(ask: Ask, gateways: list[Starlette]) -> None:
    made = await feed(ask, kinds=["CONTRACT_END", "WARRANTY_END"], alarmMinutes=60)
    assert made["kindLabels"] == ["Koniec umowy", "Koniec gwarancji"] or made["kindLabels"] == [
        "Contract ends",
        "Warranty ends",
    ]
    answer = await get(gateways[1], made["url"])
    assert answer.status_code == 200
    before = set(events(answer.content))
    assert before
    assert {key.partition("-")[0] for key in before} <= {"contract", "warranty"}
    assert str(Calendar.from_ical(answer.content)["x-wr-calname"]) == "Wizyty"
    same = await get(gateways[0], made["url"], **{"if-none-match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    people = gateways[0].state.gateway.sources.people
    user = await people.users.by_email(MANAGER)
    narrowed = await people.users.change(user, EVENT, accounts=frozenset({"7100012"}))
    after = set(events((await get(gateways[0], made["url"])).content))
    assert after < before
    gone = await people.users.change(narrowed, EVENT, status=UserStatus.DISABLED)
    assert (await get(gateways[0], made["url"])).status_code == 404
    await people.users.change(gone, EVENT, status=UserStatus.ACTIVE)
    assert (await get(gateways[0], made["url"])).status_code == 200


@pytest.mark.rule("R10")
async def test_a_feed_of_anothers_equipment_is_empty(ask: Ask, gateways: list[Starlette]) -> None:
    theirs = (await ask("{ accounts(first: 5) { nodes { id } } }", who=SOUTH))["accounts"]["nodes"]
    made = await feed(ask, accountIds=[row["id"] for row in theirs])
    answer = await get(gateways[0], made["url"])
    own = {each["id"] for each in (await ask(VIEW, who=MANAGER, **DAYS))["calendar"]}
    assert set(events(answer.content)) <= own


async def test_a_feed_is_the_owners_to_revoke(ask: Ask, gateways: list[Starlette]) -> None:
    made = await feed(ask)
    mine = "{ viewer { calendarFeeds { id url lastUsedAt } } }"
    assert [row["url"] for row in (await ask(mine, who=MANAGER))["viewer"]["calendarFeeds"]] == [made["url"]]
    assert (await ask(mine, who=USER))["viewer"]["calendarFeeds"] == []
    assert (await get(gateways[0], made["url"])).status_code == 200
    assert (await ask(mine, who=MANAGER))["viewer"]["calendarFeeds"][0]["lastUsedAt"] is not None
    refused = (await ask(REVOKE, who=USER, id=made["id"]))["revokeCalendarFeed"]["errors"]
    assert refused == [{"code": "NOT_FOUND", "field": "feedId"}]
    assert (await get(gateways[0], made["url"])).status_code == 200
    assert (await ask(REVOKE, who=MANAGER, id=made["id"]))["revokeCalendarFeed"]["errors"] == []
    assert (await get(gateways[1], made["url"])).status_code == 404
    audit = gateways[0].state.gateway.sources.people.audit
    actions = [entry.action.name for entry in await audit.entries(newest_first=False)]
    assert actions[-2:] == ["CALENDAR_FEED_ADDED", "CALENDAR_FEED_REVOKED"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"name": " "}, ("REQUIRED", "name")),
        ({"name": "x" * 101}, ("TOO_LONG", "name")),
        ({"alarmMinutes": -1}, ("MALFORMED", "alarmMinutes")),
        ({"alarmMinutes": 10**6}, ("MALFORMED", "alarmMinutes")),
    ],
)
async def test_what_is_wrong_with_a_feed_is_told(ask: Ask, given: dict[str, Any], fault: tuple[str, str]) -> None:
    payload = (await ask(CREATE, who=MANAGER, input={"name": "x", **given}))["createCalendarFeed"]
    assert [(error["code"], error["field"]) for error in payload["errors"]] == [fault]


async def test_links_end_with_their_time_and_are_for_nobody_else(
    ask: Ask, gateways: list[Starlette], bearer: Callable[[str], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = (await ask(VIEW, who=MANAGER, **DAYS))["calendarUrl"]
    made = await feed(ask)
    assert (await get(gateways[0], url, **bearer(MANAGER))).status_code == 200
    assert (await get(gateways[0], url, **bearer(SOUTH))).status_code == 404
    for wrong in (
        url.replace("/calendars/", "/calendars/x"),
        made["url"][:-9] + ".ics",
        made["url"].replace("/feeds/", "/feeds/0"),
        "https://x/feeds/.ics",
        "https://x/calendars/é.ics",
    ):
        assert (await get(gateways[0], wrong)).status_code == 404
    now = time.time()
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: now + 302)
    assert (await get(gateways[0], url)).status_code == 404
    assert (await get(gateways[0], made["url"])).status_code == 200


async def test_a_system_that_is_away_empties_no_calendar(ask: Ask, gateways: list[Starlette], own_systems: Any) -> None:
    made = await feed(ask)
    for app in gateways:
        await app.state.gateway.cache.invalidate("contracts", "contracts")
    own_systems.conducts["contracts"].misbehave(fail=503)
    answer = await get(gateways[0], made["url"])
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_feeds_of_another_secret_are_nobodys() -> None:
    ours, others = (SealedCalendarLinks("https://portal.test", secret * 32, 300) for secret in "st")
    file = ours.feed("f-1").rpartition("/")[2]
    assert ours.feed_id(file) == "f-1"
    assert ours.feed("f-1") == ours.feed("f-1")
    with pytest.raises(NotOurs):
        others.feed_id(file)


def test_hours_stand_in_the_readers_zone_over_a_change_of_clocks() -> None:
    start = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    for zone in ("Europe/Warsaw", "America/New_York", "Pacific/Auckland", "UTC"):
        visit = Cancelled("visit-1", start, start + timedelta(hours=2))
        content = cancellation(visit, Told(1, start), Reader("en", zone), "portal.test")
        (event,) = events(content).values()
        assert hours(event)[0].astimezone(UTC) == start
        assert hours(event)[1] - hours(event)[0] >= timedelta(hours=1)
        assert hours(event)[0].utcoffset() == start.astimezone(ZoneInfo(zone)).utcoffset()
