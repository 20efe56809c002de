"""SOQL as text, built so that no value can leave its place.

Names are checked, values escaped, and AND and OR never stand beside one another without parentheses.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import NewType

Condition = NewType("Condition", str)

LONGEST_TEXT = 255  # characters a text field holds at most
LONGEST_SEARCH = 60  # characters of a searched text that are sent: it stands in the query once a field

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*){0,5}")
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_QUOTED = str.maketrans({"\\": "\\\\", "'": "\\'"})
_PATTERN = str.maketrans({"\\": "\\\\", "'": "\\'", "%": "\\%", "_": "\\_"})
_SUFFIXES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def name(text: str) -> str:
    """An object or a field, relationships before it (`SVMXC__Product__r.Name`). Raises ValueError for others."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a field or object")
    return text


def is_id(text: str) -> bool:
    """Whether a record's id has that form: 15 or 18 letters and digits."""
    return _ID.fullmatch(text) is not None


def is_sound_id(text: str) -> bool:
    """Whether the last 3 of 18 characters fit the first 15: they say which of those are upper case, five bits each."""
    if not is_id(text) or len(text) == 15:
        return is_id(text)
    suffix = "".join(
        _SUFFIXES[sum(1 << place for place in range(5) if "A" <= text[start + place] <= "Z")] for start in (0, 5, 10)
    )
    return suffix == text[15:].upper()


def is_storable(text: str) -> bool:
    """Whether a text field can hold it at all: not empty, not too long, no control characters, no lone surrogates."""
    if not 0 < len(text) <= LONGEST_TEXT:
        return False
    return text.isprintable() or not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text)


def literal(value: str | date | datetime | None) -> str:
    """A value as SOQL writes it: text in quotes, dates and instants (in UTC, to the millisecond) without."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"'{value}'" if value.isalnum() else f"'{value.translate(_QUOTED)}'"
    if isinstance(value, datetime):
        instant = _in_utc(value)
        fraction = f".{instant.microsecond // 1000:03d}" if instant.microsecond else ""
        return f"{instant.replace(tzinfo=None).isoformat(timespec='seconds')}{fraction}Z"
    return value.isoformat()


def _in_utc(moment: datetime) -> datetime:
    """The same instant; at either end of the calendar, where UTC may have no date for it, the nearest that it has."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC)


def compare(field: str, operator: str, value: str | date | datetime | None) -> Condition:
    return Condition(f"{field} {operator} {literal(value)}")


def is_in(field: str, values: Iterable[str]) -> Condition:
    return Condition(f"{field} IN ({','.join(map(literal, values))})")


def is_not_in(field: str, values: Iterable[str]) -> Condition:
    return Condition(f"{field} NOT IN ({','.join(map(literal, values))})")


def holds(field: str, text: str) -> Condition:
    """The field holds the text somewhere, upper and lower case alike.

    A letter beyond ASCII stands for any one character: not every SOQL knows its upper case, so that such a text
    finds too much rather than too little. So does a text of more than LONGEST_SEARCH characters.
    """
    anything = "".join("_" if _is_folded(sign) else sign.translate(_PATTERN) for sign in text[:LONGEST_SEARCH])
    return Condition(f"{field} LIKE '%{anything}%'")


def is_searched_exactly(text: str) -> bool:
    """Whether `holds` finds nothing but the text."""
    return len(text) <= LONGEST_SEARCH and not any(map(_is_folded, text))


def _is_folded(sign: str) -> bool:
    return not sign.isascii() and sign.lower() != sign.upper()


def all_of(conditions: Sequence[Condition]) -> Condition:
    return _joined(" AND ", conditions)


def any_of(conditions: Sequence[Condition]) -> Condition:
    return _joined(" OR ", conditions)


def _joined(word: str, conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else Condition(f"({word.join(conditions)})")


def select(
    fields: Sequence[str],
    source: str,
    where: Sequence[Condition],
    *,
    order: Sequence[str] = (),
    limit: int | None = None,
) -> str:
    """A query; without fields, one that only counts."""
    soql = f"SELECT {','.join(fields) or 'COUNT()'} FROM {source}"  # noqa: S608  # names went through name(), values through literal()
    if where:
        soql += f" WHERE {' AND '.join(where)}"
    if order:
        soql += f" ORDER BY {', '.join(order)}"
    return soql if limit is None else f"{soql} LIMIT {limit}"
