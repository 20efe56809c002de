"""Where rows stand in an answer, and which place becomes null when one of them can't be shown."""

from collections.abc import Callable
from typing import Protocol

from graphql import GraphQLOutputType, is_list_type, is_non_null_type

Key = str | int
Position = tuple[Key, ...]
"""A place in the answer, from its root on. The root itself is the empty one."""


class Field(Protocol):
    """As much of a planned field as a place needs."""

    @property
    def key(self) -> str: ...

    @property
    def type(self) -> GraphQLOutputType: ...


class Place:
    """The rows of one level. `locate(row)` gives the row of the level above that one hangs on, and its indices in
    the lists between (none where the field is no list)."""

    __slots__ = ("above", "field", "locate")

    def __init__(
        self, above: "Place | None", field: Field | None, locate: Callable[[int], tuple[int, Position]]
    ) -> None:
        self.above = above
        self.field = field
        self.locate = locate

    def path(self, row: int) -> Position:
        if self.above is None or self.field is None:
            return ()
        parent, indices = self.locate(row)
        return (*self.above.path(parent), self.field.key, *indices)

    def nulled_with(self, row: int) -> Position | None:
        """What becomes null when the row's object does. None: the whole of the data."""
        if self.above is None or self.field is None:
            return None
        parent, indices = self.locate(row)
        return nulled_by(self.field, self.above, parent, indices)

    def among(self, rows: list[int]) -> "Place":
        """The place of some of the rows, those of one concrete type."""
        return Place(self.above, self.field, lambda row: self.locate(rows[row]))


ROOT = Place(None, None, lambda row: (row, ()))


def nulled_by(field: Field, place: Place, row: int, indices: Position) -> Position | None:
    """What an error in the field's value makes null: the nearest place around it that may be. None: all data."""
    required = []
    type_ = field.type
    for _ in range(len(indices) + 1):
        required.append(is_non_null_type(type_))
        inner = type_.of_type if is_non_null_type(type_) else type_
        type_ = inner.of_type if is_list_type(inner) else inner
    for depth in range(len(indices), -1, -1):
        if not required[depth]:
            return (*place.path(row), field.key, *indices[:depth])
    return place.nulled_with(row)
