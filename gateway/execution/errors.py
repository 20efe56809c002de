"""The errors of one execution, as GraphQL tells them: located, and none about what an earlier one made null."""

from graphql import GraphQLError, located_error

from gateway.execution.places import Place, Position, nulled_by
from gateway.execution.plan import PlannedField


class Errors:
    """Collects errors. Below a place that is null already no further one is told (as graphql-core does)."""

    def __init__(self) -> None:
        self.told: list[GraphQLError] = []
        self._nulled: set[Position | None] = set()

    def add(self, error: Exception, field: PlannedField, place: Place, row: int, indices: Position = ()) -> None:
        """An error of the field's value for that row, or of an item in it."""
        position = nulled_by(field, place, row, indices)
        if self._is_nulled(position):
            return
        self._nulled.add(position)
        self.told.append(located_error(error, field.nodes, [*place.path(row), field.key, *indices]))

    def _is_nulled(self, position: Position | None) -> bool:
        if None in self._nulled:
            return True
        if not self._nulled or position is None:
            return False
        return any(position[:length] in self._nulled for length in range(1, len(position) + 1))
