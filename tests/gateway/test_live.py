"""Live changes over Server-Sent Events: told at once, to who may see them at that moment, and to nobody else (F18)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from connectors.people import AuditAction, AuditEvent
from fixtures.simulators.server import listen, url_of
from gateway.live import LiveService
from tests.gateway.test_deliveries import Ask, ask, report
from tests.gateway.test_event_stream import Events, subscribed
from tests.portal import Systems
from tests.served import served

__all__ = ["ask"]

pytestmark = pytest.mark.rule("F18")

CASES = "subscription { caseChanged { number status installedProduct { assetId } } }"
STATES = "subscription { assetStateChanged { assetId operationalState } }"
DELIVERIES = "subscription { deliveryChanged { caseNumber status kind } }"
EVENT = AuditEvent(action=AuditAction.ASSIGNMENTS_CHANGED)
NOTIFICATIONS = "sap/opu/odata/sap/API_MAINTNOTIFICATION/MaintenanceNotification"

Open = Callable[..., Any]


@pytest_asyncio.fixture
async def stream(
    gateways: list[Starlette], bearer: Callable[[str], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Open]:
    """`await stream(query, who)`: a stream that has begun."""
    monkeypatch.setattr("gateway.watch.Watch.__init__.__kwdefaults__", {"every": 0.05})
    listener = listen()
    async with AsyncExitStack() as open_streams, served(gateways[0], listener):

        async def opened(query: str, who: str = "user@north.example") -> Events:
            feed = live(gateways[0])._local
            before = len(feed._listeners)
            events = await open_streams.enter_async_context(subscribed(url_of(listener), query, **bearer(who)))
            async with asyncio.timeout(20):
                while len(feed._listeners) == before:  # noqa: ASYNC110  # what a client can't see
                    await asyncio.sleep(0.01)
            return events

        yield opened
        await open_streams.aclose()


def live(app: Starlette) -> LiveService:
    found = app.state.gateway.live
    assert isinstance(found, LiveService)
    return found


async def told(events: Events) -> Any:  # Any: JSON
    name, answer = await events.next()
    assert name == "next"
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def in_sap(systems: Systems, number: str, **changes: object) -> None:
    """What a service engineer does there."""
    address = f"{systems.urls['sap']}/{NOTIFICATIONS}('{number.zfill(12)}')"
    headers = {"accept": "application/json", "sap-client": "100"}
    async with httpx.AsyncClient(auth=("PORTAL", "portal-demo"), headers=headers, trust_env=False) as client:
        token = await client.get(address, headers={"x-csrf-token": "Fetch"})
        told = {"x-csrf-token": token.headers["x-csrf-token"], "if-match": "*"}
        answer = await client.patch(address, json=changes, headers=told)
        assert answer.status_code == 204, answer.text


async def test_what_one_writes_is_told_at_once_to_who_may_see_it(ask: Ask, stream: Open) -> None:
    streams = [await stream(CASES, f"{who}.example") for who in ("user@north", "manager@north", "analyst@maker")]
    case = await report(ask)
    for events in streams:
        found = await told(events)
        assert (found["number"], found["installedProduct"]) == (case["number"], {"assetId": "10000003"})


@pytest.mark.rule("R10")
@pytest.mark.parametrize("who", ["reader@north.example", "user@south.example"])
async def test_others_are_not_told(
    ask: Ask, stream: Open, own_systems: Systems, gateways: list[Starlette], who: str
) -> None:
    theirs = await stream(CASES, who)
    await report(ask)
    seen = await ask("{ cases(first: 1, filter: { open: true }) { nodes { number } } }", who=who)
    number = seen["cases"]["nodes"][0]["number"]
    await in_sap(own_systems, number, ZZ1_PurchaseOrder_NTF="PO 9")
    await live(gateways[0]).look()
    assert (await told(theirs))["number"] == number, "the first that they are told of is one that they may see"


async def test_what_the_service_system_changed_is_told_once(
    ask: Ask, stream: Open, own_systems: Systems, gateways: list[Starlette]
) -> None:
    events = await stream(CASES)
    await in_sap(own_systems, "300000101", ZZ1_PurchaseOrder_NTF="PO 9")
    service = live(gateways[0])
    assert await service.look() == 1
    assert await service.look() == 0
    assert (await told(events))["number"] == "300000101"
    listed = await ask('{ case(number: "300000101") { purchaseOrder } }')
    assert listed["case"]["purchaseOrder"] == "PO 9", "rows that were kept are not shown any more"


async def test_who_was_away_is_told_first_what_changed_meanwhile(ask: Ask, stream: Open, own_systems: Systems) -> None:
    await in_sap(own_systems, "300000101", ZZ1_PurchaseOrder_NTF="PO 9")
    changed = (await ask('{ case(number: "300000101") { updatedAt } }'))["case"]["updatedAt"]
    events = await stream(f'subscription {{ caseChanged(since: "{changed}") {{ number }} }}')
    case = await report(ask)
    assert (await told(events))["number"] == "300000101"
    assert (await told(events))["number"] == case["number"]


@pytest.mark.rule("R2")
async def test_rights_that_narrow_narrow_the_stream(
    ask: Ask, stream: Open, gateways: list[Starlette], own_systems: Systems
) -> None:
    events = await stream(CASES)
    users = gateways[0].state.gateway.identity.people.users
    user = await users.by_email("user@north.example")
    await users.change(user, EVENT, accounts=frozenset({"7100020"}))
    await asyncio.sleep(0.3)  # longer than the stream looks at its rights
    await in_sap(own_systems, "300000101", ZZ1_PurchaseOrder_NTF="PO 9")  # of Gdańsk, which is gone
    await in_sap(own_systems, "300000108", ZZ1_PurchaseOrder_NTF="PO 9")  # of Gdynia, which is left
    await live(gateways[0]).look()
    assert (await told(events))["number"] == "300000108"


@pytest.mark.rule("R11")
@pytest.mark.parametrize("query", [CASES, STATES, DELIVERIES])
async def test_the_helpdesk_is_told_of_no_equipment(
    gateways: list[Starlette], bearer: Callable[[str], dict[str, str]], query: str
) -> None:
    listener = listen()
    async with (
        served(gateways[0], listener),
        subscribed(url_of(listener), query, **bearer("helpdesk@maker.example")) as events,
    ):
        _, answer = await events.next()
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert (await events.next())[0] == "complete"


@pytest.mark.rule("F4")
async def test_equipment_is_told_when_its_state_is_another(ask: Ask, stream: Open) -> None:
    events = await stream(STATES)
    await report(ask)
    assert await told(events) == {"assetId": "10000003", "operationalState": "DOWN"}
    await report(ask, details="Again.")
    await report(ask, installedProductId=await asset(ask, "10000004"), priority="INTERMITTENT_PROBLEM")
    assert await told(events) == {"assetId": "10000004", "operationalState": "RESTRICTED"}


async def asset(ask: Ask, number: str) -> str:
    query = "query ($number: String!) { installedProduct(assetId: $number) { id } }"
    return str((await ask(query, number=number))["installedProduct"]["id"])


@pytest.mark.rule("F1")
async def test_a_delivery_is_followed_until_it_is_there(
    ask: Ask, stream: Open, gateways: list[Starlette], own_systems: Systems
) -> None:
    events = await stream(DELIVERIES)
    own_systems.conducts["sap"].misbehave(method="POST", fail=503)
    case = await report(ask)
    assert await told(events) == {"caseNumber": case["number"], "status": "WAITING", "kind": "REGISTER_CASE"}
    own_systems.behave()
    gateways[0].state.gateway.deliveries.start()
    assert (await told(events))["status"] == "DELIVERED"


async def test_nobody_looks_while_nobody_listens(gateways: list[Starlette], own_systems: Systems) -> None:
    service = live(gateways[0])
    assert await service._is_asked() is False
    with service.feed.listening():
        assert await service._is_asked() is True
