"""What the rows of an answer must be, and what pages of it must join up to."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from connectors.ordering import position_of, sort_rows
from connectors.queries import AccountScope, OrderBy, Position, Query, Rows
from tests.connector_kit.harness import Harness

R = TypeVar("R")
Q = TypeVar("Q", bound=Query)

EVERYONE = AccountScope(unrestricted=True)
NOBODY = AccountScope()
_MOST_PAGES = 5_000

ODD_KEYS = (
    *("", " ", "'", "''", '"', "\\", "\\'", "%", "_", "*", "+", "0", "000", "-1", "1 or 1 eq 1", "null", "');--"),
    *("<b>&amp;", "]]>", "&#x0;", "🩻", "Łódź", "ﬀ", "a\u0301", "\u202e", "\x00", "\n"),
    *("0" * 40, "9" * 40, "x" * 300, "7" * 5_000, "１２３", "1e5", "1.0", "'7100010'"),
)
"""Keys that name nothing; a system asked for them must neither fail nor answer anything else."""


def key_of(row: object) -> str:
    """What a record is known by."""
    found: str = getattr(row, "id", None) or getattr(row, "number")  # noqa: B009 - contracts have no id
    return found


def by_key(rows: Iterable[R]) -> dict[str, R]:
    """Rows by their keys, each of which there must be once."""
    listed = list(rows)
    found = {key_of(row): row for row in listed}
    assert len(found) == len(listed), "a row came twice"
    return found


def assert_answers(
    harness: Harness, query: Query, answer: Rows[R], everything: Iterable[R], matches: Callable[[R], bool]
) -> None:
    """The answer holds every row that matches, as it must be, and others only where the system can't tell them."""
    found = by_key(answer.rows)
    expected = by_key(row for row in everything if matches(row))
    assert {key: row for key, row in found.items() if matches(row)} == expected
    if not any(getattr(query, name, None) is not None for name in harness.over_answers):
        assert found.keys() == expected.keys(), "rows came that do not match"


async def walk(
    read: Callable[[Q], Awaitable[Rows[R]]], query: Q, everything: Sequence[R], after: Position | None = None
) -> list[R]:
    """All pages from `after` on, one after the other. `everything`: what matches; each page's totals are checked."""
    walked: list[R] = []
    for _ in range(_MOST_PAGES):
        answer = await read(msgspec.structs.replace(query, after=after, count=True))
        assert answer.windowed, "the connector must have its system apply this order"
        assert len(answer.rows) <= (query.limit or 0)
        assert answer.total == len(everything)
        walked += answer.rows
        if not answer.more:
            return walked
        assert answer.rows, "more rows were promised"
        after = position_of(answer.rows[-1], query.order, key_of)
    raise AssertionError("pages without an end")


def in_order(rows: Iterable[R], order: Sequence[OrderBy]) -> list[R]:
    return sort_rows(rows, order, key_of)


def keys_of(rows: Iterable[object], attribute: str) -> tuple[str, ...]:
    """Every value of an attribute, each once."""
    values = (getattr(row, attribute) for row in rows)
    return tuple(dict.fromkeys(value for value in values if value is not None))


def only(rows: Mapping[str, R], *keys: str) -> dict[str, R]:
    return {key: rows[key] for key in keys if key in rows}
