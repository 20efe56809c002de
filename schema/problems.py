"""Errors beside the data: a field that could answer in part says what it could not."""

from graphql import GraphQLError

from connectors.errors import ConnectorError
from schema.batch import Asked
from schema.context import Context


def report(context: Context, asked: Asked, problem: ConnectorError | None) -> None:
    """Add the problem to the answer's errors, at the field's path."""
    if problem is not None:
        error = GraphQLError(problem.message, nodes=asked.nodes, path=asked.path, original_error=problem)
        context.problems.append(error)
