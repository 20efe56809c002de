"""graphql-transport-ws as specified: each close code, each message, rights that end, clients that vanish."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import Role, UserStatus
from fixtures.simulators.server import listen, url_of
from gateway.live import LiveService
from tests.gateway.identity.conftest import people_settings, peopled
from tests.gateway.identity.peopled import Peopled
from tests.served import served

__all__ = ["people_settings", "peopled"]

WHO = "reader@north.example"
EVENT = AuditEvent(action=AuditAction.ROLE_CHANGED)
TRANSPORT = "graphql-transport-ws"
VIEWER = "subscription { viewerChanged { email role } }"


class Talk:
    """A client's side of one connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, kind: str, **parts: Any) -> None:  # Any: JSON
        await self.socket.send(json.dumps({"type": kind, **parts}))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(20):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        return message

    async def begin(self, headers: dict[str, str]) -> None:
        await self.say("connection_init", payload={"Authorization": headers["authorization"]})
        assert await self.hear() == {"type": "connection_ack"}

    async def ask(self, query: str, operation_id: str = "1", **variables: Any) -> None:
        await self.say("subscribe", id=operation_id, payload={"query": query, "variables": variables})

    async def closed(self) -> tuple[int, str]:
        async with asyncio.timeout(20):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""


Open = Callable[..., Any]


@pytest_asyncio.fixture
async def origin(peopled: Peopled, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr("gateway.watch.Watch.__init__.__kwdefaults__", {"every": 0.05})
    listener = listen()
    async with served(peopled.app, listener):
        yield url_of(listener)


@asynccontextmanager
async def talking(origin: str, *protocols: str, page: str | None = None, **headers: str) -> AsyncIterator[Talk]:
    address = origin.replace("http", "ws") + "/graphql"
    offered = [Subprotocol(each) for each in protocols or (TRANSPORT,)]
    asking = Origin(page) if page is not None else None
    async with connect(address, subprotocols=offered, additional_headers=headers, origin=asking, proxy=None) as socket:
        yield Talk(socket)


def listeners(peopled: Peopled) -> int:
    live = peopled.gateway.live
    assert isinstance(live, LiveService)
    return len(live._local._listeners)


async def test_a_query_a_mutation_and_a_subscription_are_answered(peopled: Peopled, origin: str) -> None:
    async with talking(origin) as talk:
        await talk.begin(peopled.bearer(WHO))
        await talk.ask("{ viewer { email } }")
        assert await talk.hear() == {"id": "1", "type": "next", "payload": {"data": {"viewer": {"email": WHO}}}}
        assert await talk.hear() == {"id": "1", "type": "complete"}
        await talk.ask('mutation { setPreferences(input: { locale: "pl" }) { viewer { locale } } }', "1")
        assert (await talk.hear())["payload"]["data"]["setPreferences"]["viewer"] == {"locale": "pl"}
        assert (await talk.hear())["type"] == "complete"
        await talk.ask(VIEWER, "2")
        assert (await talk.hear())["payload"]["data"]["viewerChanged"]["role"] == "READER"
        await change(peopled, role=Role.MANAGER)
        assert (await talk.hear())["payload"]["data"]["viewerChanged"]["role"] == "MANAGER"


async def change(peopled: Peopled, **changes: Any) -> None:  # Any: a user's attributes
    await peopled.identity.people.users.change(await peopled.user(WHO), EVENT, **changes)


async def test_pings_are_answered_before_and_after_the_acknowledgement(peopled: Peopled, origin: str) -> None:
    async with talking(origin) as talk:
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}
        await talk.say("pong", payload={"x": 1})
        await talk.begin(peopled.bearer(WHO))
        await talk.say("ping", payload={"x": 1})
        assert await talk.hear() == {"type": "pong"}


@pytest.mark.parametrize("protocols", [("graphql-ws",), ("mqtt", "soap")])
async def test_another_protocol_is_closed_with_4406(origin: str, protocols: tuple[str, ...]) -> None:
    async with talking(origin, *protocols) as talk:
        assert await talk.closed() == (4406, "Subprotocol not acceptable")


@pytest.mark.parametrize(
    "said",
    [
        "no json",
        "[]",
        "{}",
        '{"type":"start"}',
        '{"type":"subscribe","id":1,"payload":{"query":"{a}"}}',
        '{"type":"subscribe","id":"1"}',
        '{"type":"subscribe","id":"1","payload":{}}',
        '{"type":"connection_init","payload":[]}',
        "[" * 5000,
        b"\x00\x01",
    ],
)
async def test_what_is_no_message_is_closed_with_4400(peopled: Peopled, origin: str, said: str | bytes) -> None:
    async with talking(origin) as talk:
        await talk.begin(peopled.bearer(WHO))
        await talk.socket.send(said)
        code, reason = await talk.closed()
        assert code == 4400
        assert reason.startswith("Invalid message received")


async def test_an_operation_before_the_acknowledgement_is_closed_with_4401(origin: str) -> None:
    async with talking(origin) as talk:
        await talk.ask("{ viewer { email } }")
        assert await talk.closed() == (4401, "Unauthorized")


