"""The toy schema's scalars, enums and inputs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.scalars import JSON

from tests.gateway.execution.toy_data import Colour, Size


def _spell(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"no rune: {value!r}" if isinstance(value, int | float) else "no rune")
    if value == "text":
        raise ValueError("a rune that can't be written")
    return value[::-1]


def _read(value: Any) -> str:
    if not isinstance(value, str) or value == "bad":
        raise ValueError("a rune that can't be read")
    return value[::-1]


Rune = NewType("Rune", str)
RUNE = strawberry.scalar(name="Rune", serialize=_spell, parse_value=_read)

Representation = NewType("Representation", object)
REPRESENTATION = strawberry.scalar(name="_Any", serialize=lambda value: value, parse_value=lambda value: value)

strawberry.enum(Size, name="Size")


@strawberry.input
class Range:
    low: int
    high: int | None = None
    colour: Colour = Colour.GREEN


@strawberry.input
class Filter:
    text: str | None = strawberry.UNSET
    ranges: list[Range] | None = None
    colours: list[Colour | None] = strawberry.field(default_factory=lambda: [Colour.RED])
    nested: "Filter | None" = None
    after: datetime | None = None
    size: Size | None = None
    limit_to: float = 1.5
    rune: Rune | None = None
    table: list[list[int]] | None = None


@strawberry.input(one_of=True)
class Choice:
    by_name: strawberry.Maybe[str]
    by_count: strawberry.Maybe[int]
    by_range: strawberry.Maybe[Range]


def told(*values: object) -> str:
    """Arguments as a resolver has got them, so that answers show whether they were read alike."""
    return ", ".join(map(_told, values))


def _told(value: object) -> str:
    if isinstance(value, Filter):
        parts: Sequence[object] = (
            value.text,
            value.ranges,
            value.colours,
            value.nested,
            value.after,
            value.size,
            value.limit_to,
            value.rune,
            value.table,
        )
        return f"Filter({told(*parts)})"
    if isinstance(value, Range):
        return f"Range({told(value.low, value.high, value.colour)})"
    if isinstance(value, Choice):
        return f"Choice({told(value.by_name, value.by_count, value.by_range)})"
    if isinstance(value, strawberry.Some):
        return f"Some({told(value.value)})"
    if isinstance(value, list):
        return f"[{told(*value)}]"
    return repr(value)


__all__ = ["JSON", "REPRESENTATION", "RUNE", "Choice", "Decimal", "Filter", "Range", "Representation", "Rune", "told"]
