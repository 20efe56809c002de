"""Whatever a system answers, it nulls what it owns and nothing else: soon, in words that tell no host, within bounds of
memory, and no other system's data waits for it."""

import asyncio
import gzip
import resource
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.settings import Settings
from tests.gateway.conftest import client_of
from tests.portal import Systems

Bearer = Callable[[str], dict[str, str]]
Fault = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]
TIMEOUT = 0.3
WHO = "manager@north.example"

QUERY = """{ viewer { email }
  accounts(first: 1) { nodes { name } }
  cases(first: 1) { nodes { number } }
  serviceContracts(first: 1) { nodes { number } } }"""
OWNED = {"crm": {"accounts", "cases", "serviceContracts"}, "sap": {"cases"}, "contracts": {"serviceContracts"}}


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK", kind: bytes = b"application/json") -> Fault:
    head = [b"HTTP/1.1 " + status, b"content-type: " + kind, b"content-length: %d" % len(body), *headers]

    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
        await writer.drain()

    return write


def raw(content: bytes, *, then_wait: bool = False) -> Fault:
    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        if then_wait:
            await asyncio.sleep(30)

    return write


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Fault:
    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for _piece in range(100_000):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return write


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
MEGABYTE = b"10000\r\n" + b"a" * 65536 + b"\r\n"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%b">' % (97 + n, b"&%c;" % (96 + n) * 10) for n in range(1, 10))
    + b"]><l>&j;</l>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>'

NO_UTF_8 = (
    b'{"d": {"results": [{"MaintenanceNotification": "\xff\xfe"}]}, "totalSize": 1, "done": true, '
    b'"records": [{"Id": "\xff\xfe"}]}'
)

FAULTS: dict[str, Fault] = {
    "says nothing": raw(b"", then_wait=True),
    "ends at once": raw(b""),
    "breaks off": reset,
    "is no HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "sends half a head": raw(b"HTTP/1.1 200 OK\r\ncontent-ty", then_wait=True),
    "sends half a body": raw(OK + b'content-length: 1000\r\n\r\n{"d":'),
    "waits in the body": raw(OK + b'content-length: 1000\r\n\r\n{"d":', then_wait=True),
    "sends byte by byte": endless(CHUNKED, b"1\r\na\r\n", 0.05),
    "never ends its head": endless(OK, b"x-more: " + b"a" * 8000 + b"\r\n"),
    "never ends its body": endless(CHUNKED, MEGABYTE),
    "has a wrong length": raw(OK + b"content-length: 3\r\n\r\n{}{}{}{}{}"),
    "has a bad chunk": raw(CHUNKED + b"zz\r\n{}\r\n"),
    "sends a bomb": answer(gzip.compress(b" " * 20_000_000, 6, mtime=0), b"content-encoding: gzip"),
    "packs unreadably": answer(b"not gzip at all", b"content-encoding: gzip"),
    "answers nothing": answer(b""),
    "answers null": answer(b"null"),
    "answers a list": answer(b"[1, 2, 3]"),
    "answers a page": answer(b"<html><body>Maintenance</body></html>", kind=b"text/html"),
    "answers no UTF-8": answer(NO_UTF_8),
    "answers deep JSON": answer(b'{"d":' * 100_000 + b"1" + b"}" * 100_000),
    "answers deep XML": answer(b"<a>" * 100_000 + b"</a>" * 100_000, kind=b"text/xml"),
    "answers with entities": answer(LAUGHS, kind=b"text/xml"),
    "answers with outer entities": answer(OUTSIDE, kind=b"text/xml"),
    "leads elsewhere": answer(b"", b"location: http://127.0.0.1:9/", status=b"302 Found"),
    "refuses us": answer(b"{}", status=b"401 Unauthorized"),
    "forbids us": answer(b"{}", status=b"403 Forbidden"),
    "is busy": answer(b"{}", b"retry-after: 7", status=b"429 Too Many Requests"),
    "fails": answer(b"Traceback at 10.1.2.3", status=b"500 Internal Server Error", kind=b"text/plain"),
    "is away": answer(b"<h1>Bad gateway</h1>", status=b"502 Bad Gateway", kind=b"text/html"),
    "has an odd status": answer(b"{}", status=b"299 Odd"),
}


class Broken:
    """A system that has the fault it is told to have."""

    def __init__(self) -> None:
        self.fault = ""
        self.address = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await FAULTS[self.fault](reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@pytest_asyncio.fixture(scope="session")
async def broken() -> AsyncIterator[Broken]:
    made = Broken()
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


@pytest_asyncio.fixture(scope="session")
async def apps(settings: Settings, broken: Broken) -> AsyncIterator[dict[str, Starlette]]:
    """A gateway for each of the systems, which is the broken one."""
    told = {"url": broken.address, "timeout": TIMEOUT, "max_answer_bytes": 4_000_000}
    made = {}
    for system in OWNED:
        changed = replace(found := settings.systems[system], settings=found.settings.model_copy(update=told))
        made[system] = create_app(replace(settings, systems={**settings.systems, system: changed}))
    yield made
    for app in made.values():
        await app.state.gateway.close()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("system", OWNED)
async def test_a_system_takes_away_what_it_owns_and_nothing_else(
    apps: dict[str, Starlette], bearer: Bearer, systems: Systems, system: str, fault: str, broken: Broken
) -> None:
    broken.fault = fault
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    async with client_of(apps[system]) as client:
        response = await client.post("/graphql", json={"query": QUERY}, headers=bearer(WHO))
    took, grown = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    told = response.json()
    assert response.status_code == 200
    assert told["data"]["viewer"] == {"email": WHO}
    lost = {name for name, value in told["data"].items() if value is None}
    assert lost == OWNED[system]
    errors = told["errors"]
    # Accounts are told without the related ones, which contracts name; that they are missing is said.
    partly = {"accounts"} if system == "contracts" else set()
    assert {error["path"][0] for error in errors} == lost | partly
    codes = {error["extensions"]["code"] for error in errors}
    assert codes <= {"SOURCE_UNAVAILABLE", "SOURCE_REJECTED", "TIMEOUT"}, errors
    assert {error["extensions"]["system"] for error in errors} == {system}
    assert took < 4
    assert grown < 100 * 1024  # KiB
    for secret in (broken.address.removeprefix("http://"), "10.1.2.3", "root:", "Traceback", "<h1>", "hahaha"):
        assert secret not in response.text
