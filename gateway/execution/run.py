"""One execution of a plan: what its levels share."""

from typing import Any

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues

from gateway.execution.errors import Errors

MOST_OBJECTS = 250_000
"""Of one answer, at all its levels together."""


class TooManyObjects(Exception):
    """The answer would hold more objects than one may."""


class Run:
    """`lost` turns true once an object could not be shown: until then nobody needs to look for one."""

    __slots__ = ("context", "errors", "fragments", "lost", "objects", "operation", "root", "schema", "variables")

    def __init__(
        self,
        *,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        variables: VariableValues,
        context: Any,  # Any: the resolvers know what it is
        root: Any,
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.fragments = fragments
        self.variables = variables
        self.context = context
        self.root = root
        self.errors = Errors()
        self.lost = False
        self.objects = 0

    def count(self, objects: int) -> None:
        """Of a further level. Raises TooManyObjects: what is answered is held in memory until all of it is there."""
        self.objects += objects
        if self.objects > MOST_OBJECTS:
            raise TooManyObjects
