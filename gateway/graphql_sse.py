"""GraphQL over Server-Sent Events, a connection an operation
(https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "distinct connections mode")."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode
from starlette.responses import StreamingResponse

from auth.viewer import Viewer
from gateway.execution import Answer, Document, Executor
from gateway.refusal import Refusal
from gateway.watch import Watch
from schema.context import Context

EVENT_STREAM = "text/event-stream"
_KEPT_ALIVE_EVERY = 15.0  # seconds; proxies end what is silent for a minute
_COMPLETE = b"event: complete\ndata:\n\n"

ContextFor = Callable[[Viewer], Context]
Formatted = Callable[[Answer], bytes]


def wants_events(accept: str) -> bool:
    """Whether the client asks for events, and names them."""
    return any(part.partition(";")[0].strip().lower() == EVENT_STREAM for part in accept.split(","))


class EventStream:
    """One subscription. Each event is answered with the rights of its moment; the stream ends with the last of them."""

    def __init__(
        self,
        executor: Executor,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object] | None,
        watch: Watch,
        context_for: ContextFor,
        formatted: Formatted,
    ) -> None:
        self._executor = executor
        self._document = document
        self._operation = operation
        self._variables = variables
        self._watch = watch
        self._context_for = context_for
        self._formatted = formatted

    def response(self) -> StreamingResponse:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no", "vary": "Accept, Authorization, Cookie"}
        return StreamingResponse(self._events(), headers=headers, media_type=EVENT_STREAM)

    async def _events(self) -> AsyncIterator[bytes]:
        context = self._context_for(self._watch.viewer)
        context.viewers = self._watch.viewers
        context.renewed = lambda: self._context_for(self._watch.viewer)
        refused = asyncio.ensure_future(self._watch.until_refused())
        try:
            source = await self._executor.events(self._document, self._operation, self._variables, context)
            if isinstance(source, Answer):
                yield _next(self._formatted(source))
            else:
                async for event in self._until_refused(source, refused):
                    yield event
            yield _COMPLETE
        finally:
            refused.cancel()
            await asyncio.gather(refused, return_exceptions=True)
            context.close()

    async def _until_refused(
        self, source: AsyncIterator[object], refused: "asyncio.Future[Refusal]"
    ) -> AsyncIterator[bytes]:
        following = asyncio.ensure_future(_following(source))
        try:
            while True:
                waited: set[asyncio.Future[Any]] = {following, refused}  # Any: an event, or a refusal
                done, _ = await asyncio.wait(waited, timeout=_KEPT_ALIVE_EVERY, return_when=asyncio.FIRST_COMPLETED)
                if refused in done:
                    yield _next(refused.result().body())
                    return
                if not done:
                    yield b":\n\n"
                    continue
                if following.exception() is not None:
                    error = GraphQLError("", original_error=following.exception())  # type: ignore[arg-type]  # no exit
                    yield _next(self._formatted(Answer(None, [error])))
                    return
                if (event := following.result()) is _END:
                    return
                yield _next(await self._answered(event))
                following = asyncio.ensure_future(_following(source))
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _answered(self, event: object) -> bytes:
        context = self._context_for(self._watch.viewer)
        try:
            answer = await self._executor.run(self._document, self._operation, self._variables, context, event)
        finally:
            context.close()
        return self._formatted(answer)


_END = object()


async def _following(source: AsyncIterator[object]) -> object:
    try:
        return await anext(source)
    except StopAsyncIteration:
        return _END


def _next(body: bytes) -> bytes:
    return b"event: next\ndata: " + body.replace(b"\n", b"\ndata: ") + b"\n\n"
