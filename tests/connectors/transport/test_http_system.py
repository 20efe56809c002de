"""HTTP to a system: bounded in time and size, never led elsewhere, failures told by what can be done."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from connectors.errors import (
    ConnectorError,
    SourceBusy,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.transport.deadline import deadline
from connectors.transport.http import HttpSystem
from connectors.transport.settings import HttpSettings
from fixtures.simulators.server import running

Open = Callable[..., HttpSystem]


async def _echo(request: Request) -> Response:
    body = (await request.body()).decode()
    return JSONResponse(
        {
            "path": request.url.path,
            "query": str(request.query_params),
            "body": body,
            "agent": request.headers["user-agent"],
        }
    )


async def _status(request: Request) -> Response:
    headers = {"retry-after": request.query_params.get("after", "")}
    return Response("internal words of crm.example.com", request.path_params["status"], headers)


async def _slow(request: Request) -> Response:
    async def trickle() -> AsyncIterator[bytes]:
        while not await request.is_disconnected():
            yield b"."
            await asyncio.sleep(0.02)

    return StreamingResponse(trickle())


async def _zeros(request: Request) -> Response:
    packed = gzip.compress(bytes(int(request.path_params["size"])))
    return Response(packed, headers={"content-encoding": "gzip"}, media_type="Application/OCTET-stream; x=1")


async def _elsewhere(request: Request) -> Response:
    return RedirectResponse("http://internal.example.com/")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    routes = [
        Route("/proxy/echo", _echo, methods=["GET", "POST"]),
        Route("/proxy/status/{status:int}", _status),
        Route("/proxy/slow", _slow),
        Route("/proxy/zeros/{size:int}", _zeros),
        Route("/proxy/elsewhere", _elsewhere),
    ]
    with running(Starlette(routes=routes)) as url:
        yield f"{url}/proxy"


@pytest.fixture
async def open_system(address: str) -> AsyncIterator[Open]:
    opened: list[HttpSystem] = []

    def system(**changed: object) -> HttpSystem:
        opened.append(HttpSystem("crm", HttpSettings.model_validate({"url": address, **changed})))
        return opened[-1]

    yield system
    for http in opened:
        await http.close()


@pytest.mark.parametrize("path", ["echo", "/echo"])
async def test_paths_are_below_the_configured_address(open_system: Open, path: str) -> None:
    answer = await open_system().request("POST", f"{path}?q=a+b%26c", content=b"text")
    assert answer.status == 200
    assert answer.content_type == "application/json"
    assert b'"/proxy/echo"' in answer.body
    assert b'"q=a+b%26c"' in answer.body
    assert b"portal-gateway" in answer.body


ERRORS: list[tuple[int, type[ConnectorError]]] = [
    (400, SourceMisconfigured),
    (401, SourceMisconfigured),
    (403, SourceMisconfigured),
    (404, SourceMisconfigured),
    (429, SourceBusy),
    (500, SourceFailed),
    (503, SourceFailed),
]


@pytest.mark.parametrize(("status", "error"), ERRORS)
async def test_a_failure_is_told_by_its_status_and_keeps_the_systems_words_for_the_log(
    open_system: Open, status: int, error: type[ConnectorError]
) -> None:
    with pytest.raises(error) as failure:
        await open_system().request("GET", f"status/{status}")
    assert "example.com" not in failure.value.message
    assert f"HTTP {status} internal words" in failure.value.detail


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_a_status_that_the_caller_reads_is_no_failure(open_system: Open, status: int) -> None:
    answer = await open_system().request("GET", f"status/{status}", expect=frozenset({status}))
    assert answer.status == status


@pytest.mark.parametrize(("after", "seconds"), [("7", 7.0), ("", None), ("tomorrow", None)])
async def test_a_busy_system_may_say_when_to_come_again(open_system: Open, after: str, seconds: float | None) -> None:
    with pytest.raises(SourceBusy) as busy:
        await open_system().request("GET", f"status/429?after={after}")
    assert busy.value.retry_after == seconds


async def test_a_redirect_is_an_answer_and_not_followed(open_system: Open) -> None:
    assert (await open_system().request("GET", "elsewhere")).status == 307


async def test_an_answer_that_trickles_is_left_at_the_timeout(open_system: Open) -> None:
    with pytest.raises(SourceTimeout, match=r"0\.2 seconds"):
        await open_system(timeout=0.2).request("GET", "slow")


async def test_the_deadline_counts_where_it_is_nearer(open_system: Open) -> None:
    with deadline(0.1), pytest.raises(SourceTimeout):
        await open_system(timeout=30).request("GET", "slow")


async def test_without_time_left_nothing_is_asked(open_system: Open) -> None:
    with deadline(0), pytest.raises(SourceTimeout, match="no time left"):
        await open_system(url="http://127.0.0.1:1").request("GET", "echo")


async def test_an_answer_is_bounded_after_it_is_unpacked(open_system: Open) -> None:
    system = open_system(max_answer_bytes=2048)
    answer = await system.request("GET", "zeros/2048")
    assert (len(answer.body), answer.content_type) == (2048, "application/octet-stream")
    with pytest.raises(SourceMisanswered, match="more than 2048 bytes"):
        await system.request("GET", "zeros/1000000")


async def test_a_system_that_is_away_is_unreachable_and_its_host_not_named(open_system: Open) -> None:
    with pytest.raises(SourceUnreachable) as failure:
        await open_system(url="http://127.0.0.1:1").request("GET", "echo")
    assert "127.0.0.1" not in failure.value.message


async def test_calls_beyond_the_connections_wait_their_turn(open_system: Open) -> None:
    system = open_system(connections=2)
    work: list[Awaitable[object]] = [system.request("GET", "echo") for _ in range(10)]
    assert len(await asyncio.gather(*work)) == 10
