"""graphql-core's resolve info, for resolvers that are written for one row."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path, is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers

from gateway.execution.places import Position
from gateway.execution.plan import PlannedField
from gateway.execution.run import Run


def resolve_info(field: PlannedField, position: Position, run: Run) -> GraphQLResolveInfo[Any]:
    """The info of the field at that place of the answer."""
    path: Path | None = None
    for key in position:
        path = Path(path, key, None)
    assert path is not None  # noqa: S101 - a field's place is never the root
    return GraphQLResolveInfo(
        field.name,
        field.nodes,
        field.type,
        field.parent,
        path,
        run.schema,
        run.fragments,
        run.root,
        run.operation,
        run.variables,
        run.context,
        is_awaitable,
        None,
        _HELPERS,
    )


async def _gather(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*awaitables))


def _track(awaitables: Sequence[Any]) -> None:
    """Work that nobody awaits is not waited for."""


_HELPERS = GraphQLResolveInfoHelpers(_gather, _track)
