"""Between rows and records: a column is called as its attribute. Enums stand by their values, structs as JSON."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row, Table

R = TypeVar("R", bound=msgspec.Struct)

Columns = dict[str, Any]  # Any: what a column of its type holds


def record_of(kind: type[R], row: Row[Any] | Mapping[str, Any], **further: Any) -> R:
    """The record that a row holds; columns that it has no attribute for are left out."""
    columns = row._mapping if isinstance(row, Row) else row
    known = {name: columns[name] for name in kind.__struct_fields__ if name in columns}
    return msgspec.convert(known | further, kind, builtin_types=(datetime, date, bytes))


def columns_of(record: msgspec.Struct, table: Table) -> Columns:
    """The columns of that table that the record has attributes for."""
    names = table.columns.keys()
    return {name: column_value(getattr(record, name)) for name in record.__struct_fields__ if name in names}


def can_be_kept(text: str) -> bool:
    """Whether it can be in the store at all: PostgreSQL knows no text with a NUL, and would fail when asked for it."""
    return "\x00" not in text


def column_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | Mapping | msgspec.Struct):
        return msgspec.to_builtins(value)
    return value
