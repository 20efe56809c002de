"""The systems as the benchmarks meet them say what the simulators said."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.rounds import told
from benchmarks.upstream.replay import Connection, Control, Memory, System
from fixtures.simulators.server import running

Replayed = tuple[str, str, list[str]]


@pytest_asyncio.fixture
async def replayed() -> AsyncIterator[Replayed]:
    """A replay in front of a simulator, the replay's control, and what the simulator was asked."""
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        body = (await request.body()).decode()
        asked.append(f"{request.method} {request.url.path}?{request.url.query} {body}")
        content = f"{len(asked)} {request.headers['authorization']} {request.base_url}"
        return Response(content, 503 if "busy" in request.url.path else 200, {"x-csrf-token": "t"})

    loop = asyncio.get_running_loop()
    with running(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as target:
        memory = Memory({})
        server = await loop.create_server(partial(Connection, System("sap", target, memory)), "127.0.0.1", 0)
        control = await loop.create_server(partial(Control, memory), "127.0.0.1", 0)
        here = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        memory.addresses[target] = here
        yield here, f"http://127.0.0.1:{control.sockets[0].getsockname()[1]}", asked
        server.close()
        control.close()


async def test_what_was_answered_once_is_answered_again_without_asking(replayed: Replayed) -> None:
    here, control, asked = replayed
    async with httpx.AsyncClient(base_url=here, headers={"authorization": "Basic x"}) as client:
        first = await client.get("/a", params={"q": "1"})
        again = await client.get("/a", params={"q": "1"})
        assert (again.text, again.headers["x-csrf-token"]) == (first.text, "t")
        assert first.text == f"1 Basic x {here}/"  # links lead back here
        other = await client.get("/a", params={"q": "2"})
        assert other.text.startswith("2 ")
        assert len(asked) == 2
    counted = await told(control, 0.0)
    assert counted["calls"] == {"sap": 3}
    assert (await told(control, 0.0))["calls"] == {}


async def test_a_batch_is_the_same_whatever_its_boundary(replayed: Replayed) -> None:
    here, _, asked = replayed
    async with httpx.AsyncClient(base_url=here, headers={"authorization": "Basic x"}) as client:
        for letter in "ab":
            boundary = f"batch_{letter * 32}"
            await client.post("/$batch", content=f"--{boundary}\r\nGET x\r\n--{boundary}--")
    assert len(asked) == 1


async def test_a_failure_is_not_remembered(replayed: Replayed) -> None:
    here, _, asked = replayed
    async with httpx.AsyncClient(base_url=here, headers={"authorization": "Basic x"}) as client:
        for _ in range(2):
            assert (await client.get("/busy")).status_code == 503
    assert len(asked) == 2
