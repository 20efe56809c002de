"""How a field's values are fetched for all rows of a level: one of four ways, chosen by what the schema declares."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry import trace

from connectors.transport.tracing import is_traced
from gateway.execution.arguments import Arguments
from gateway.execution.info import resolve_info
from gateway.execution.places import Place
from gateway.execution.plan import Guard, PlannedField, Read, Rows, Values
from gateway.execution.run import Run
from schema.batch import Asked, Batch
from schema.computed import Computed

_tracer = trace.get_tracer("portal.execution")


def by_batch(
    field: PlannedField, batch: Batch, arguments: Arguments, guard: Guard | None, parts: frozenset[str]
) -> Read:
    """All rows at once, by the field's batch resolver."""
    named = f"{field.parent.name}.{field.name}"

    async def read(rows: Rows, place: Place, run: Run) -> Values:
        given = arguments.converted(run)
        if guard is not None:
            guard(run.context)
        asked: tuple[Any, ...] = ()
        if batch.takes_asked:
            asked = (Asked(parts, field.nodes, [*place.path(0), field.key]),)
        if is_traced():
            with _tracer.start_as_current_span(named, attributes={"graphql.rows": len(rows)}):
                values = await batch.resolve(rows, run.context, *asked, **given)
        else:
            values = await batch.resolve(rows, run.context, *asked, **given)
        if len(values) != len(rows):
            raise RuntimeError(f"the batch resolver of {named} answered {len(values)} values for {len(rows)} rows")
        return values

    return read


def by_attribute(attribute: str, guard: Guard | None) -> Read:
    async def read(rows: Rows, place: Place, run: Run) -> Values:
        if guard is not None:
            guard(run.context)
        try:
            return [getattr(row, attribute) for row in rows]
        except Exception:
            return _each(lambda row: getattr(row, attribute), rows)

    return read


def by_computing(computed: Computed, guard: Guard | None) -> Read:
    async def read(rows: Rows, place: Place, run: Run) -> Values:
        if guard is not None:
            guard(run.context)
        return _each(computed.prepare(run.context), rows)

    return read


def by_resolver(field: PlannedField, resolver: Callable[..., Any], arguments: Arguments) -> Read:
    """Row by row, by a resolver of graphql-core's kind; those that wait, wait together."""

    async def read(rows: Rows, place: Place, run: Run) -> Values:
        given = arguments.coerced(run)

        def resolve(index: int) -> Any:
            info = resolve_info(field, (*place.path(index), field.key), run)
            return resolver(rows[index], info, **given)

        values = _each(resolve, range(len(rows)))
        waiting = [index for index, value in enumerate(values) if inspect.isawaitable(value)]
        if waiting:
            settled = await asyncio.gather(*(values[index] for index in waiting), return_exceptions=True)
            for index, value in zip(waiting, settled, strict=True):
                if isinstance(value, BaseException) and not isinstance(value, Exception):
                    raise value
                values[index] = value
        return values

    return read


def _each(function: Callable[[Any], Any], rows: Sequence[Any]) -> list[Any]:
    """The function's value for each row, or what it raised."""
    values: list[Any] = []
    for row in rows:
        try:
            values.append(function(row))
        except Exception as error:
            values.append(error)
    return values
