"""One HTTP/1.1 connection as a client: a request out, its answer in, and the next one on the same connection.

httptools parses; this says what an answer is, how large it may be, and when the connection is of no more use.
"""

import asyncio
import zlib
from typing import NamedTuple

import httptools

MOST_HEADER_BYTES = 64 * 1024

_GZIP, _ZLIB, _RAW, _PLAIN = 31, 15, -15, 0  # zlib's window bits; 0: not packed


_WITHOUT_BODY = (204, 304)


class Received(NamedTuple):
    """An answer read whole and unpacked."""

    status: int
    fields: list[tuple[bytes, bytes]]
    body: bytes


class ExchangeFailed(Exception):
    """No answer that could be read. `answered`: some of one had come already."""

    def __init__(self, problem: str, *, answered: bool) -> None:
        super().__init__(problem)
        self.answered = answered


class AnswerTooLarge(Exception):
    """The answer has more bytes, unpacked, than may be taken."""


def _has_zlib_frame(packed: bytes) -> bool:
    """Whether "deflate" was sent with its frame, as it should be: some servers send it without."""
    return packed[0] & 0x0F == 8 and (packed[0] << 8 | packed[1]) % 31 == 0


class HttpConnection(asyncio.Protocol):
    """Carries one exchange at a time. `usable` says whether it can carry another."""

    def __init__(self) -> None:
        self.usable = True
        self.idle_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Received] | None = None
        self._fields: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._packed = b""
        self._unpacker: zlib._Decompress | None = None
        self._reset(0)

    async def exchange(self, request: bytes, max_bytes: int) -> Received:
        """Send a request and read its answer. Raises ExchangeFailed, AnswerTooLarge; then, or when it is cancelled,
        the connection is closed."""
        transport = self._transport
        if transport is None or not self.usable or transport.is_closing():
            raise ExchangeFailed("the connection was closed", answered=False)
        self._reset(max_bytes)
        self._answer = asyncio.get_running_loop().create_future()
        transport.write(request)
        try:
            return await self._answer
        except BaseException:
            self.close()
            raise
        finally:
            self._answer = None

    def close(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # create_connection gives a full transport

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():  # an answer to nothing
            self.close()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self._answer.done():
                self._fail(ExchangeFailed(f"unreadable: {error}", answered=True))
        except httptools.HttpParserUpgrade:
            self._fail(ExchangeFailed("another protocol", answered=True))
        if not self._headed and self._received > MOST_HEADER_BYTES:
            self._fail(ExchangeFailed("endless headers", answered=True))

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        if self._answer is None or self._answer.done():
            return
        if self._until_closed and self._headed and exc is None:
            self._complete()
        else:
            self._fail(ExchangeFailed("the connection broke off", answered=self._received > 0))

    # httptools.HttpResponseParser

    def on_message_begin(self) -> None:
        self._fields = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        if self._is_interim():
            return
        self._headed = True
        fields = {name.lower(): value.strip().lower() for name, value in self._fields}
        measured = b"content-length" in fields or b"transfer-encoding" in fields
        self._until_closed = not measured and self._status not in _WITHOUT_BODY
        encoding = fields.get(b"content-encoding", b"")
        if encoding in (b"gzip", b"x-gzip"):
            self._window = _GZIP
        elif encoding == b"deflate":
            self._window = _ZLIB

    def on_body(self, body: bytes) -> None:
        if self._window == _PLAIN:
            self._take(body)
            return
        if self._unpacker is None:
            body = self._packed = self._packed + body
            if len(body) < 2:
                return
            if self._window == _ZLIB and not _has_zlib_frame(body):
                self._window = _RAW
            self._unpacker = zlib.decompressobj(self._window)
        try:
            self._unpack(body)
        except zlib.error as error:
            self._fail(ExchangeFailed(f"packed unreadably: {error}", answered=True))

    def on_message_complete(self) -> None:
        if not self._is_interim():
            self._complete()

    # ours

    def _reset(self, max_bytes: int) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._max_bytes = max_bytes
        self._status = 0
        self._fields = []
        self._pieces = []
        self._size = 0
        self._received = 0
        self._headed = False
        self._until_closed = False
        self._window = _PLAIN
        self._packed = b""
        self._unpacker = None

    def _is_interim(self) -> bool:
        return 100 <= self._status < 200

    def _unpack(self, data: bytes) -> None:
        """Never more at once than may still be taken: a small packet can unpack to anything."""
        while data and self._unpacker is not None:
            if not self._take(self._unpacker.decompress(data, self._max_bytes - self._size + 1)):
                return
            data = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            if self._unpacker.eof and data:
                self._unpacker = zlib.decompressobj(self._window)

    def _take(self, piece: bytes) -> bool:
        self._size += len(piece)
        if self._size > self._max_bytes:
            self._fail(AnswerTooLarge())
            return False
        self._pieces.append(piece)
        return True

    def _complete(self) -> None:
        if self._answer is None or self._answer.done():
            return
        if self._packed and (self._unpacker is None or not self._unpacker.eof):
            self._fail(ExchangeFailed("packed and cut short", answered=True))
            return
        if self._until_closed or not self._parser.should_keep_alive():
            self.close()
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._answer.set_result(Received(self._status, self._fields, body))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.close()
