"""A system that breaks in ways that its simulator knows nothing of: what stands between it and us, or a crash."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.errors import (
    ConnectorError,
    GiveUp,
    SourceBusy,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceUnreachable,
)
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.server import running
from fixtures.world.model import World
from tests.connector_kit.harness import HttpHarness, Served

MARK = "Patient Kowalski"
"""Stands in every broken answer, and must not stand in what a person is told."""

INTERNAL = "https://internal.example:44300/secret"

_HTML = f"<html><head><title>{MARK}</title></head><body>told to fail, see {INTERNAL}</body></html>".encode()


@dataclass(frozen=True)
class Answer:
    """`of`: makes the body of the one that the system would have given. `promised`: more bytes than are sent."""

    status: int = 200
    of: Callable[[bytes], bytes] = lambda body: body
    content_type: str | None = "text/html"
    headers: tuple[tuple[str, str], ...] = ()
    promised: int = 0


def _page(status: int, *headers: tuple[str, str]) -> Answer:
    return Answer(status, lambda _: _HTML, headers=headers)


def _body(body: bytes, content_type: str) -> Answer:
    return Answer(of=lambda _: body, content_type=content_type)


BREAKAGES: dict[str, tuple[Answer, type[ConnectorError]]] = {
    "500 in HTML": (_page(500), SourceFailed),
    "502 in HTML": (_page(502), SourceFailed),
    "503 in HTML": (_page(503, ("retry-after", "7")), SourceFailed),
    "401 in HTML": (_page(401), SourceMisconfigured),
    "403 in HTML": (_page(403), SourceMisconfigured),
    "404 in HTML": (_page(404), SourceMisconfigured),
    "429 in HTML": (_page(429, ("retry-after", "7")), SourceBusy),
    "a redirect elsewhere": (_page(302, ("location", INTERNAL)), GiveUp),
    "a sign-in page": (_page(200), SourceMisanswered),
    "noise": (_body(bytes(range(256)) * 4, "application/octet-stream"), SourceMisanswered),
    "nothing": (_body(b"", "application/json"), SourceMisanswered),
    "JSON of something else": (_body(json.dumps([MARK]).encode(), "application/json"), SourceMisanswered),
    "XML of something else": (_body(f"<order>{MARK}</order>".encode(), "text/xml"), SourceMisanswered),
    "half an answer": (Answer(of=lambda body: body[: len(body) // 2], content_type=None), SourceMisanswered),
    "an answer broken off": (Answer(content_type=None, promised=1_000), SourceUnreachable),
    "more than is taken": (Answer(of=lambda body: body + b" " * 1_000_000, content_type=None), SourceMisanswered),
}
"""What comes instead of an answer, and what the connector makes of it."""

MOST_BYTES = 900_000
"""The setting under which the last of these is too much."""


@dataclass
class Breakage:
    """`answer`: what comes instead, `times` times; None: the system answers itself. `sign_in`: only for signing in."""

    answer: Answer | None = None
    times: int | None = None
    only: Callable[[str], bool] = field(default=lambda operation: True)

    def mend(self) -> None:
        self.answer, self.times, self.only = None, None, lambda operation: True


class BreakageMiddleware:
    """Answers as the breakage says, after the system itself has."""

    def __init__(self, app: ASGIApp, breakage: Breakage, conduct: Conduct) -> None:
        self.app = app
        self.breakage = breakage
        self.conduct = conduct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, keep)
        breakage, answer = self.breakage, self.breakage.answer
        if answer is not None and breakage.times != 0 and breakage.only(self.conduct.calls[-1].operation):
            breakage.times = None if breakage.times is None else breakage.times - 1
            sent = _broken(answer, sent)
        for message in sent:
            await send(message)


def _broken(answer: Answer, sent: list[Message]) -> list[Message]:
    start = sent[0]
    body = answer.of(b"".join(message.get("body", b"") for message in sent[1:]))
    kept: list[tuple[bytes, bytes]] = [
        (name, value)
        for name, value in start["headers"]
        if name not in (b"content-length", b"content-type") or (name == b"content-type" and answer.content_type is None)
    ]
    kept += [(name.encode(), value.encode()) for name, value in answer.headers]
    kept.append((b"content-length", str(len(body) + answer.promised).encode()))
    if answer.content_type is not None:
        kept.append((b"content-type", answer.content_type.encode()))
    status = start["status"] if answer.content_type is None else answer.status
    return [
        {"type": "http.response.start", "status": status, "headers": kept},
        {"type": "http.response.body", "body": body},
    ]


@dataclass(frozen=True)
class BreakingSystem:
    harness: HttpHarness
    served: Served
    breakage: Breakage

    @property
    def conduct(self) -> Conduct:
        return self.served.conduct

    def connect(self, **changed: object) -> Any:  # Any: it serves whichever port
        return self.harness.connect(self.served.url, **changed)

    def is_sign_in(self, operation: str) -> bool:
        return operation in self.harness.sign_in


@asynccontextmanager
async def breaking(harness: HttpHarness, world: World) -> AsyncIterator[BreakingSystem]:
    """The harness's system, which breaks when it is told to."""
    conduct, breakage = Conduct(), Breakage()
    app = harness.app(world, conduct, page_size=None)
    with running(BreakageMiddleware(app, breakage, conduct)) as url:
        yield BreakingSystem(harness, replace(Served(url, conduct), app=app), breakage)
