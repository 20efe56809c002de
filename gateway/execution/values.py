"""The exact completion of values, one by one, as GraphQL's execution section says: for whatever is not usual.

A value is completed to a *shape* first: leaves are final, and objects are put into a list to be written together.
Once they are, the shape is assembled, and what could not be shown makes null what is around it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLOutputType,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.pyutils import is_iterable

from gateway.execution.leaves import complete_leaf
from gateway.execution.places import Place, Position
from gateway.execution.plan import DEAD, PlannedField, Rows
from gateway.execution.run import Run


class _Object:
    """Stands for the object at that index of those to be written."""

    __slots__ = ("index", "required")

    def __init__(self, index: int, required: bool) -> None:
        self.index = index
        self.required = required


class _List:
    __slots__ = ("items", "required")

    def __init__(self, items: list[Any], required: bool) -> None:
        self.items = items
        self.required = required


class Shapes:
    """The values of one field for all rows. `objects` are the rows below, `place` says where those stand."""

    def __init__(self, field: PlannedField, values: Iterable[Any], place: Place, run: Run) -> None:
        self.objects: list[Any] = []
        self._field = field
        self._above = place
        self._run = run
        self._located: list[tuple[int, Position]] = []
        self._shapes = [self._shape(field.type, value, row, ()) for row, value in enumerate(values)]
        self.place = Place(place, field, self._located.__getitem__)

    def assembled(self, written: Sequence[Any]) -> list[Any]:
        """The values as they go into the answer; DEAD where one is missing that must not be null."""
        return [self._assemble(shape, written) for shape in self._shapes]

    def _shape(self, type_: GraphQLOutputType, value: Any, row: int, indices: Position) -> Any:
        required = is_non_null_type(type_)
        inner = type_.of_type if is_non_null_type(type_) else type_
        try:
            if isinstance(value, Exception):
                raise value
            if value is None or value is Undefined:
                if required:
                    raise _null_error(self._field)
                return None
            if is_list_type(inner):
                return _List(self._items(inner.of_type, value, row, indices), required)
            if is_leaf_type(inner):
                return complete_leaf(inner, value)
        except Exception as error:
            self._run.errors.add(error, self._field, self._above, row, indices)
            return self._missing(required)
        self.objects.append(value)
        self._located.append((row, indices))
        return _Object(len(self.objects) - 1, required)

    def _items(self, type_: GraphQLOutputType, value: Any, row: int, indices: Position) -> list[Any]:
        if not is_iterable(value):
            name = f"{self._field.parent.name}.{self._field.name}"
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
        return [self._shape(type_, item, row, (*indices, index)) for index, item in enumerate(value)]

    def _assemble(self, shape: Any, written: Sequence[Any]) -> Any:
        if isinstance(shape, _Object):
            output = written[shape.index]
            return self._missing(shape.required) if output is DEAD else output
        if isinstance(shape, _List):
            items = [self._assemble(item, written) for item in shape.items]
            return self._missing(shape.required) if any(item is DEAD for item in items) else items
        return shape

    def _missing(self, required: bool) -> Any:
        if required:
            self._run.lost = True
            return DEAD
        return None


def complete_one(field: PlannedField, value: Any, place: Place, row: int, run: Run) -> Any:
    """One row's leaf value (of lists, of leaves), with its errors told."""
    shapes = Shapes(field, (value,), _at(place, row), run)
    return shapes.assembled(())[0]


def complete_leaves(field: PlannedField, values: Rows, place: Place, run: Run) -> list[Any]:
    """A leaf field's values for all rows, with their errors told."""
    return Shapes(field, values, place, run).assembled(())


def _at(place: Place, row: int) -> Place:
    """The place of that row alone."""
    return place.among([row])


def _null_error(field: PlannedField) -> TypeError:
    return TypeError(f"Cannot return null for non-nullable field {field.parent.name}.{field.name}.")
