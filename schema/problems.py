"""Errors beside the data: a field that could answer in part says what it could not."""

from graphql import GraphQLError
from strawberry.types import Info

from connectors.errors import ConnectorError
from schema.context import Context


def report(info: Info[Context, None], problem: ConnectorError | None) -> None:
    """Add the problem to the answer's errors, at this field's path."""
    if problem is None:
        return
    raw = info._raw_info
    info.context.problems.append(
        GraphQLError(problem.message, nodes=list(raw.field_nodes), path=raw.path.as_list(), original_error=problem)
    )
