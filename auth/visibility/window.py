"""Pages of permitted rows: what is read, checked, put in order and cut.

A page's size, cursors and count are those of the rows a viewer may see. A restricted viewer's count is counted from
rows that were checked, never taken from a source's word; only an unrestricted viewer's may come from the source.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from auth.visibility.grouping import distinct
from connectors.errors import ConnectorError
from connectors.ordering import is_after, position_of, sort_rows
from connectors.queries import OrderBy, PartialRows, Position, Query, Rows

R = TypeVar("R")
Q = TypeVar("Q", bound=Query)


_ROWS_AT_ONCE = 5_000


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an ordered list that is asked for: as Relay's first/after and last/before."""

    order: tuple[OrderBy, ...] = ()
    first: int | None = None
    after: Position | None = None
    last: int | None = None
    before: Position | None = None
    count: bool = False

    @property
    def forward(self) -> bool:
        return self.last is None and self.before is None


class Page(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """Permitted rows in order. `total` counts all pages' rows (None: not asked for).

    `problem` says that rows may be missing because a source failed that only some of them depend on.
    """

    rows: tuple[R, ...] = ()
    has_next: bool = False
    has_previous: bool = False
    total: int | None = None
    problem: ConnectorError | None = None


async def read_page(
    read: Callable[[Q], Awaitable[Rows[R]]],
    query: Q,
    window: Window,
    *,
    permits: Callable[[R], bool],
    key: Callable[[R], str],
) -> Page[R]:
    """A page of what `read` answers, checked row by row. The source cuts the page itself where it may and can.

    A restricted viewer's page is asked for with one row more than it holds, so that what follows is seen and not
    told. Where the source let out anything but rows of that viewer in that order, all rows are read instead.
    """
    query = msgspec.structs.replace(query, order=window.order)

    def whole(answer: Rows[R]) -> Page[R]:
        page = cut(_permitted(answer, permits, key), window, key=key)
        return msgspec.structs.replace(page, problem=answer.problem) if isinstance(answer, PartialRows) else page

    if window.first is None or not window.forward or (window.count and not query.scope.unrestricted):
        return whole(await read(query))
    limit = window.first if query.scope.unrestricted else window.first + 1
    answer = await read(msgspec.structs.replace(query, after=window.after, limit=limit, count=window.count))
    rows = _permitted(answer, permits, key)
    if not answer.windowed:
        return whole(answer)
    if query.scope.unrestricted:
        return Page(
            rows=tuple(rows[: window.first]),
            has_next=answer.more or len(rows) > window.first,
            has_previous=window.after is not None,
            total=answer.total,
        )
    page = cut(rows, window, key=key)
    if len(rows) < len(answer.rows) or page.has_previous or len(rows) > limit:
        return whole(await read(query))
    return msgspec.structs.replace(page, has_previous=window.after is not None)


async def all_pages(
    page: Callable[[Window], Awaitable[Page[R]]], order: tuple[OrderBy, ...], key: Callable[[R], str]
) -> AsyncIterator[tuple[R, ...]]:
    """Page after page of a list that its source cuts itself. Raises a ConnectorError where rows may be missing."""
    after: Position | None = None
    while True:
        found = await page(Window(order=order, first=_ROWS_AT_ONCE, after=after))
        if found.problem is not None:
            raise found.problem
        yield found.rows
        if not found.has_next or not found.rows:
            return
        after = position_of(found.rows[-1], order, key)


def _permitted(answer: Rows[R], permits: Callable[[R], bool], key: Callable[[R], str]) -> list[R]:
    return distinct((row for row in answer.rows if permits(row)), key)


def cut(rows: Sequence[R], window: Window, *, key: Callable[[R], str]) -> Page[R]:
    """The window's part of permitted rows, in its order."""
    ordered = sort_rows(rows, window.order, key)
    start, end = 0, len(ordered)
    if window.after is not None or window.before is not None:
        positions = [position_of(row, window.order, key) for row in ordered]
        if window.after is not None:
            start = sum(not is_after(position, window.after, window.order) for position in positions)
        if window.before is not None:
            end = sum(is_after(window.before, position, window.order) for position in positions)
    if window.first is not None:
        end = min(end, start + window.first)
    if window.last is not None:
        start = max(start, end - window.last)
    end = max(start, end)
    return Page(
        rows=tuple(ordered[start:end]),
        has_next=end < len(ordered),
        has_previous=start > 0,
        total=len(ordered) if window.count else None,
    )
