"""GraphQL over Server-Sent Events, a connection an operation
(https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "distinct connections mode")."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import StreamingResponse

from gateway.draining import Draining
from gateway.execution import Answer
from gateway.load.streams import OpenStreams
from gateway.refusal import Refusal
from gateway.subscription import Subscription
from gateway.watch import Watch

EVENT_STREAM = "text/event-stream"
_KEPT_ALIVE_EVERY = 15.0  # seconds; proxies end what is silent for a minute
_COMPLETE = b"event: complete\ndata:\n\n"

Formatted = Callable[[Answer], bytes]


def wants_events(accept: str) -> bool:
    """Whether the client asks for events, and names them."""
    return any(part.partition(";")[0].strip().lower() == EVENT_STREAM for part in accept.split(","))


class EventStream:
    """One subscription. The stream ends with the last of the rights that it was opened with."""

    def __init__(
        self, subscription: Subscription, watch: Watch, formatted: Formatted, draining: Draining, streams: OpenStreams
    ) -> None:
        self._subscription = subscription
        self._watch = watch
        self._formatted = formatted
        self._draining = draining
        self._streams = streams

    def response(self) -> StreamingResponse:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no", "vary": "Accept, Authorization, Cookie"}
        return StreamingResponse(self._events(), headers=headers, media_type=EVENT_STREAM)

    async def _events(self) -> AsyncIterator[bytes]:
        refused = asyncio.ensure_future(self._watch.until_refused())
        stopping = asyncio.ensure_future(self._draining.wait())
        try:
            with self._streams.one():
                async for event in self._until_refused(refused, stopping):
                    yield event
            if not stopping.done():  # else the client is to connect again, elsewhere
                yield _COMPLETE
        finally:
            for each in (refused, stopping):
                each.cancel()
            await asyncio.gather(refused, stopping, return_exceptions=True)

    async def _until_refused(
        self, refused: "asyncio.Future[Refusal]", stopping: "asyncio.Future[None]"
    ) -> AsyncIterator[bytes]:
        answers = self._subscription.answers()
        following = asyncio.ensure_future(_following(answers))
        try:
            while True:
                waited: set[asyncio.Future[Any]] = {following, refused, stopping}  # Any: an answer, or a refusal
                done, _ = await asyncio.wait(waited, timeout=_KEPT_ALIVE_EVERY, return_when=asyncio.FIRST_COMPLETED)
                if stopping in done:
                    return
                if refused in done:
                    yield _next(refused.result().body())
                    return
                if not done:
                    yield b":\n\n"
                    continue
                if (answer := following.result()) is None:
                    return
                yield _next(self._formatted(answer))
                following = asyncio.ensure_future(_following(answers))
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def _following(answers: AsyncIterator[Answer]) -> Answer | None:
    return await anext(answers, None)


def _next(body: bytes) -> bytes:
    return b"event: next\ndata: " + body.replace(b"\n", b"\ndata: ") + b"\n\n"
