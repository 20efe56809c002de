"""The rows of a table, some at a time, each time with the rights of that moment: all of them, or a problem."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple, Protocol

import msgspec
from graphql import GraphQLError

from auth.credentials import Where
from auth.exports import ExportOf, entitlement_of
from auth.tokens import InvalidToken
from auth.viewer import Viewer
from connectors.errors import ConnectorError
from connectors.registry import Clock
from connectors.transport.deadline import deadline
from gateway.executors import Executors
from gateway.request import Authentication
from gateway.settings import Settings
from schema.context import Context
from schema.errors import ErrorCode, format_error
from schema.exports.reading import ROWS_AT_ONCE, columns_of, document_of, ids_of

Rows = list[list[Any]]  # Any: values of JSON


class Graph(Protocol):
    """What is asked for rows: the gateway, as far as tables need it."""

    @property
    def settings(self) -> Settings: ...

    @property
    def executors(self) -> Executors: ...

    @property
    def authentication(self) -> Authentication: ...

    @property
    def clock(self) -> Clock: ...

    def context_for(self, viewer: Viewer, where: Where) -> Context: ...


class Problem(Exception):
    """Why there is no table, or not all of it. `told` is as the graph tells its errors."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told["message"])
        self.told = told

    @property
    def code(self) -> str:
        return str(self.told["extensions"]["code"])


class Table(NamedTuple):
    """`entitlement` tells the rights that it is made with."""

    total: int
    entitlement: str
    chunks: AsyncIterator[Rows]


async def table_of(graph: Graph, viewer: Viewer, of: ExportOf, where: Where) -> Table:
    """Raises Problem, here and with each chunk."""
    context = graph.context_for(viewer, where)
    try:
        with deadline(graph.settings.exports.timeout):
            ids = await ids_of(context, of)
            entitlement = entitlement_of(await context.visible(), viewer)
    except (ConnectorError, GraphQLError) as error:
        raise _problem(error, where) from error
    finally:
        context.close()
    return Table(len(ids), entitlement, _chunks(graph, viewer, of, where, ids, entitlement))


async def _chunks(
    graph: Graph, viewer: Viewer, of: ExportOf, where: Where, ids: list[str], entitlement: str
) -> AsyncIterator[Rows]:
    document, columns = document_of(of), columns_of(of)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        some = ids[start : start + ROWS_AT_ONCE]
        try:
            now = await graph.authentication.renewed(viewer)
        except InvalidToken:
            raise _rights_changed() from None
        nodes = await _nodes(graph, now, document, some, where, entitlement)
        yield [[column.value(row) for column in columns] for row in nodes if row is not None]


async def _nodes(
    graph: Graph, viewer: Viewer, document: str, ids: list[str], where: Where, entitlement: str
) -> list[Any]:
    context = graph.context_for(viewer, where)
    try:
        with deadline(graph.settings.server.request_timeout):
            if entitlement_of(await context.visible(), viewer) != entitlement:
                raise _rights_changed()
            answer = await graph.executors.of(viewer).execute(document, {"ids": ids}, None, context)
        errors = [*answer.errors, *context.problems]
    except ConnectorError as error:
        raise _problem(error, where) from error
    finally:
        context.close()
    if errors or answer.data is None:
        raise Problem(format_error(errors[0], where.request_id))
    return list(msgspec.json.decode(answer.data)["nodes"])


def _rights_changed() -> Problem:
    told = "Your rights have changed meanwhile. Ask for the table anew."
    return Problem({"message": told, "extensions": {"code": ErrorCode.NOT_FOUND.value}})


def _problem(error: ConnectorError | GraphQLError, where: Where) -> Problem:
    told = error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)
    return Problem(format_error(told, where.request_id))
