"""Virus scanners: clamd by INSTREAM, others by ICAP (RFC 3507). One that gives no clear answer has not said yes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from connectors.errors import SourceFailed, SourceMisanswered, SourceTimeout, SourceUnreachable

SYSTEM = "antivirus"

_CHUNK = 64 * 1024
_LONGEST_ANSWER = 64 * 1024

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Antivirus(Protocol):
    async def is_clean(self, content: bytes) -> bool:
        """False: it found something. Raises a ConnectorError where it can't tell."""
        ...


class NoAntivirus:
    """None is configured."""

    async def is_clean(self, content: bytes) -> bool:
        return True


def antivirus_at(address: str | None, seconds: float) -> Antivirus:
    """`address` as `[attachments] antivirus` has it; `seconds` that its answer may take."""
    if address is None:
        return NoAntivirus()
    url = urlsplit(address)
    return Clamd(url, seconds) if url.scheme == "clamd" else Icap(url, seconds)


class Clamd:
    """https://docs.clamav.net/manual/Usage/Scanning.html#clamd: zINSTREAM, pieces with their length, a zero length."""

    def __init__(self, url: SplitResult, seconds: float) -> None:
        self._url = url
        self._seconds = seconds

    async def is_clean(self, content: bytes) -> bool:
        async with _connected(self._url, 3310, self._seconds) as (reader, writer):
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), _CHUNK):
                piece = content[start : start + _CHUNK]
                writer.write(len(piece).to_bytes(4, "big") + piece)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            answer = (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace").strip()
        if answer == "stream: OK":
            return True
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return False
        raise SourceFailed(SYSTEM, "could not look at a file", detail=answer)


class Icap:
    """REQMOD of a PUT of the file: 204 lets it pass; 200, which would change it, or a threat's name does not."""

    def __init__(self, url: SplitResult, seconds: float) -> None:
        self._url = url
        self._seconds = seconds

    async def is_clean(self, content: bytes) -> bool:
        async with _connected(self._url, 1344, self._seconds) as (reader, writer):
            http = f"PUT /file HTTP/1.1\r\nHost: portal\r\nContent-Length: {len(content)}\r\n\r\n".encode()
            head = (
                f"REQMOD {self._url.geturl()} ICAP/1.0\r\nHost: {self._url.netloc}\r\nAllow: 204\r\n"
                f"Connection: close\r\nEncapsulated: req-hdr=0, req-body={len(http)}\r\n\r\n"
            )
            writer.write(head.encode() + http)
            for start in range(0, len(content), _CHUNK):
                piece = content[start : start + _CHUNK]
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        return _passed(answer)


def _passed(answer: str) -> bool:
    status_line, *lines = answer.split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    protocol, _, rest = status_line.partition(" ")
    status = rest.split(" ", 1)[0]
    if not protocol.startswith("ICAP/"):
        raise SourceMisanswered(SYSTEM, "answered something that is not ICAP", detail=status_line[:200])
    found = any(name in headers for name in ("x-infection-found", "x-virus-id", "x-violations-found"))
    if status == "204" and not found:
        return True
    if found or status == "200":  # another request or an answer in its place
        return False
    raise SourceFailed(SYSTEM, "could not look at a file", detail=status_line[:200])


@asynccontextmanager
async def _connected(url: SplitResult, port: int, seconds: float) -> AsyncIterator[Streams]:
    """A connection of its own, for the block. Raises a ConnectorError for whatever goes wrong with it."""
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(seconds):
            if url.hostname is None:
                reader, writer = await asyncio.open_unix_connection(url.path, limit=_LONGEST_ANSWER)
            else:
                reader, writer = await asyncio.open_connection(url.hostname, url.port or port, limit=_LONGEST_ANSWER)
            yield reader, writer
    except TimeoutError:
        raise SourceTimeout(SYSTEM, "took too long to look at a file") from None
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise SourceMisanswered(SYSTEM, "answered unreadably", detail=str(error)) from None
    except OSError as error:
        raise SourceUnreachable(SYSTEM, "could not be reached", detail=str(error)) from None
    finally:
        if writer is not None:
            writer.close()
