"""Answers out of memory what a simulator answered before; what is new is asked of the simulator once.

The simulators are as strict as the systems, and far too slow to be measured against. A port for each system, and one
for control: `GET /` tells the calls and bytes of each system, `POST /?delay=0.02` sets the delay of all answers in
seconds and counts from zero.
"""

import asyncio
import re
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import httptools
import msgspec

from connectors.transport.http_connection import Received
from connectors.transport.http_pool import HttpPool
from connectors.transport.http_requests import request_bytes

_BOUNDARY = re.compile(rb"batch_[0-9a-f]{32}")
_LARGEST = 256 * 1024 * 1024
_OF_A_CONNECTION = {b"connection", b"content-length", b"transfer-encoding", b"date", b"content-encoding"}

Key = tuple[bytes, bytes, bytes]


class Memory:
    """What all systems answered. `addresses` are those of the simulators and those that stand for them here."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self.addresses = addresses
        self.delay = 0.0
        self.calls: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()

    def told(self) -> bytes:
        return msgspec.json.encode({"calls": self.calls, "bytes": self.bytes})


class System:
    """One simulator, and what it answered."""

    def __init__(self, name: str, target: str, memory: Memory) -> None:
        self.name = name
        self.memory = memory
        self._target = target
        self._pool = HttpPool(target, connections=8, tls=None)
        self._known: dict[Key, bytes] = {}

    def known(self, key: Key) -> bytes | None:
        return self._known.get(key)

    async def ask(self, key: Key, headers: dict[str, str], body: bytes) -> bytes:
        """The simulator's answer, remembered where it is a good one."""
        method, target, _ = key
        headers["host"] = urlsplit(self._target).netloc
        headers.pop("accept-encoding", None)
        headers.pop("content-length", None)
        request = request_bytes(method.decode(), target.decode(), b"", headers, body or None)
        received = await self._pool.exchange(request, max_bytes=_LARGEST, repeatable=True)
        answer = self._written(received)
        if received.status < 300:
            self._known[key] = answer
        return answer

    def _written(self, received: Received) -> bytes:
        body = received.body
        for there, here in self.memory.addresses.items():
            body = body.replace(there.encode(), here.encode())
        lines = [b"HTTP/1.1 %d OK\r\n" % received.status]
        lines += [b"%s: %s\r\n" % field for field in received.fields if field[0].lower() not in _OF_A_CONNECTION]
        return b"".join([*lines, b"content-length: %d\r\n\r\n" % len(body), body])


class Connection(asyncio.Protocol):
    """A client's connection to one system."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._transport: asyncio.Transport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # create_server gives full transports
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        body = b"".join(self._body)
        same = _BOUNDARY.sub(b"batch", body) if b"batch_" in body else body
        key = (self._parser.get_method(), self._url, same)
        known = self._system.known(key)
        if known is not None:
            self._answer(known)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._headers}
        task = asyncio.ensure_future(self._ask(key, headers, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, key: Key, headers: dict[str, str], body: bytes) -> None:
        self._answer(await self._system.ask(key, headers, body))

    def _answer(self, answer: bytes) -> None:
        memory = self._system.memory
        memory.calls[self._system.name] += 1
        memory.bytes[self._system.name] += len(answer)
        assert self._transport is not None  # noqa: S101 - requests come over it
        if memory.delay:
            asyncio.get_running_loop().call_later(memory.delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


class Control(asyncio.Protocol):
    """The control port: one short request a connection."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # as above

    def data_received(self, data: bytes) -> None:
        method, target, *_ = data.decode("latin-1").split(" ")
        told = self._memory.told()
        if method == "POST":
            self._memory.delay = float(parse_qs(urlsplit(target).query)["delay"][0])
            self._memory.calls.clear()
            self._memory.bytes.clear()
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(told) + told)
        self._transport.close()
