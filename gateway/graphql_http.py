"""GraphQL over HTTP (https://graphql.github.io/graphql-over-http/): one operation a request, answered in one piece."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from graphql import GraphQLError, OperationDefinitionNode, parse
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from auth.viewer import Viewer
from connectors.transport.deadline import deadline
from gateway.graphql_request import GraphQLRequest, read_get, read_post
from gateway.media_types import GRAPHQL_RESPONSE, JSON, negotiate
from gateway.refusal import Refusal, graphql_response
from gateway.request import viewer_of_request
from gateway.request_log import request_id_of
from gateway.wiring import MOST_TOKENS, Gateway
from schema.context import Context
from schema.errors import ErrorCode, format_error

T = TypeVar("T")

_GRACE = 1.0  # seconds beyond the deadline, so that what obeyed it is still answered in part
_LONGEST_NAME = 100
_KEYWORD = re.compile(r"\b(?:query|mutation|subscription)\b")


class GraphQLEndpoint:
    """`/graphql`, but for the page that browsers are shown there."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._timeout = gateway.settings.server.request_timeout

    async def answer(self, request: Request) -> Response:
        """The response, whatever the request: what is wrong with it is told in GraphQL's own form."""
        match = negotiate(request.headers.get("accept", ""))
        media_type = match.media_type if match else JSON
        try:
            if match is None:
                raise Refusal(406, f"The answer is {GRAPHQL_RESPONSE} or {JSON}: accept one of them.")
            if request.method not in ("GET", "POST"):
                raise Refusal(405, "Ask with GET or POST.", headers={"allow": "GET, POST"})
            return await self._answer(request, media_type)
        except Refusal as refusal:
            return refusal.response(media_type)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it; the log does

    async def _answer(self, request: Request, media_type: str) -> Response:
        viewer = await viewer_of_request(request, self._gateway.verifier)
        asked = read_get(request.query_params) if request.method == "GET" else await read_post(request)
        check_operation_named(asked, media_type)
        structlog.contextvars.bind_contextvars(operation=(asked.operation_name or "")[:_LONGEST_NAME] or None)
        request_id = request_id_of(request.scope)
        allowed = {OperationType.QUERY} if request.method == "GET" else {OperationType.QUERY, OperationType.MUTATION}
        execution = self._execute(asked, viewer, request_id, allowed)
        return await unless_disconnected(request, execution_response(execution, request_id, media_type))

    async def _execute(
        self, asked: GraphQLRequest, viewer: Viewer, request_id: str, allowed: set[OperationType]
    ) -> ExecutionResult:
        context = self._gateway.context_for(viewer, request_id)
        try:
            with deadline(self._timeout):
                async with asyncio.timeout(self._timeout + _GRACE):
                    result = await self._gateway.schema.execute(
                        asked.query,
                        variable_values=asked.variables,
                        context_value=context,
                        operation_name=asked.operation_name,
                        allowed_operation_types=allowed,
                    )
        finally:
            context.close()
        return with_problems(result, context)


def with_problems(result: ExecutionResult, context: Context) -> ExecutionResult:
    """The result with what its resolvers could answer only in part."""
    if context.problems:
        result.errors = [*(result.errors or ()), *context.problems]
    return result


async def execution_response(execution: Awaitable[ExecutionResult], request_id: str, media_type: str) -> Response:
    """What came of an execution. Raises Refusal where the operation may not be executed that way."""
    try:
        result = await execution
    except TimeoutError:
        error = format_error(GraphQLError("", original_error=TimeoutError()), request_id)
        return graphql_response({"errors": [error], "data": None}, _status(504, media_type), media_type)
    except CannotGetOperationTypeError as error:
        named = f" named {error.operation_name!r}" if error.operation_name is not None else ""
        raise Refusal(
            _status(400, media_type), f"The document holds no operation{named}.", field="operationName"
        ) from None
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.MUTATION:
            raise Refusal(405, "A mutation is sent with POST.", headers={"allow": "POST"}) from None
        raise Refusal(_status(400, media_type), "Subscriptions are not answered over plain HTTP.") from None
    errors = [format_error(_by_the_client(error), request_id) for error in result.errors or ()]
    if is_request_error(result):
        ours = any(error["extensions"]["code"] == ErrorCode.INTERNAL.value for error in errors)
        return graphql_response({"errors": errors}, _status(500 if ours else 400, media_type), media_type)
    content: dict[str, object] = {"errors": errors} if errors else {}
    return graphql_response(content | {"data": result.data}, 200, media_type)


def check_operation_named(asked: GraphQLRequest, media_type: str) -> None:
    """Raises Refusal where the document holds several operations and none is named: Strawberry would take the first."""
    if asked.operation_name is not None or len(_KEYWORD.findall(asked.query)) < 2:
        return
    try:
        definitions = parse(asked.query, no_location=True, max_tokens=MOST_TOKENS).definitions
    except (GraphQLError, RecursionError):
        return  # told by the execution
    if sum(isinstance(definition, OperationDefinitionNode) for definition in definitions) > 1:
        problem = "The document holds several operations: name the one to execute."
        raise Refusal(_status(400, media_type), problem, field="operationName")


def _by_the_client(error: GraphQLError) -> GraphQLError:
    """A document that exhausts the stack is its author's doing."""
    if isinstance(error.original_error, RecursionError):
        return GraphQLError("The document is nested too deeply.")
    return error


def is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was executed: the document or the variables were at fault. Then there is no `data` at all."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())


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
