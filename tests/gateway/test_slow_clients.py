"""Clients that send slowly, or never end, hold no connection for long."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette

from fixtures.simulators.server import listen
from gateway.http_protocol import BoundedHttp

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
REQUEST = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n"


@pytest_asyncio.fixture
async def listener(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[socket.socket]:
    """Where the gateway answers, impatiently."""
    monkeypatch.setattr("gateway.http_protocol.HEAD_SECONDS", 0.3)
    monkeypatch.setattr("gateway.edges.BODY_SECONDS", 0.3)
    made = listen()
    config = uvicorn.Config(app, http=BoundedHttp, log_config=None, lifespan="off", timeout_keep_alive=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve(sockets=[made]))
    yield made
    server.should_exit = True
    await task


@asynccontextmanager
async def connected(listener: socket.socket) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection(*listener.getsockname()[:2])
    yield reader, writer
    writer.close()


async def end_of(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(5):
        return await reader.read()


async def test_a_connection_on_which_nothing_comes_is_closed(listener: socket.socket) -> None:
    async with connected(listener) as (reader, _):
        assert await end_of(reader) == b""


@pytest.mark.parametrize("piece", [b"GET /healthz HTTP/1.1\r\nhost: x\r\n", b"\r\n", b"G"])
async def test_headers_that_never_end_are_refused(listener: socket.socket, piece: bytes) -> None:
    async with connected(listener) as (reader, writer):
        writer.write(piece)
        assert (await end_of(reader)).startswith(b"HTTP/1.1 408 ")


async def test_headers_that_come_byte_by_byte_are_refused(listener: socket.socket) -> None:
    async with connected(listener) as (reader, writer):
        ended = asyncio.create_task(end_of(reader))
        for byte in b"GET /healthz HTTP/1.1\r\nhost: x\r\n" * 2:
            if ended.done():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)
        assert (await ended).startswith(b"HTTP/1.1 408 ")


async def test_headers_without_end_are_refused_before_they_fill_the_memory(listener: socket.socket) -> None:
    async with connected(listener) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 100_000)
        assert (await end_of(reader)).startswith(b"HTTP/1.1 431 ")


async def test_a_body_that_never_comes_is_refused_in_words(
    listener: socket.socket, bearer: Callable[[str], dict[str, str]]
) -> None:
    token = bearer("reader@north.example")["authorization"].encode()
    async with connected(listener) as (reader, writer):
        writer.write(REQUEST + b"authorization: " + token + b"\r\n\r\n{")
        answer = await end_of(reader)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"came too slowly" in answer


async def test_a_connection_that_was_used_is_closed_if_the_next_request_never_ends(listener: socket.socket) -> None:
    async with connected(listener) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        writer.write(b"GET /he")
        assert b"HTTP/1.1 408 " in await end_of(reader)


async def test_who_is_merely_slow_is_served(listener: socket.socket) -> None:
    async with connected(listener) as (reader, writer):
        for piece in (b"GET /healthz HT", b"TP/1.1\r\nhost: x\r\n", b"connection: close\r\n\r\n"):
            writer.write(piece)
            await asyncio.sleep(0.08)
        assert (await end_of(reader)).startswith(b"HTTP/1.1 200 ")


async def test_a_request_without_a_host_is_refused(listener: socket.socket) -> None:
    async with connected(listener) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert (await end_of(reader)).startswith(b"HTTP/1.1 400 ")
