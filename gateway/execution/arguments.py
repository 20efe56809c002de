"""A field's arguments: coerced once where they are constant, else once for each execution."""

from collections.abc import Callable, Iterable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
)
from graphql.execution.values import get_argument_values

from gateway.execution.run import Run

Convert = Callable[[dict[str, Any]], dict[str, Any]]
"""From graphql-core's argument values to those that a resolver takes (Strawberry's inputs, under Python's names)."""


class Arguments:
    """`coerced` raises what is wrong with a value, as graphql-core does when it comes to the field."""

    def __init__(self, definition: GraphQLField, node: FieldNode, convert: Convert) -> None:
        self._definition = definition
        self._node = node
        self._convert = convert
        self._constant = not any(_holds_variable(argument.value) for argument in node.arguments or ())
        self._known: dict[str, Any] | None = None
        self._known_converted: dict[str, Any] | None = None

    def coerced(self, run: Run) -> dict[str, Any]:
        if not self._definition.args:
            return {}
        if self._known is not None:
            return self._known
        values = get_argument_values(self._definition, self._node, run.variables)
        if self._constant:
            self._known = values
        return values

    def converted(self, run: Run) -> dict[str, Any]:
        if self._known_converted is not None:
            return self._known_converted
        values = self._convert(self.coerced(run))
        if self._constant:
            self._known_converted = values
        return values


def _holds_variable(value: ValueNode) -> bool:
    if isinstance(value, VariableNode):
        return True
    inner: Iterable[ValueNode] = ()
    if isinstance(value, ListValueNode):
        inner = value.values
    elif isinstance(value, ObjectValueNode):
        inner = [field.value for field in value.fields]
    return any(map(_holds_variable, inner))
