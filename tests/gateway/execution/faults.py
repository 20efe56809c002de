"""What may stand where a right value should: by name, a function from the right value to the wrong one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any

from graphql import GraphQLError, Undefined

from tests.gateway.execution.toy_data import BoxRow, Colour, Fault, JarRow, MakerRow, Stranger, TrappedBoxRow

_TRAPPED = ("name", "note", "count", "colour", "tags", "inner", "parts", "kin", "weight", "score")


class Foreign(Enum):
    RED = "red"


class Again:
    """An iterable that is no list, and can be read more than once."""

    def __init__(self, value: Any) -> None:
        self._items = list(value) if isinstance(value, list | tuple) else [value]

    def __repr__(self) -> str:
        return "an iterable"

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


class Text(str):
    """A string of another class."""

    __slots__ = ()


class Unprintable:
    """Something of which there is no text."""

    def __str__(self) -> str:
        raise ValueError("it has no text")

    def __repr__(self) -> str:
        return "something"


def _trapped(value: Any) -> Any:
    """A box that raises when one of its attributes is read."""
    if not isinstance(value, BoxRow):
        return value
    attributes = {name: getattr(value, name) for name in BoxRow.__struct_fields__}
    return TrappedBoxRow(**attributes, trap=_TRAPPED[int(value.id[1:]) % len(_TRAPPED)])


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


FAULTS: Mapping[str, Fault] = {
    "null": lambda _: None,
    "undefined": lambda _: Undefined,
    "error": lambda _: ValueError("a faulty value"),
    "error of GraphQL": lambda _: GraphQLError("a refusal", extensions={"code": "NO"}),
    "number": lambda _: 7,
    "huge number": lambda _: 2**40,
    "enormous number": lambda _: 10**400,
    "negative": lambda _: -3,
    "true": lambda _: True,
    "fraction": lambda _: 1.5,
    "whole fraction": lambda _: 3.0,
    "no number": lambda _: float("nan"),
    "infinite": lambda _: float("inf"),
    "decimal": lambda _: Decimal("1.10"),
    "text": lambda _: "text",
    "number as text": lambda _: "12",
    "empty text": lambda _: "",
    "text of a class": lambda _: Text("special"),
    "bytes": lambda _: b"bytes",
    "datetime without zone": lambda _: datetime(2026, 3, 14, 8),  # noqa: DTZ001 - that is the fault
    "list": lambda value: [value],
    "empty list": lambda _: [],
    "tuple": lambda value: tuple(_items(value)),
    "iterable": Again,
    "dict view": lambda value: dict(enumerate(_items(value))).values(),
    "set": lambda _: {"one"},
    "dict": lambda _: {"name": "a dict"},
    "null among": lambda value: [*_items(value), None],
    "null first": lambda value: [None, *_items(value)],
    "error among": lambda value: [*_items(value), ValueError("a faulty item")],
    "two errors among": lambda value: [ValueError("first item"), *_items(value), ValueError("last item")],
    "twice": lambda value: [*_items(value), *_items(value)],
    "without text": lambda _: Unprintable(),
    "class": lambda _: Stranger,
    "function": lambda _: len,
    "foreign enum": lambda _: Foreign.RED,
    "enum": lambda _: Colour.GREEN,
    "name of an enum": lambda _: "RED",
    "value of an enum": lambda _: "r",
    "stranger": lambda _: Stranger(),
    "row of another type": lambda _: MakerRow(id="m0", name="misplaced"),
    "another row": lambda _: JarRow("j0", "misplaced", None, 1.0, None, None),
    "strangers among": lambda value: [*_items(value), Stranger(), MakerRow(id="m0", name="misplaced")],
    "trapped": _trapped,
}


_SLOTS = 8_000
"""The rows of a run have fewer."""


def faults_of(seed: int, rate: int, kinds: Sequence[str]) -> Callable[[int], Fault | None]:
    """Faults of those kinds, at so many of a thousand slots; the same ones for the same seed."""
    if not kinds or not rate:
        return lambda _: None

    random = Random(seed)
    chosen = {slot: FAULTS[random.choice(kinds)] for slot in range(_SLOTS) if random.random() * 1000 < rate}
    return chosen.get
