"""The clients that front ends use, graphql-ws and graphql-sse from npm, are served (F18)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import Role, UserStatus
from fixtures.simulators.server import listen, url_of
from tests.gateway.identity.conftest import people_settings, peopled
from tests.gateway.identity.peopled import Peopled
from tests.node_packages import NPM, installed
from tests.served import served

__all__ = ["people_settings", "peopled"]

pytestmark = [NPM, pytest.mark.rule("F18")]

WHO = "reader@north.example"
EVENT = AuditEvent(action=AuditAction.ROLE_CHANGED)
QUERY = "subscription { viewerChanged { email role } }"

every_client = pytest.mark.parametrize("client", ["ws", "sse"])


class Heard:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            told: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return told


@pytest_asyncio.fixture
async def origin(peopled: Peopled, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr("gateway.watch.Watch.__init__.__kwdefaults__", {"every": 0.05})
    listener = listen()
    async with served(peopled.app, listener):
        yield url_of(listener)


@asynccontextmanager
async def subscribed(client: str, origin: str, token: str, query: str = QUERY) -> AsyncIterator[Heard]:
    folder = installed(Path(__file__).with_name("node"))
    process = await asyncio.create_subprocess_exec(
        "node", "client.mjs", client, origin, token, query, cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Heard(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def token_of(peopled: Peopled) -> str:
    return peopled.bearer(WHO)["authorization"].removeprefix("Bearer ")


@every_client
async def test_it_is_told_now_and_whenever_it_changes(peopled: Peopled, origin: str, client: str) -> None:
    async with subscribed(client, origin, token_of(peopled)) as heard:
        assert (await heard.line())["next"]["data"]["viewerChanged"] == {"email": WHO, "role": "READER"}
        await peopled.identity.people.users.change(await peopled.user(WHO), EVENT, role=Role.USER)
        assert (await heard.line())["next"]["data"]["viewerChanged"]["role"] == "USER"


@every_client
async def test_it_learns_that_it_may_not_be_here_any_more(peopled: Peopled, origin: str, client: str) -> None:
    async with subscribed(client, origin, token_of(peopled)) as heard:
        await heard.line()
        gone = {"status": UserStatus.DISABLED}
        await peopled.identity.people.users.change(await peopled.user(WHO), EVENT, **gone)
        told = await heard.line()
        if client == "ws":
            assert told == {"closed": 4403}
        else:
            assert "next" not in told or told["next"]["errors"]


@every_client
async def test_a_wrong_token_and_a_wrong_query_are_told_as_the_client_knows_it(
    peopled: Peopled, origin: str, client: str
) -> None:
    async with subscribed(client, origin, "wrong") as heard:
        told = await heard.line()
        assert told == {"closed": 4403} if client == "ws" else "error" in told
    async with subscribed(client, origin, token_of(peopled), "subscription { nonsense }") as heard:
        assert ("nonsense" if client == "ws" else "400") in json.dumps(await heard.line())
