"""Levels: each field of a level is fetched once for all its rows, then the rows below are the next level.

Fields that may have to wait are fetched at the same time; those of a mutation's root one after the other.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Any, NamedTuple

from graphql import GraphQLOutputType, Undefined, is_list_type, is_non_null_type
from graphql.pyutils import UndefinedType

from gateway.execution.places import Place
from gateway.execution.plan import DEAD, ObjectPlan, Resolved, Rows
from gateway.execution.rows import write_rows
from gateway.execution.run import Run
from gateway.execution.types import outputs_of
from gateway.execution.values import Shapes, complete_leaves
from gateway.execution.writers import make_column_writer

_NOTHING = (type(None), UndefinedType)
_LISTS = {list, tuple}


async def run_level(plan: ObjectPlan, rows: Rows, place: Place, run: Run, *, serial: bool = False) -> list[Any]:
    """An output for each row, or DEAD. Raises TooManyObjects."""
    run.count(len(rows))
    columns = await _columns(plan.resolved, rows, place, run, serial=serial)
    return await write_rows(plan, rows, columns, place, run)


async def _columns(
    fields: Sequence[Resolved], rows: Rows, place: Place, run: Run, *, serial: bool
) -> Sequence[Sequence[Any]]:
    if serial:
        return await _columns_serially(fields, rows, place, run)
    waiting = [field for field in fields if field.waits]
    if len(waiting) < 2:
        return [await _column(field, rows, place, run) for field in fields]
    together = iter(await asyncio.gather(*(_column(field, rows, place, run) for field in waiting)))
    return [next(together) if field.waits else await _column(field, rows, place, run) for field in fields]


async def _columns_serially(fields: Sequence[Resolved], rows: Rows, place: Place, run: Run) -> Sequence[Sequence[Any]]:
    """Once one can't be shown that must not be null, the others are left undone: nothing of them would be told."""
    columns: list[Sequence[Any]] = []
    for field in fields:
        lost = run.lost and any(value is DEAD for column in columns for value in column)
        columns.append([DEAD] * len(rows) if lost else await _column(field, rows, place, run))
    return columns


async def _column(field: Resolved, rows: Rows, place: Place, run: Run) -> Sequence[Any]:
    """The field's completed value for each row."""
    try:
        values = await field.read(rows, place, run)
    except Exception as error:
        values = [error] * len(rows)
    return await _complete(field, values, place, run)


async def _complete(field: Resolved, values: Sequence[Any], place: Place, run: Run) -> Sequence[Any]:
    """The fast ways for what is usual: every value an object, or none, or every value a list of objects."""
    kinds = set(map(type, values))
    if _holds_errors(kinds):
        return await _complete_one_by_one(field, values, place, run)
    if field.leaf is not None:
        return _complete_leaves(field, values, place, run)
    shape = _shape_of(field.type)
    if shape.depth == 0:
        if kinds.isdisjoint(_NOTHING):
            written = await outputs_of(field, values, Place(place, field, lambda row: (row, ())), run, run_level)
            return _without_dead(written, run) if not shape.required else written
        if not shape.required:
            return await _complete_some(field, values, place, run)
    elif shape.depth == 1 and kinds <= _LISTS:
        rows = list(chain.from_iterable(values))
        below = set(map(type, rows))
        if below.isdisjoint(_NOTHING) and not _holds_errors(below):
            return await _complete_lists(field, values, rows, shape, place, run)
    return await _complete_one_by_one(field, values, place, run)


async def _complete_some(field: Resolved, values: Sequence[Any], place: Place, run: Run) -> Sequence[Any]:
    """Objects where there are some, null elsewhere."""
    there = [index for index, value in enumerate(values) if value is not None and value is not Undefined]
    below = Place(place, field, lambda row: (there[row], ()))
    completed: list[Any] = [None] * len(values)
    written = await outputs_of(field, [values[index] for index in there], below, run, run_level)
    for index, output in zip(there, _without_dead(written, run), strict=True):
        completed[index] = output
    return completed


async def _complete_lists(
    field: Resolved, values: Sequence[Any], rows: Rows, shape: "_Shape", place: Place, run: Run
) -> Sequence[Any]:
    """Lists of objects: the objects of all lists are one level."""
    ends = list(accumulate(map(len, values)))

    def locate(row: int) -> tuple[int, tuple[int, ...]]:
        parent = bisect_right(ends, row)
        return parent, (row - (ends[parent] - len(values[parent])),)

    written = await outputs_of(field, rows, Place(place, field, locate), run, run_level)
    lists = [written[end - len(value) : end] for value, end in zip(values, ends, strict=True)]
    if not run.lost:
        return lists
    return [_list_without_dead(each, shape) for each in lists]


async def _complete_one_by_one(field: Resolved, values: Sequence[Any], place: Place, run: Run) -> Sequence[Any]:
    if field.leaf is not None:
        return complete_leaves(field, values, place, run)
    shapes = Shapes(field, values, place, run)
    written = await outputs_of(field, shapes.objects, shapes.place, run, run_level)
    return shapes.assembled(written)


def _complete_leaves(field: Resolved, values: Sequence[Any], place: Place, run: Run) -> Sequence[Any]:
    if field.write is None:
        field.write = make_column_writer(field, field.leaf)
    try:
        return field.write(values)
    except Exception:
        return complete_leaves(field, values, place, run)


class _Shape(NamedTuple):
    """How a field's type wraps what it is of. `depth` counts lists within lists."""

    required: bool
    items_required: bool
    depth: int


def _shape_of(type_: GraphQLOutputType) -> _Shape:
    required = is_non_null_type(type_)
    inner = type_.of_type if is_non_null_type(type_) else type_
    if not is_list_type(inner):
        return _Shape(required, False, 0)
    items = _shape_of(inner.of_type)
    return _Shape(required, items.required, items.depth + 1)


def _holds_errors(kinds: set[type]) -> bool:
    return any(issubclass(kind, Exception) for kind in kinds)


def _without_dead(written: Sequence[Any], run: Run) -> Sequence[Any]:
    if not run.lost:
        return written
    return [None if output is DEAD else output for output in written]


def _list_without_dead(items: Sequence[Any], shape: _Shape) -> Any:
    if not shape.items_required:
        return [None if item is DEAD else item for item in items]
    if any(item is DEAD for item in items):
        return DEAD if shape.required else None
    return items
