"""GraphQL over HTTP (https://graphql.github.io/graphql-over-http/): one operation a request, answered in one piece."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

import msgspec
import structlog
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from auth.credentials import Where
from auth.viewer import ANYONE, Viewer
from connectors.errors import ConnectorError
from connectors.people import AuditAction, AuditEvent
from connectors.transport.calls import recorded
from connectors.transport.deadline import deadline
from gateway.answer_extensions import extensions_of, shows_calls
from gateway.costs import cost_of
from gateway.execution import Answer, Document, Executor, UnknownOperation
from gateway.graphql_multipart import is_multipart
from gateway.graphql_request import FileLimits, GraphQLRequest, read_get, read_post
from gateway.graphql_sse import EVENT_STREAM, EventStream, wants_events
from gateway.identity.origin import network_of
from gateway.load.rates import REFUSED
from gateway.load.streams import OpenStreams
from gateway.media_types import GRAPHQL_RESPONSE, JSON, Match, negotiate
from gateway.refusal import Refusal, graphql_response
from gateway.request import not_signed_in
from gateway.request_log import request_id_of
from gateway.subscription import Subscription
from gateway.telemetry.tracing import name_request
from gateway.watch import Watch
from gateway.wiring import Gateway
from schema.errors import ErrorCode, Forbidden, format_error

log = structlog.get_logger(__name__)

T = TypeVar("T")

_GRACE = 1.0  # seconds beyond the deadline, so that what obeyed it is still answered in part
_LONGEST_NAME = 100
ANONYMOUS, UNKNOWN = "(anonymous)", "(unknown)"
_SECONDS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")

DEADLINE = "request-timeout"
"""The header by which a client says in how many seconds the answer is of no more use to it."""


class _Work(NamedTuple):
    """What is to be executed, for whom, by what."""

    executor: Executor
    document: Document
    operation: OperationDefinitionNode
    variables: Mapping[str, Any] | None  # Any: JSON
    viewer: Viewer
    where: Where


class GraphQLEndpoint:
    """`/graphql`, but for the page that browsers are shown there."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._timeout = gateway.settings.server.request_timeout
        told = gateway.settings.attachments
        self._streams = OpenStreams(gateway.settings.server.event_streams, gateway.observed.streams)
        self._files = FileLimits(told.max_request, told.max_file)

    async def answer(self, request: Request) -> Response:
        """The response, whatever the request: what is wrong with it is told in GraphQL's own form."""
        accept = request.headers.get("accept", "")
        match = negotiate(accept)
        # Who takes events alone learns by the status that there are none (GraphQL over SSE).
        media_type = match.media_type if match else GRAPHQL_RESPONSE if wants_events(accept) else JSON
        started = perf_counter()
        response = await self._refused_or_answered(request, accept, match, media_type)
        self._gateway.observed.answered(
            getattr(request.state, "operation", UNKNOWN),
            getattr(request.state, "client", None),
            _outcome(response),
            started,
        )
        return response

    async def _refused_or_answered(
        self, request: Request, accept: str, match: Match | None, media_type: str
    ) -> Response:
        try:
            if match is None and not wants_events(accept):
                raise Refusal(406, f"The answer is {GRAPHQL_RESPONSE} or {JSON}: accept one of them.")
            if request.method not in ("GET", "POST"):
                raise Refusal(405, "Ask with GET or POST.", headers={"allow": "GET, POST"})
            return await self._answer(request, media_type)
        except Refusal as refusal:
            return (await self._counted(refusal, request)).response(media_type)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it; the log does

    async def _counted(self, refusal: Refusal, request: Request) -> Refusal:
        """Who tries tokens is counted by network, and told to wait in the end."""
        if refusal.status != 401:
            return refusal
        try:
            await self._gateway.rates.charge(ANYONE, network_of(request), REFUSED)
        except Refusal as spent:
            return spent
        return refusal

    async def _answer(self, request: Request, media_type: str) -> Response:
        viewer = await self._gateway.authentication.viewer_of(request)
        request.state.client = viewer.client
        if viewer is ANYONE and request.method != "POST":
            raise not_signed_in()
        if viewer is ANYONE and is_multipart(request.headers.get("content-type", "")):
            raise not_signed_in()  # what anybody may send has no files
        if request.method == "GET":
            asked = read_get(request.query_params)
        else:
            asked = await read_post(request, self._files)
        try:
            return await self._answer_to(request, asked, viewer, media_type)
        finally:
            await asked.close()

    async def _answer_to(self, request: Request, asked: GraphQLRequest, viewer: Viewer, media_type: str) -> Response:
        structlog.contextvars.bind_contextvars(operation=(asked.operation_name or "")[:_LONGEST_NAME] or None)
        request_id = request_id_of(request.scope)
        chosen = self._gateway.documents.choose(asked, viewer)
        executor = self._gateway.executors.of(viewer, chosen.text)
        document = executor.documents.get(chosen.text)
        if viewer is ANYONE and not self._is_open(document, asked.operation_name):
            raise not_signed_in()
        where = Where(network_of(request), request_id)
        if document.errors:
            await self._gateway.rates.charge(viewer, where.network, REFUSED)
            return answer_response(Answer(None, list(document.errors)), request_id, media_type)
        if chosen.learn:
            self._gateway.documents.learn(chosen.text)
        operation = operation_of(document, asked.operation_name, request.method, media_type)
        request.state.operation = operation.name.value if operation.name is not None else ANONYMOUS
        name_request(request.state.operation, operation.operation.value)
        cost = cost_of(document, operation, asked.variables, viewer, self._gateway.settings.limits)
        told = await self._gateway.rates.charge(viewer, where.network, min(cost.requested, cost.maximum))
        if cost.problem is not None:
            return answer_response(Answer(None, [cost.problem]), request_id, media_type, headers=told)
        work = _Work(executor, document, operation, asked.variables, viewer, where)
        if operation.operation is OperationType.SUBSCRIPTION:
            return self._stream(request, work)
        seconds = self._seconds(request)

        async def execute() -> Response:
            with recorded() as calls:
                async with self._gateway.turns.turn(cost.requested):
                    execution = self._execute(work, seconds)
                    shown = calls if shows_calls(request, viewer, self._gateway.settings.server.calls_shown) else None
                    return await execution_response(
                        execution, request_id, media_type, lambda: extensions_of(cost, chosen, shown), told
                    )

        return await unless_disconnected(request, execute())

    def _seconds(self, request: Request) -> float:
        """The client's own deadline, where it is the earlier one. Raises Refusal for what is none."""
        given = request.headers.get(DEADLINE)
        if given is None:
            return self._timeout
        if not _SECONDS.fullmatch(given) or float(given) == 0:
            raise Refusal(400, f"The header '{DEADLINE}' holds seconds, as 2.5.", field=DEADLINE)
        return min(float(given), self._timeout)

    def _stream(self, request: Request, work: "_Work") -> Response:
        if not wants_events(request.headers.get("accept", "")):
            raise Refusal(406, f"A subscription is answered as {EVENT_STREAM}: accept that.")
        if self._streams.is_full:
            told = "Too many subscriptions are open here. Try again in a while."
            raise Refusal(503, told, code=ErrorCode.RATE_LIMITED, headers={"retry-after": "5"}, retryAfter=5)
        watch = Watch(request, self._gateway.authentication, work.viewer)
        subscription = Subscription(
            work.executor,
            work.document,
            work.operation,
            work.variables,
            watch,
            lambda viewer: self._gateway.context_for(viewer, work.where),
        )
        return EventStream(
            subscription,
            watch,
            lambda answer: _body(answer.data, answer.errors, work.where.request_id)[0],
            self._gateway.draining,
            self._streams,
        ).response()

    def _is_open(self, document: Document, name: str | None) -> bool:
        """Whether anybody may ask this: a mutation of nothing but fields that are open to all (F15)."""
        try:
            operation = document.operation(name) if not document.errors else None
        except UnknownOperation:
            return False
        if operation is None or operation.operation is not OperationType.MUTATION:
            return False
        return all(
            isinstance(selection, FieldNode) and selection.name.value in self._gateway.open_mutations
            for selection in operation.selection_set.selections
        )

    async def _execute(self, work: "_Work", seconds: float) -> Answer:
        context = self._gateway.context_for(work.viewer, work.where)
        try:
            with deadline(seconds):
                async with asyncio.timeout(seconds + _GRACE):
                    answer = await work.executor.run(work.document, work.operation, work.variables, context)
        finally:
            context.close()
        await self._record_refusals(answer, work.viewer, work.where)
        # What resolvers could answer only in part is told beside what they answered.
        return answer._replace(errors=[*answer.errors, *context.problems]) if context.problems else answer

    async def _record_refusals(self, answer: Answer, viewer: Viewer, where: Where) -> None:
        """Whoever asks for what the role may not is recorded: it may be a program gone wrong, or somebody trying."""
        paths = [error.path for error in answer.errors if _is_forbidden(error) and error.path]
        if paths and self._gateway.membership is not None:
            event = AuditEvent(
                action=AuditAction.REFUSED,
                actor=viewer.subject or None,
                details={"field": ".".join(str(step) for step in paths[0])},
                network=where.network,
                request_id=where.request_id,
            )
            try:
                await self._gateway.membership.people.audit.record(event)
            except ConnectorError as error:
                log.error("audit.not_recorded", reason=str(error))


