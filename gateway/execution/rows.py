"""Writing rows: by generated code where all are as usual, one by one where they are not."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway.execution.places import Place
from gateway.execution.plan import DEAD, Leaf, ObjectPlan, Rows
from gateway.execution.run import Run
from gateway.execution.values import complete_one
from gateway.execution.writers import make_writer

PORTION = 1_000
"""Rows written at a stretch. Between portions others get their turn, so that a large answer holds up nobody."""


async def write_rows(
    plan: ObjectPlan, rows: Rows, columns: Sequence[Sequence[Any]], place: Place, run: Run
) -> list[Any]:
    """An output for each row, or DEAD. `columns` are the resolved fields' completed values, in the plan's order."""
    if len(rows) <= PORTION:
        return _write(plan, rows, columns, 0, place, run)
    outputs: list[Any] = []
    for start in range(0, len(rows), PORTION):
        end = start + PORTION
        portion = [column[start:end] for column in columns]
        outputs += _write(plan, rows[start:end], portion, start, place, run)
        await asyncio.sleep(0)
    return outputs


def _write(
    plan: ObjectPlan, rows: Rows, columns: Sequence[Sequence[Any]], start: int, place: Place, run: Run
) -> list[Any]:
    if not (run.lost and any(value is DEAD for column in columns for value in column)):
        if plan.write is None:
            plan.write = make_writer(plan)
        try:
            return plan.write(rows, columns, _functions(plan, run))
        except Exception:  # noqa: S110 - whatever it is, the row that it comes from says so below
            pass
    return [
        _write_one(plan, row, [column[index] for column in columns], place, start + index, run)
        for index, row in enumerate(rows)
    ]


def _functions(plan: ObjectPlan, run: Run) -> list[Any]:
    return [
        field.prepare(run.context) for field in plan.fields if isinstance(field, Leaf) and field.prepare is not None
    ]


def _write_one(plan: ObjectPlan, row: Any, completed: Sequence[Any], place: Place, index: int, run: Run) -> Any:
    """One row with GraphQL's exact semantics. DEAD where a value is missing that must not be null."""
    above = iter(completed)
    values = [_leaf(field, row, place, index, run) if isinstance(field, Leaf) else next(above) for field in plan.fields]
    if any(value is DEAD for value in values):
        run.lost = True
        return DEAD
    return plan.output(*values)


def _leaf(field: Leaf, row: Any, place: Place, index: int, run: Run) -> Any:
    if field.constant is not None:
        return field.constant
    try:
        value = _value(field, row, run)
    except Exception as error:
        value = error
    return complete_one(field, value, place, index, run)


def _value(field: Leaf, row: Any, run: Run) -> Any:
    if field.prepare is not None:
        return field.prepare(run.context)(row)
    return getattr(row, str(field.attribute))
