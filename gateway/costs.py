"""What an operation costs, against what its viewer may ask for: told in `extensions.cost`, refused where it is more."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import GraphQLError, OperationDefinitionNode

from auth.viewer import Role, Viewer
from gateway.execution import Document
from gateway.limit_settings import LimitSettings


class Cost(NamedTuple):
    """In objects that an answer may hold at most, by the sizes that the SDL tells (`@listSize`)."""

    requested: int
    maximum: int

    @property
    def problem(self) -> GraphQLError | None:
        """None: it may be asked for."""
        if self.requested <= self.maximum:
            return None
        told = (
            f"The query may ask for {self.requested} objects, and at most {self.maximum} are allowed. Ask for fewer at "
            "once ('first'), or for less on each."
        )
        extensions = {
            "code": "QUERY_TOO_COSTLY",
            "limit": "cost",
            "value": min(self.requested, 2**53),
            "maximum": self.maximum,
        }
        return GraphQLError(told, extensions=extensions)


def cost_of(
    document: Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None,  # Any: JSON
    viewer: Viewer,
    limits: LimitSettings,
) -> Cost:
    """Of an operation of a valid document."""
    maximum = limits.cost_of_analysts if viewer.role is Role.ANALYST else limits.cost
    return Cost(document.cost(operation, variables or {}), maximum)
