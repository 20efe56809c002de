"""The concrete types of objects, and their levels: of an abstract type's values, those of each concrete type.

A type is told by the value's class, once for each class: an `is_type_of` or a union's type that depends on more than
that has no place in the schema.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import GraphQLError, default_type_resolver, is_object_type
from graphql.pyutils import inspect

from gateway.execution.info import resolve_info
from gateway.execution.places import Place
from gateway.execution.plan import DEAD, ObjectPlan, Resolved, Rows
from gateway.execution.run import Run

RunLevel = Callable[[ObjectPlan, Rows, Place, Run], Awaitable[list[Any]]]


async def outputs_of(field: Resolved, rows: Rows, place: Place, run: Run, run_level: RunLevel) -> list[Any]:
    """The outputs of objects that are values of the field; DEAD for one that can't be shown."""
    if not rows:
        return []
    if field.abstract is None:
        (plan,) = field.objects.values()
        return await _of_concrete(field, plan, rows, place, run, run_level)
    outputs: list[Any] = [DEAD] * len(rows)
    by_type = _by_type(field, rows, place, run)
    levels = [
        _of_some(field, field.objects[name], rows, found, place, run, run_level) for name, found in by_type.items()
    ]
    written = [await levels[0]] if len(levels) == 1 else await asyncio.gather(*levels)
    for found, some in zip(by_type.values(), written, strict=True):
        for index, output in zip(found, some, strict=True):
            outputs[index] = output
    return outputs


async def _of_some(
    field: Resolved, plan: ObjectPlan, rows: Rows, found: list[int], place: Place, run: Run, run_level: RunLevel
) -> list[Any]:
    return await _of_concrete(field, plan, [rows[index] for index in found], place.among(found), run, run_level)


async def _of_concrete(
    field: Resolved, plan: ObjectPlan, rows: Rows, place: Place, run: Run, run_level: RunLevel
) -> list[Any]:
    if plan.type.is_type_of is None or all(_accepts(plan, kind, rows, run) for kind in set(map(type, rows))):
        return await run_level(plan, rows, place, run)
    outputs: list[Any] = [DEAD] * len(rows)
    accepted = []
    for index, row in enumerate(rows):
        if _accepts(plan, type(row), [row], run):
            accepted.append(index)
        else:
            message = f"Expected value of type '{plan.type}' but got: {inspect(row)}."
            _refuse(GraphQLError(message, field.nodes), field, place, index, run)
    found = [rows[index] for index in accepted]
    for index, output in zip(accepted, await run_level(plan, found, place.among(accepted), run), strict=True):
        outputs[index] = output
    return outputs


def _accepts(plan: ObjectPlan, kind: type, rows: Rows, run: Run) -> bool:
    known = plan.accepted.get(kind)
    if known is None:
        check = plan.type.is_type_of
        sample = next(row for row in rows if type(row) is kind)
        # No info: see above.
        known = plan.accepted[kind] = check is None or bool(check(sample, None))  # type: ignore[arg-type]
    return known


def _by_type(field: Resolved, rows: Rows, place: Place, run: Run) -> dict[str, list[int]]:
    """The rows' indices by the name of their type; one that has none is refused."""
    by_type: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        try:
            name = field.runtime_types.get(type(row)) or _runtime_type(field, row, place, index, run)
        except Exception as error:
            _refuse(error, field, place, index, run)
        else:
            by_type.setdefault(name, []).append(index)
    return by_type


def _runtime_type(field: Resolved, row: Any, place: Place, index: int, run: Run) -> str:
    abstract = field.abstract
    assert abstract is not None  # noqa: S101 - the caller has looked
    info = resolve_info(field, place.path(index), run)
    found = (abstract.resolve_type or default_type_resolver)(row, info, abstract)
    name = _checked(found, field, row, run)
    field.runtime_types[type(row)] = name
    return name


def _checked(found: Any, field: Resolved, row: Any, run: Run) -> str:
    """The name of a type that is one of the abstract's. Raises what graphql-core says of anything else."""
    abstract, name = field.abstract, f"{field.parent}.{field.name}"
    if found is None:
        raise GraphQLError(
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field '{name}'."
            f" Either the '{abstract}' type should provide a 'resolve_type' function"
            " or each possible type should provide an 'is_type_of' function.",
            field.nodes,
        )
    if not isinstance(found, str):
        raise GraphQLError(
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field '{name}'"
            f" with value {inspect(row)}, received '{inspect(found)}', which is not a valid Object type name.",
            field.nodes,
        )
    type_ = run.schema.get_type(found)
    if type_ is None:
        problem = f"Abstract type '{abstract}' was resolved to a type '{found}' that does not exist inside the schema."
        raise GraphQLError(problem, field.nodes)
    if not is_object_type(type_):
        raise GraphQLError(f"Abstract type '{abstract}' was resolved to a non-object type '{found}'.", field.nodes)
    if found not in field.objects:
        raise GraphQLError(f"Runtime Object type '{type_}' is not a possible type for '{abstract}'.", field.nodes)
    return found


def _refuse(error: Exception, field: Resolved, place: Place, index: int, run: Run) -> None:
    above = place.above
    assert above is not None  # noqa: S101 - values of a field hang on something
    parent, indices = place.locate(index)
    run.errors.add(error, field, above, parent, indices)
    run.lost = True
