"""Rows for the toy schema: a small tree of boxes and what they hold, the same one for the same seed.

Each value passes a numbered slot where a fault may be put in its place (`faults`), so that any field can be wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any

import msgspec
import strawberry


@strawberry.enum
class Colour(Enum):
    RED = "r"
    GREEN = "g"
    BLUE = "b"


class Size(Enum):
    SMALL = 1
    LARGE = 2


# The values are Any because any of them may be faulty.
class MakerRow(msgspec.Struct, kw_only=True, eq=False):
    id: Any
    name: Any
    city: Any = None
    founded: Any = None
    best: Any = None
    boxes: Any = ()


class BoxRow(msgspec.Struct, kw_only=True, eq=False):
    id: Any
    name: Any
    note: Any
    count: Any
    spare: Any
    weight: Any
    fragile: Any
    colour: Any
    shade: Any
    size: Any
    made_at: Any
    made_on: Any
    opens_at: Any
    price: Any
    rune: Any
    strict_rune: Any
    extras: Any
    tags: Any
    marks: Any
    grid: Any
    tight: Any
    palette: Any
    inner: Any
    core: Any
    parts: Any
    loose: Any
    shelf: Any
    mixed: Any
    maker: Any
    kin: Any
    score: Any


class CrateRow(BoxRow, kw_only=True, eq=False):
    """A box of another class: rows of both stand in one list."""


class TrappedBoxRow(BoxRow, kw_only=True, eq=False):
    """A box with an attribute that raises when it is read."""

    trap: str

    def __getattribute__(self, name: str) -> Any:
        if name == object.__getattribute__(self, "trap"):
            raise ValueError(f"{name} is trapped")
        return object.__getattribute__(self, name)


@dataclass(eq=False)
class JarRow:
    id: Any
    name: Any
    note: Any
    volume: Any
    lid: Any
    maker: Any


class Stranger:
    """A row of no type of the schema."""

    name = "stranger"

    def __repr__(self) -> str:
        return "a stranger"  # no address: what is told of it in two runs is compared


Fault = Callable[[Any], Any]


class Toys:
    """The rows of one run. `fault_at(slot)` gives what makes another value of the right one, if that slot is faulty."""

    def __init__(self, seed: int, fault_at: Callable[[int], Fault | None], tin: Callable[..., Any]) -> None:
        self.slots = 0
        self._random = Random(seed)
        self._fault_at = fault_at
        self._tin = tin
        self._made = 0
        self.boxes = self._slot([self._slot(self._box(2)) for _ in range(self._random.randrange(1, 3))])
        self.things = self._slot([self._slot(self._thing(1)) for _ in range(3)])
        self.first = self._slot(self._box(1))
        self.none = self._slot(None)
        self.count = self._slot(3)

    def _slot(self, value: Any) -> Any:
        self.slots += 1
        fault = self._fault_at(self.slots)
        return value if fault is None else fault(value)

    def _several(self, make: Callable[[int], Any], depth: int) -> Any:
        many = self._random.choice((0, 1, 1, 2)) if depth > 0 else 0
        return self._slot([self._slot(make(depth - 1)) for _ in range(many)])

    def _maybe(self, make: Callable[[int], Any], depth: int) -> Any:
        return self._slot(make(depth - 1) if depth > 0 and self._random.random() < 0.7 else None)

    def _thing(self, depth: int) -> Any:
        return self._random.choice((self._box, self._jar, self._made_of_tin))(depth)

    def _jar(self, depth: int) -> JarRow:
        slot, number = self._slot, self._number()
        lid = self._maybe(self._jar, depth)
        return JarRow(f"j{number}", slot(f"jar {number}"), slot(None), slot(1.25), lid, self._maybe(self._maker, depth))

    def _made_of_tin(self, depth: int) -> Any:
        number = self._number()
        return self._tin(
            id=f"t{number}", name=self._slot(f"tin {number}"), note=self._slot("shiny"), gauge=self._slot(3)
        )

    def _maker(self, depth: int) -> MakerRow:
        slot, number = self._slot, self._number()
        return MakerRow(
            id=f"m{number}",
            name=slot(f"maker {number}"),
            city=slot(self._random.choice(("Ghent", None))),
            founded=slot(1900 + number),
            best=self._maybe(self._box, depth),
            boxes=self._several(self._box, depth),
        )

    def _box(self, depth: int) -> BoxRow:
        slot, choice, number = self._slot, self._random.choice, self._number()
        made = datetime(2026, 3, 14, 8, 30, tzinfo=UTC) + timedelta(hours=number)
        kind = choice((BoxRow, BoxRow, CrateRow))
        return kind(
            id=f"b{number}",
            name=slot(f"box {number}"),
            note=slot(choice((None, "a note"))),
            count=slot(number),
            spare=slot(choice((None, number))),
            weight=slot(choice((0.5, 2))),
            fragile=slot(choice((True, False, None))),
            colour=slot(choice(tuple(Colour))),
            shade=slot(choice((*Colour, None))),
            size=slot(choice((*Size, None))),
            made_at=slot(made),
            made_on=slot(choice((date(2026, 3, 14), None))),
            opens_at=slot(choice((time(8, 30), None))),
            price=slot(choice((Decimal("1.50"), None))),
            rune=slot(choice(("ab", None))),
            strict_rune=slot("cd"),
            extras=slot(choice(({"a": [1, {"b": None}], "c": 0.5}, [1, "x"], "text", None))),
            tags=slot([slot("t1"), slot("t2")]),
            marks=slot([slot("m1"), slot(None)]),
            grid=slot([slot([slot(1), slot(None)]), slot([])]),
            tight=slot([slot([slot(1)]), slot([slot(2), slot(3)])]),
            palette=slot([slot(Colour.RED), slot(Colour.BLUE)]),
            inner=self._maybe(self._box, depth),
            core=slot(self._maker(0)),
            parts=self._several(self._thing, depth),
            loose=self._several(self._thing, depth),
            shelf=slot([self._several(self._box, depth), self._several(self._box, depth)]),
            mixed=self._several(self._thing, depth),
            maker=self._maybe(self._maker, depth),
            kin=self._several(self._box, depth),
            score=slot(number % 5),
        )

    def _number(self) -> int:
        self._made += 1
        return self._made
