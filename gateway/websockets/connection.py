"""One WebSocket: who it is of, and the operations that run over it."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec
import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from auth.credentials import Where
from auth.viewer import ANYONE, Viewer
from connectors.transport.deadline import deadline
from gateway.costs import cost_of
from gateway.execution import Answer, UnknownOperation
from gateway.graphql_request import requested
from gateway.identity.origin import network_of
from gateway.refusal import Refusal
from gateway.subscription import Subscription
from gateway.watch import Watch
from gateway.websockets.messages import (
    ACKNOWLEDGED,
    PONG,
    PROTOCOL,
    Asked,
    Close,
    Complete,
    ConnectionInit,
    Incoming,
    Ping,
    Subscribe,
    complete,
    decode,
    error,
    next_,
)
from gateway.wiring import Gateway
from schema.context import Context
from schema.errors import format_error

log = structlog.get_logger(__name__)

INIT_WITHIN = 5.0  # seconds
MOST_OPERATIONS = 50
"""At once, of one connection."""

_SENT_WITHIN = 30.0  # seconds; who reads nothing for so long is gone


class Closed(Exception):
    """The connection is to be closed, and why."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection:
    def __init__(self, gateway: Gateway, socket: WebSocket) -> None:
        self._gateway = gateway
        self._socket = socket
        self._request_id = uuid4().hex
        self._where = Where(network_of(socket), self._request_id)
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()
        self._timeout = gateway.settings.server.request_timeout

    async def run(self) -> None:
        """Until the client or the gateway ends it."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self._request_id)
        try:
            await self._converse()
        except Closed as closed:
            log.info("websocket.closed", code=int(closed.code), reason=closed.reason)
            await self._close(closed.code, closed.reason)
        except WebSocketDisconnect:
            pass
        finally:
            for operation in self._operations.values():
                operation.cancel()
            await asyncio.gather(*self._operations.values(), return_exceptions=True)

    async def _converse(self) -> None:
        if PROTOCOL not in self._socket.scope.get("subprotocols", ()):
            await self._socket.accept()
            raise Closed(Close.NO_PROTOCOL, "Subprotocol not acceptable")
        await self._socket.accept(subprotocol=PROTOCOL)
        watch = await self._acknowledged()
        reading = asyncio.ensure_future(self._read(watch))
        refused = asyncio.ensure_future(watch.until_refused())
        stopping = asyncio.ensure_future(self._gateway.draining.wait())
        try:
            await asyncio.wait({reading, refused, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            if stopping.done():
                raise Closed(Close.RESTART, "Service restart: connect again")
            raise Closed(Close.FORBIDDEN, "Forbidden")
        finally:
            for task in (reading, refused, stopping):
                task.cancel()
            await asyncio.gather(reading, refused, stopping, return_exceptions=True)

    async def _acknowledged(self) -> Watch:
        try:
            async with asyncio.timeout(INIT_WITHIN):
                message = await self._received()
                while not isinstance(message, ConnectionInit):
                    if isinstance(message, Subscribe):
                        raise Closed(Close.NOT_ACKNOWLEDGED, "Unauthorized")
                    await self._answer_ping(message)
                    message = await self._received()
        except TimeoutError:
            raise Closed(Close.NO_INIT, "Connection initialisation timeout") from None
        request = _with_token(self._socket, message.payload)
        try:
            viewer = await self._gateway.authentication.viewer_of(request)
        except Refusal as refusal:
            code = Close.FORBIDDEN if refusal.status == 401 else Close.TRY_LATER
            raise Closed(code, "Forbidden" if code is Close.FORBIDDEN else refusal.message) from None
        if viewer is ANYONE:
            raise Closed(Close.FORBIDDEN, "Forbidden")
        await self._send(ACKNOWLEDGED)
        return Watch(request, self._gateway.authentication, viewer)

    async def _read(self, watch: Watch) -> None:
        while True:
            message = await self._received()
            match message:
                case ConnectionInit():
                    raise Closed(Close.INIT_TWICE, "Too many initialisation requests")
                case Subscribe():
                    await self._begin(message, watch)
                case Complete():
                    await self._end(message.id)
                case _:
                    await self._answer_ping(message)

    async def _begin(self, message: Subscribe, watch: Watch) -> None:
        if message.id in self._operations:
            raise Closed(Close.ID_TAKEN, f"Subscriber for {message.id[:40]} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            problem = GraphQLError(f"At most {MOST_OPERATIONS} operations at once.", extensions={"code": "BAD_INPUT"})
            await self._send(error(message.id, self._errors([problem])))
            return
        task = asyncio.create_task(self._operate(message.id, message.payload, watch))
        self._operations[message.id] = task
        task.add_done_callback(lambda done: self._ended(message.id, done))

    async def _end(self, operation_id: str) -> None:
        """The client wants no more of it: nothing is told of it from here on."""
        task = self._operations.pop(operation_id, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _ended(self, operation_id: str, task: asyncio.Task[None]) -> None:
        if self._operations.get(operation_id) is task:
            del self._operations[operation_id]
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.warning("websocket.not_told", reason=type(failure).__name__)

    async def _operate(self, operation_id: str, asked: Asked, watch: Watch) -> None:
        try:
            chosen = self._gateway.documents.choose(requested(msgspec.to_builtins(asked)), watch.viewer)
        except Refusal as refusal:
            return await self._finish(operation_id, error(operation_id, self._errors([refusal.as_error()])))
        executor = self._gateway.executors.of(watch.viewer, chosen.text)
        document = executor.documents.get(chosen.text)
        problems = list(document.errors)
        try:
            operation = document.operation(asked.operation_name) if not problems else None
        except UnknownOperation as unknown:
            problems.append(GraphQLError(str(unknown), extensions={"code": "BAD_INPUT"}))
            operation = None
        if operation is None:
            return await self._finish(operation_id, error(operation_id, self._errors(problems)))
        cost = cost_of(document, operation, asked.variables, watch.viewer, self._gateway.settings.limits)
        try:
            await self._gateway.rates.charge(watch.viewer, self._where.network, min(cost.requested, cost.maximum))
        except Refusal as refusal:
            return await self._finish(operation_id, error(operation_id, self._errors([refusal.as_error()])))
        if cost.problem is not None:
            return await self._finish(operation_id, error(operation_id, self._errors([cost.problem])))
        if operation.operation is OperationType.SUBSCRIPTION:
            subscription = Subscription(executor, document, operation, asked.variables, watch, self._context)
            async for answer in subscription.answers():
                if answer.data is None:
                    return await self._finish(operation_id, error(operation_id, self._errors(answer.errors)))
                await self._send(next_(operation_id, self._body(answer)))
            return await self._finish(operation_id, complete(operation_id))
        context = self._context(watch.viewer)
        try:
            async with self._gateway.turns.turn(cost.requested):
                with deadline(self._timeout):
                    answer = await executor.run(document, operation, asked.variables, context)
        except Refusal as refusal:
            return await self._finish(operation_id, error(operation_id, self._errors([refusal.as_error()])))
        finally:
            context.close()
        if answer.data is None:
            return await self._finish(operation_id, error(operation_id, self._errors(answer.errors)))
        answer = answer._replace(errors=[*answer.errors, *context.problems])
        await self._send(next_(operation_id, self._body(answer)))
        return await self._finish(operation_id, complete(operation_id))

    async def _finish(self, operation_id: str, last: str) -> None:
        """The id is free before the client can know that it is."""
        self._operations.pop(operation_id, None)
        await self._send(last)

    def _context(self, viewer: Viewer) -> Context:
        return self._gateway.context_for(viewer, self._where)

    def _body(self, answer: Answer) -> bytes:
        data = b'"data":' + (answer.data or b"null")
        errors = b'"errors":' + self._errors(answer.errors) + b"," if answer.errors else b""
        return b"{" + errors + data + b"}"

    def _errors(self, errors: list[GraphQLError]) -> bytes:
        return msgspec.json.encode([format_error(each, self._request_id) for each in errors])

    async def _received(self) -> Incoming:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1006))
        text = received.get("text")
        if text is None:
            raise Closed(Close.BAD_MESSAGE, "Invalid message received: it is binary")
        try:
            return decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as problem:
            raise Closed(Close.BAD_MESSAGE, f"Invalid message received: {problem}"[:120]) from None

    async def _answer_ping(self, message: Incoming) -> None:
        if isinstance(message, Ping):
            await self._send(PONG)

    async def _send(self, text: str) -> None:
        async with self._sending, asyncio.timeout(_SENT_WITHIN):
            await self._socket.send_text(text)

    async def _close(self, code: Close, reason: str) -> None:
        if self._socket.application_state is not WebSocketState.DISCONNECTED:
            async with self._sending:
                await self._socket.close(code, reason)


def _with_token(socket: WebSocket, payload: Mapping[str, Any] | None) -> HTTPConnection:
    """The handshake, with the token that the first message brings: browsers can't put one into a handshake."""
    told = {str(name).lower(): value for name, value in (payload or {}).items()}
    token = told.get("authorization")
    if not isinstance(token, str):
        return HTTPConnection(socket.scope)
    headers = [(name, value) for name, value in socket.scope["headers"] if name != b"authorization"]
    given = (b"authorization", token.encode("utf-8", "replace"))
    return HTTPConnection({**socket.scope, "headers": [*headers, given]})
