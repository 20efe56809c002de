"""What no request may be, wherever it goes: told by a status before anything of it is read."""

import asyncio
from time import monotonic

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.refusal import Refusal

MOST_ADDRESS_BYTES = 16 * 1024
MOST_HEADER_BYTES = 32 * 1024
MOST_HEADERS = 100

BODY_SECONDS = 15.0
LEAST_RATE = 8 * 1024
"""Bytes a second that a body must come with, once it had its seconds."""

TAKEN_SECONDS = 60.0
"""Within which a client must take a piece of its answer."""

_ONCE = ("content-type", "content-length", "host", "origin")


class Edges:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = _refused(scope)
        if refusal is not None:
            await refusal.response()(scope, receive, send)
            return
        pace = _Pace(receive, send)
        try:
            await self.app(scope, pace.receive, pace.send)
        except BodyTooSlow:
            if pace.answered:
                raise
            told = f"The request came too slowly: its body has {BODY_SECONDS:.0f} seconds, and more the larger it is."
            late = Refusal(408, told, headers={"connection": "close"})
            await late.response()(scope, receive, send)


class BodyTooSlow(Exception):
    """Nobody waits for a body that comes byte by byte."""


class AnswerNotTaken(Exception):
    """The client reads nothing of its answer."""


class _Pace:
    """How fast a request must come, and its answer be taken."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.answered = False
        self._receive = receive
        self._send = send
        self._whole = False
        self._bytes = 0
        self._began = monotonic()

    async def receive(self) -> Message:
        if self._whole:  # whoever asks now waits for the client to go away
            return await self._receive()
        left = self._began + BODY_SECONDS + self._bytes / LEAST_RATE - monotonic()
        try:
            async with asyncio.timeout(max(0.0, left)):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow from None
        self._bytes += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        self.answered = True
        if message["type"] == "http.response.start":  # nothing of it is sent before the body is
            await self._send(message)
            return
        try:
            async with asyncio.timeout(TAKEN_SECONDS):
                await self._send(message)
        except TimeoutError:
            raise AnswerNotTaken from None


def _refused(scope: Scope) -> Refusal | None:
    closing = {"connection": "close"}  # what else it sends is not read
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_ADDRESS_BYTES:
        return Refusal(
            414, f"An address has at most {MOST_ADDRESS_BYTES} bytes: send a query with POST.", headers=closing
        )
    headers = scope["headers"]
    if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES:
        told = f"A request has at most {MOST_HEADERS} headers, of {MOST_HEADER_BYTES} bytes together."
        return Refusal(431, told, headers=closing)
    given = Headers(scope=scope)
    repeated = next((name for name in _ONCE if len(given.getlist(name)) > 1), None)
    if repeated is not None:
        return Refusal(400, f"The header '{repeated}' may be sent once.", headers=closing)
    if scope.get("http_version") == "1.1" and "host" not in given:
        return Refusal(400, "A request names its host ('Host').", headers=closing)
    if given.get("content-encoding", "identity").strip().lower() != "identity":
        return Refusal(415, "Send the request as it is, without 'Content-Encoding'.", headers=closing)
    return None
