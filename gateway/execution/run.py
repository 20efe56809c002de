"""One execution of a plan: what its levels share."""

from typing import Any

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues

from gateway.execution.errors import Errors


class Run:
    """`lost` turns true once an object could not be shown: until then nobody needs to look for one."""

    __slots__ = ("context", "errors", "fragments", "lost", "operation", "root", "schema", "variables")

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