def _outcome(response: Response) -> str:
    if response.status_code >= 500:
        return "failed"
    if response.status_code >= 400:
        return "refused"
    body = getattr(response, "body", b"")  # a stream has none
    if not body.startswith(b'{"errors"'):
        return "data"
    return "partial" if b'"data":{' in body else "refused"


def _is_forbidden(error: GraphQLError) -> bool:
    return isinstance(error, Forbidden) or isinstance(error.original_error, Forbidden)


def operation_of(document: Document, name: str | None, method: str, media_type: str) -> OperationDefinitionNode:
    """The operation to execute. Raises Refusal where there is none of that name, or it goes another way."""
    try:
        operation = document.operation(name)
    except UnknownOperation:
        problem = "The document holds several operations: name the one to execute."
        if name is not None or len(document.operations) < 2:
            named = f" named {name!r}" if name is not None else ""
            problem = f"The document holds no operation{named}."
        raise Refusal(_status(400, media_type), problem, field="operationName") from None
    if operation.operation is OperationType.MUTATION and method == "GET":
        raise Refusal(405, "A mutation is sent with POST.", headers={"allow": "POST"})
    return operation


async def execution_response(
    execution: Awaitable[Answer],
    request_id: str,
    media_type: str,
    extensions: Callable[[], bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """What came of an execution. `extensions` are called for when it has ended, and give JSON."""
    try:
        answer = await execution
    except TimeoutError:
        late = GraphQLError("", original_error=TimeoutError())
        body = _body(b"null", [late], request_id)[0]
        return graphql_response(body, _status(504, media_type), media_type, headers)
    return answer_response(answer, request_id, media_type, extensions() if extensions else None, headers)


def answer_response(
    answer: Answer,
    request_id: str,
    media_type: str,
    extensions: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer as HTTP. One without data was not executed: the document or the variables are at fault."""
    body, errors = _body(answer.data, answer.errors, request_id, extensions)
    if answer.data is not None:
        return graphql_response(body, 200, media_type, headers)
    codes = {error["extensions"]["code"] for error in errors}
    if ErrorCode.QUERY_TOO_COSTLY.value in codes:  # a refusal, for clients of any kind
        return graphql_response(body, 400, media_type, headers)
    ours = ErrorCode.INTERNAL.value in codes
    return graphql_response(body, _status(500 if ours else 400, media_type), media_type, headers)


def _body(
    data: bytes | None, errors: list[GraphQLError], request_id: str, extensions: bytes | None = None
) -> tuple[bytes, list[Mapping[str, Any]]]:  # Any: JSON
    formatted: list[Mapping[str, Any]] = [format_error(error, request_id) for error in errors]
    parts = [b'"errors":' + msgspec.json.encode(formatted)] if errors else []
    if data is not None:
        parts.append(b'"data":' + data)
    if extensions is not None:
        parts.append(b'"extensions":' + extensions)
    return b"{" + b",".join(parts) + b"}", formatted


def _status(status: int, media_type: str) -> int:
    """Clients that take plain JSON expect 200 for whatever is a well-formed GraphQL answer."""
    return status if media_type == GRAPHQL_RESPONSE else 200


async def unless_disconnected(request: Request, work: Awaitable[T]) -> T:
    """The work's outcome. Ends it, and raises ClientDisconnect, once nobody waits for it any more."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request.receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientDisconnect
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _disconnected(receive: Callable[[], Awaitable[object]]) -> None:
    while True:
        message = await receive()
        if isinstance(message, dict) and message.get("type") == "http.disconnect":
            return
