"""Answers in plain XML, read by patterns: what ABAP systems write, a tenth of the work of any parser.

Plain is: UTF-8, no declaration but that of XML, no comment, no entity, no attribute but namespaces on the envelope,
and tables whose rows all have the same flat fields in the same order. A pattern that is made of the first row has to
account for every tag of its table. Whatever is not plain is left to lxml (`soap_answers`), and means the same.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_NAMESPACES = r'(?:\s+xmlns(?::[\w.-]+)?="[^"<&]*")*\s*'
_ENVELOPE = re.compile(
    r"\s*(?:<\?xml version=['\"]1\.0['\"](?: encoding=['\"](?i:utf-8)['\"])?\s*\?>)?\s*"
    rf"<(?P<p>[\w.-]+:)?Envelope{_NAMESPACES}>\s*(?:<(?P=p)Header\s*/>\s*|<(?P=p)Header>\s*</(?P=p)Header>\s*)?"
    rf"<(?P=p)Body>\s*<(?P<answer>(?:[\w.-]+:)?(?P<name>[\w.-]+)){_NAMESPACES}>(?P<content>.*)"
    r"</(?P=answer)>\s*</(?P=p)Body>\s*</(?P=p)Envelope>\s*",
    re.DOTALL,
)
_PARAMETER = re.compile(r"\s*<([\w.-]+)(/?)>")
_FIRST_ROW = re.compile(r"\s*<item>((?:\s*<([\w.-]+)(?:/>|>[^<]*</\2>))*)\s*</item>")
_FIELD = re.compile(r"<([\w.-]+)(?:/>|>)(?:[^<]*</\1>)?")
_NOT_IN_XML = bytes(byte for byte in range(32) if byte not in (9, 10, 13))
_NOT_PLAIN = (b"&", b"<!", b"\r", b"]]>", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_KEPT = 512  # patterns; each table is read for a few sets of fields


class NotPlain(ValueError):
    """The answer, or a table of it, is to be read by lxml."""


class PlainAnswer:
    """The export parameters of one answer, as text until they are asked for. Raises NotPlain where it is not."""

    def __init__(self, parameters: dict[str, str]) -> None:
        self._parameters = parameters

    def rows(self, table: str, names: Sequence[str]) -> list[tuple[str, ...]]:
        """The texts of those fields of each row; of a field that the rows don't have, an empty one."""
        text = self._parameters.get(table, "")
        fields = self._fields(table, text)
        if fields is None:
            return []
        pattern = _pattern(fields, tuple(names))
        found = pattern.rows.findall(text)
        if not _accounts_for(len(found), fields, text):
            raise NotPlain(table)
        if pattern.places is None:
            return found
        return [tuple([row[place] if place is not None else "" for place in pattern.places]) for row in found]

    def count(self, table: str) -> int:
        """How many rows there are. Counting their tags would do for rows alike, and miscount rows within rows."""
        return len(self.rows(table, ()))

    def value(self, name: str) -> str:
        return self._parameters.get(name, "")

    def is_flat(self, name: str) -> bool:
        """Whether the parameter is no table and no structure."""
        return "<" not in self._parameters.get(name, "")

    def _fields(self, table: str, text: str) -> tuple[str, ...] | None:
        """Those of the first row; None where there is no row."""
        if not text or text.isspace():
            return None
        first = _FIRST_ROW.match(text)
        if first is None:
            raise NotPlain(table)
        return tuple(found[1] for found in _FIELD.finditer(first[1]))


def _accounts_for(rows: int, fields: tuple[str, ...], text: str) -> bool:
    """Whether that many rows of those fields are all the tags there are."""
    return text.count("<") + text.count("/>") == rows * 2 * (len(fields) + 1)


def read_plain(operation: str, body: bytes) -> PlainAnswer | None:
    """None where it is not plain, or no answer to the operation."""
    if any(mark in body for mark in _NOT_PLAIN) or len(body.translate(None, _NOT_IN_XML)) != len(body):
        return None
    try:
        found = _ENVELOPE.fullmatch(body.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    if found is None or not found["name"].startswith(operation):
        return None
    return _parameters_of(found["content"])


def _parameters_of(content: str) -> PlainAnswer | None:
    parameters: dict[str, str] = {}
    at = 0
    while (opened := _PARAMETER.match(content, at)) is not None:
        name, at = opened[1], opened.end()
        if opened[2]:
            parameters[name] = ""
            continue
        end = content.find(f"</{name}>", at)
        if end < 0 or name in parameters:
            return None
        parameters[name] = content[at:end]
        at = end + len(name) + 3
    return PlainAnswer(parameters) if not content[at:].strip() else None


class _Pattern(NamedTuple):
    """`places` puts what the pattern finds into the order asked for; None where it finds it so."""

    rows: re.Pattern[str]
    places: tuple[int | None, ...] | None


@lru_cache(_KEPT)
def _pattern(fields: tuple[str, ...], names: tuple[str, ...]) -> _Pattern:
    if len(set(fields)) < len(fields):
        raise NotPlain("a field twice")
    wanted = [field for field in fields if field in names]
    parts = []
    for field in fields:
        text = "([^<]*)" if field in names else "[^<]*"
        name = re.escape(field)
        parts.append(rf"\s*<{name}(?:/>|>{text}</{name}>)")
    pattern = re.compile(rf"<item>{''.join(parts)}\s*</item>")
    if len(wanted) < 2:  # findall would give texts, not tuples of them
        pattern = re.compile(rf"(<item>){''.join(parts)}(\s*)</item>")
        return _Pattern(pattern, tuple(wanted.index(name) + 1 if name in wanted else None for name in names))
    if tuple(wanted) == names:
        return _Pattern(pattern, None)
    return _Pattern(pattern, tuple(wanted.index(name) if name in wanted else None for name in names))
