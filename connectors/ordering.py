"""Sorting records, and finding a place among them, for sources that can't do it themselves.

Rows without a value come last in either direction; the id breaks ties, ascending. Texts are compared without
regard to case, enumerations in the order of their declaration.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from connectors.queries import OrderBy, Position

R = TypeVar("R")

Comparable = str | int | float | bool | datetime | date | None


def order_value(row: object, attribute: str) -> Comparable:
    """What a row is ordered by, in a form that can stand in a cursor."""
    value = getattr(row, attribute)
    if isinstance(value, Enum):
        return _ranks(type(value))[value]
    if isinstance(value, str):
        return value.casefold()
    return value  # type: ignore[no-any-return]  # a record's attributes are the simple types of Comparable


def position_of(row: object, order: Sequence[OrderBy], key: Callable[[Any], str]) -> Position:
    return Position(values=tuple(order_value(row, term.attribute) for term in order), id=key(row))


def sort_rows(rows: Iterable[R], order: Sequence[OrderBy], key: Callable[[R], str]) -> list[R]:
    """Rows in order. `key` gives a row's id."""
    ordered = list(rows)
    if len(ordered) < 2:
        return ordered
    ordered.sort(key=key)
    for term in reversed(order):
        valued = [row for row in ordered if getattr(row, term.attribute) is not None]
        empty = [row for row in ordered if getattr(row, term.attribute) is None]
        valued.sort(key=_by(term.attribute), reverse=term.descending)
        ordered = valued + empty
    return ordered


def sort_positions(positions: Iterable[Position], order: Sequence[OrderBy]) -> list[Position]:
    """As `sort_rows`, of rows that are not held any more."""
    ordered = sorted(positions, key=lambda position: position.id)
    for place, term in reversed(list(enumerate(order))):
        valued = [position for position in ordered if position.values[place] is not None]
        empty = [position for position in ordered if position.values[place] is None]
        valued.sort(key=_at(place), reverse=term.descending)
        ordered = valued + empty
    return ordered


def is_after(position: Position, after: Position, order: Sequence[OrderBy]) -> bool:
    """Whether `position` comes behind `after`: where a cursor points once its own row has gone."""
    for term, mine, theirs in zip(order, position.values, after.values, strict=True):
        if mine == theirs:
            continue
        if mine is None or theirs is None:
            return mine is None
        # A cursor holds values of one attribute's type; the caller has refused any other.
        return bool(mine < theirs if term.descending else mine > theirs)  # type: ignore[operator]
    return position.id > after.id


def _by(attribute: str) -> Callable[[object], Any]:  # Any: sorted() wants a type that compares with itself
    return lambda row: order_value(row, attribute)


def _at(place: int) -> Callable[[Position], Any]:  # Any: as above
    return lambda position: position.values[place]


@cache
def _ranks(enumeration: type[Enum]) -> dict[Enum, int]:
    return {member: rank for rank, member in enumerate(enumeration)}
