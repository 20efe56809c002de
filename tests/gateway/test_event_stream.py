"""Subscriptions over Server-Sent Events: answered with the rights of the moment, and no longer than there are any."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import Role, UserStatus
from fixtures.simulators.server import listen, url_of
from tests.gateway.identity.conftest import people_settings, peopled
from tests.gateway.identity.peopled import Peopled
from tests.served import NO_TLS, served

__all__ = ["people_settings", "peopled"]

EVENT = AuditEvent(action=AuditAction.ROLE_CHANGED)
QUERY = "subscription { viewerChanged { email role roleLabel accountNumbers access } }"
WHO = "reader@north.example"


class Events:
    """What a stream tells, event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:  # Any: JSON
        """The next event's name and data; pauses are not told."""
        name, data = "", ""
        async with asyncio.timeout(10):
            async for line in self._lines:
                if line.startswith("event:"):
                    name = line.removeprefix("event:").strip()
                elif line.startswith("data:"):
                    data = line.removeprefix("data:").strip()
                elif not line and name:
                    return name, json.loads(data) if data else None
        raise AssertionError("the stream ended without a word")


@pytest_asyncio.fixture
async def origin(peopled: Peopled, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr("gateway.watch.EVERY", 0.05)
    monkeypatch.setattr("gateway.watch.Watch.__init__.__kwdefaults__", {"every": 0.05})
    listener = listen()
    async with served(peopled.app, listener):
        yield url_of(listener)


@asynccontextmanager
async def subscribed(origin: str, query: str = QUERY, /, **headers: str) -> AsyncIterator[Events]:
    async with httpx.AsyncClient(base_url=origin, trust_env=False, timeout=20, verify=NO_TLS) as client:
        usual = {"accept": "text/event-stream"}
        async with client.stream("POST", "/graphql", json={"query": query}, headers=usual | headers) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            yield Events(response)


async def change(peopled: Peopled, **changes: Any) -> None:  # Any: a user's attributes
    await peopled.identity.people.users.change(await peopled.user(WHO), EVENT, **changes)


async def test_the_viewer_is_told_at_once_and_whenever_the_rights_change(peopled: Peopled, origin: str) -> None:
    async with subscribed(origin, **peopled.bearer(WHO)) as events:
        name, answer = await events.next()
        assert name == "next"
        assert answer["data"]["viewerChanged"]["role"] == "READER"
        await change(peopled, role=Role.MANAGER)
        _, answer = await events.next()
        assert answer["data"]["viewerChanged"]["roleLabel"] == "Menedżer"
        await change(peopled, accounts=frozenset())
        _, answer = await events.next()
        assert answer["data"]["viewerChanged"]["access"] == "NO_ACCOUNTS"


@pytest.mark.rule("R3")
async def test_a_stream_ends_when_its_user_is_disabled(peopled: Peopled, origin: str) -> None:
    async with subscribed(origin, **peopled.bearer(WHO)) as events:
        await events.next()
        await change(peopled, status=UserStatus.DISABLED)
        name, answer = await events.next()
        assert name == "next"
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert "data" not in answer
        assert await events.next() == ("complete", None)


async def test_a_stream_ends_with_the_session_it_was_opened_in(peopled: Peopled, origin: str) -> None:
    browser = await peopled.signed_in(WHO)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with subscribed(origin, cookie=cookie, origin=origin) as events:
        assert (await events.next())[1]["data"]["viewerChanged"]["email"] == WHO
        await browser.post("/sign-out", data={"x": ""})
        assert (await events.next())[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await events.next())[0] == "complete"


async def test_looking_keeps_no_session_alive_and_nobody_active(peopled: Peopled, origin: str) -> None:
    browser = await peopled.signed_in(WHO)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    before = await peopled.identity.sessions.of_user(peopled.id_of(WHO))
    async with subscribed(origin, cookie=cookie, origin=origin) as events:
        await events.next()
        await asyncio.sleep(0.3)
    assert await peopled.identity.sessions.of_user(peopled.id_of(WHO)) == before


async def test_a_store_that_is_away_for_a_moment_ends_no_stream(peopled: Peopled, origin: str) -> None:
    async with subscribed(origin, **peopled.bearer(WHO)) as events:
        await events.next()
        database = peopled.identity.people.users._database  # type: ignore[attr-defined]  # the real store
        async with database.writing() as connection:
            await connection.exec_driver_sql("ALTER TABLE users RENAME TO away")
        await asyncio.sleep(0.3)
        async with database.writing() as connection:
            await connection.exec_driver_sql("ALTER TABLE away RENAME TO users")
        await change(peopled, role=Role.USER)
        assert (await events.next())[1]["data"]["viewerChanged"]["role"] == "USER"


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "*/*"])
async def test_a_subscription_is_not_answered_otherwise(peopled: Peopled, accept: str) -> None:
    client = peopled.browser(**peopled.bearer(WHO))
    answer = await client.post("/graphql", json={"query": QUERY}, headers={"accept": accept})
    assert answer.status_code == 406
    assert "text/event-stream" in answer.text


async def test_only_subscriptions_are_answered_in_events(peopled: Peopled) -> None:
    client = peopled.browser(**peopled.bearer(WHO))
    body = {"query": "{ viewer { email } }"}
    answer = await client.post("/graphql", json=body, headers={"accept": "text/event-stream"})
    assert answer.status_code == 200
    assert answer.json()["data"]["viewer"]["email"] == WHO


async def test_without_credentials_there_is_no_stream(peopled: Peopled) -> None:
    answer = await peopled.browser().post("/graphql", json={"query": QUERY}, headers={"accept": "text/event-stream"})
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/graphql-response+json")


async def test_an_error_of_the_document_is_told_before_any_stream(peopled: Peopled) -> None:
    client = peopled.browser(**peopled.bearer(WHO))
    body = {"query": "subscription { viewerChangd { email } }"}
    answer = await client.post("/graphql", json=body, headers={"accept": "text/event-stream"})
    assert answer.status_code == 400
    assert "viewerChangd" in answer.json()["errors"][0]["message"]
