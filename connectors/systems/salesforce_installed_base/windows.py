"""A window pushed into SOQL: ORDER BY, and the rows behind a cursor as a condition on their values (no OFFSET)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from connectors.queries import Position, Query
from connectors.systems.salesforce_installed_base import soql
from connectors.systems.salesforce_installed_base.columns import Column, Columns, Kind

Value = str | date | datetime | None

_TYPES: dict[Kind, type] = {Kind.TEXT: str, Kind.DATE: date, Kind.INSTANT: datetime}
"""Kinds that the org orders as `connectors.ordering` does. Not so ids (by case) and numbers (with their zeros)."""


class Window(NamedTuple):
    order: tuple[str, ...]
    after: tuple[soql.Condition, ...]
    limit: int


class _Term(NamedTuple):
    column: Column
    descending: bool
    value: Value


def window(query: Query, columns: Columns, *, text_order: bool) -> Window | None:
    """The query's window, or None where the org can't apply it exactly.

    `text_order`: the org orders texts without regard to case.
    """
    if query.limit is None or (query.after is not None and not soql.is_sound_id(query.after.id)):
        return None
    terms = _terms(query, columns, text_order=text_order)
    if terms is None:
        return None
    order = tuple(f"{term.column.field} {'DESC' if term.descending else 'ASC'} NULLS LAST" for term in terms)
    after = () if query.after is None else (_after(terms, query.after),)
    return Window((*order, "Id ASC"), after, query.limit)


def _terms(query: Query, columns: Columns, *, text_order: bool) -> list[_Term] | None:
    values = query.after.values if query.after is not None else (None,) * len(query.order)
    if len(values) != len(query.order) or len({term.attribute for term in query.order}) != len(query.order):
        return None
    terms = []
    for term, value in zip(query.order, values, strict=True):
        column = columns.get(term.attribute)
        if column is None or column.kind not in _TYPES or (column.kind is Kind.TEXT and not text_order):
            return None
        if value is not None and not _suits(column.kind, value):
            return None
        terms.append(_Term(column, term.descending, value))  # type: ignore[arg-type]  # _suits has seen its type
    return terms


def _suits(kind: Kind, value: object) -> bool:
    if isinstance(value, str):
        return kind is Kind.TEXT and soql.is_storable(value)
    if isinstance(value, datetime):  # which is a date too
        return kind is Kind.INSTANT and value.tzinfo is not None
    return isinstance(value, _TYPES[kind])


def _after(terms: Sequence[_Term], after: Position) -> soql.Condition:
    """What comes behind the cursor: a later value or none, or the same value and what is behind in the next terms."""
    behind = soql.compare("Id", ">", after.id)
    for column, descending, value in reversed(terms):
        same = soql.all_of([soql.compare(column.field, "=", _cased(value)), behind])
        if value is None:
            behind = same
        else:
            later = soql.compare(column.field, "<" if descending else ">", _cased(value))
            behind = soql.any_of([later, soql.compare(column.field, "=", None), same])
    return behind


def _cased(value: Value) -> Value:
    """A cursor's texts are in lower case. In upper case serial numbers and codes are as they stand in the org."""
    return value.upper() if isinstance(value, str) and value.isascii() else value