@pytest.mark.parametrize(
    "payload", [None, {}, {"Authorization": "Bearer forged"}, {"Authorization": 1}, {"Authorization": "Basic x\r\ny"}]
)
async def test_who_is_not_let_in_is_closed_with_4403(origin: str, payload: dict[str, Any] | None) -> None:
    async with talking(origin) as talk:
        await talk.say("connection_init", **({"payload": payload} if payload is not None else {}))
        assert await talk.closed() == (4403, "Forbidden")


async def test_who_says_nothing_is_closed_with_4408(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.websockets.connection.INIT_WITHIN", 0.1)
    async with talking(origin) as talk:
        assert await talk.closed() == (4408, "Connection initialisation timeout")


async def test_an_id_that_is_in_use_is_closed_with_4409_and_one_that_was_is_not(peopled: Peopled, origin: str) -> None:
    async with talking(origin) as talk:
        await talk.begin(peopled.bearer(WHO))
        await talk.ask(VIEWER, "1")
        await talk.hear()
        await talk.say("complete", id="1")
        await talk.ask(VIEWER, "1")
        assert (await talk.hear())["type"] == "next"
        await talk.ask(VIEWER, "1")
        assert await talk.closed() == (4409, "Subscriber for 1 already exists")


async def test_a_second_initialisation_is_closed_with_4429(peopled: Peopled, origin: str) -> None:
    async with talking(origin) as talk:
        await talk.begin(peopled.bearer(WHO))
        await talk.say("connection_init")
        assert await talk.closed() == (4429, "Too many initialisation requests")


@pytest.mark.parametrize("query", ["{ nothing }", "{", "subscription { caseChanged(installedProductIds: 1) { id } }"])
async def test_what_can_t_be_executed_is_told_as_an_error_and_the_connection_goes_on(
    peopled: Peopled, origin: str, query: str
) -> None:
    async with talking(origin) as talk:
        await talk.begin(peopled.bearer(WHO))
        await talk.ask(query)
        message = await talk.hear()
        assert (message["id"], message["type"]) == ("1", "error")
        assert message["payload"][0]["extensions"]["code"] == "BAD_INPUT"
        await talk.ask("{ viewer { email } }")
        assert (await talk.hear())["type"] == "next"


@pytest.mark.rule("R3")
async def test_the_connection_of_who_is_disabled_is_closed_with_4403(peopled: Peopled, origin: str) -> None:
    async with talking(origin) as talk:
        await talk.begin(peopled.bearer(WHO))
        await talk.ask(VIEWER)
        await talk.hear()
        await change(peopled, status=UserStatus.DISABLED)
        assert (await talk.closed())[0] == 4403


async def test_a_session_s_cookie_counts_for_our_own_pages_alone(peopled: Peopled, origin: str) -> None:
    browser = await peopled.signed_in(WHO)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with talking(origin, page=origin, cookie=cookie) as talk:
        await talk.say("connection_init")
        assert await talk.hear() == {"type": "connection_ack"}
    for page in ("https://evil.example", None):
        async with talking(origin, page=page, cookie=cookie) as talk:
            await talk.say("connection_init")
            assert (await talk.closed())[0] == 4403


async def test_nothing_is_left_of_a_client_that_vanishes(peopled: Peopled, origin: str) -> None:
    for _ in range(3):
        async with talking(origin) as talk:
            await talk.begin(peopled.bearer(WHO))
            for number in range(5):
                await talk.ask("subscription { caseChanged { number } }", str(number))
            async with asyncio.timeout(20):
                while listeners(peopled) < 5:  # noqa: ASYNC110  # what a client can't see
                    await asyncio.sleep(0.01)
            talk.socket.transport.abort()
    async with asyncio.timeout(20):
        while listeners(peopled):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_operations_and_connections_are_bounded(
    peopled: Peopled, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.websockets.connection.MOST_OPERATIONS", 2)
    async with talking(origin) as talk:
        await talk.begin(peopled.bearer(WHO))
        for number in range(3):
            await talk.ask("subscription { caseChanged { number } }", str(number))
        refused = await talk.hear()
        assert (refused["id"], refused["type"]) == ("2", "error")
        await talk.say("complete", id="0")
        await talk.ask("{ viewer { email } }", "3")
        assert (await talk.hear())["type"] == "next"


async def test_one_connection_more_than_there_may_be_is_asked_to_come_later(
    people_settings: Callable[..., Any],
) -> None:
    from gateway.app import create_app

    app = create_app(people_settings(websockets=1))
    listener = listen()
    try:
        async with served(app, listener):
            async with talking(url_of(listener)), talking(url_of(listener)) as second:
                assert (await second.closed())[0] == 1013
            await asyncio.sleep(0.1)
            async with talking(url_of(listener)) as third:
                await third.say("ping")
                assert await third.hear() == {"type": "pong"}
    finally:
        await app.state.gateway.close()
