"""Relay connections: pages with cursors that survive what is added or removed in between."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec
import strawberry

from auth.rules import Action
from auth.visibility import Page, Window, cut
from connectors.ordering import position_of
from connectors.queries import OrderBy, Position
from schema.access import Access
from schema.errors import BadInput
from schema.instants import in_utc

T = TypeVar("T")

DEFAULT_PAGE = 50
LARGEST_PAGE = 1000


@strawberry.type(description="Where a page lies in its list.", directives=[Access(action=Action.READ_SELF)])
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="An object in a list, with its place.", directives=[Access(action=Action.READ_SELF)])
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="For `after` and `before`. Opaque: don't read or make one.")
    node: T


@strawberry.type(description="A page of a list.", directives=[Access(action=Action.READ_SELF)])
class Connection(Generic[T]):
    edges: list[Edge[T]]
    nodes: list[T] = strawberry.field(description="The page's objects, for those who need no cursors.")
    page_info: PageInfo
    total_count: int | None = strawberry.field(description="How many objects all pages hold.")


class _Edge(msgspec.Struct, frozen=True):
    cursor: str
    node: object


class _Connection(msgspec.Struct, frozen=True):
    """What the GraphQL types above are views over. What is not asked for is left empty."""

    edges: list[_Edge]
    nodes: list[object]
    page_info: PageInfo | None
    total_count: int | None


_OF_ROWS = frozenset({"edges", "nodes", "pageInfo"})


def asks_for_rows(parts: frozenset[str]) -> bool:
    """Whether a query that asks for those fields of a connection needs its rows, or only their number."""
    return not parts.isdisjoint(_OF_ROWS)


def connection_of(page: Page[Any], order: Sequence[OrderBy], parts: frozenset[str], *, key: str = "id") -> _Connection:
    """A page as a connection, with the fields that are asked for (`parts`, by their GraphQL names).

    `key` is the attribute that holds a record's id.
    """
    key_of = attrgetter(key)

    def cursor(row: object) -> str:
        return _encode(position_of(row, order, lambda r: str(key_of(r))))

    rows = list(page.rows)
    info = None
    if "pageInfo" in parts:
        info = PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursor(rows[0]) if rows else None,
            end_cursor=cursor(rows[-1]) if rows else None,
        )
    edges = [_Edge(cursor(row), row) for row in rows] if "edges" in parts else []
    return _Connection(edges, rows, info, page.total)


def window_of(
    *,
    order: Sequence[OrderBy],
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    count: bool = True,
) -> Window:
    """The arguments of a connection as a Window.

    Raises BadInput for a size out of 0 to 1000, both ends at once, or a cursor that is none of this list's.
    """
    if first is not None and last is not None:
        raise BadInput("Ask for 'first' or for 'last', not both.", field="last")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= LARGEST_PAGE:
            raise BadInput(f"A page holds 0 to {LARGEST_PAGE} objects, not {size}.", field=name)
    if first is None and last is None:
        first = DEFAULT_PAGE
    return Window(
        order=tuple(order),
        first=first,
        after=_decode(after, order, "after"),
        last=last,
        before=_decode(before, order, "before"),
        count=count,
    )


def connections_of(
    lists: Iterable[Sequence[Any]], window: Window, parts: frozenset[str], *, key: str = "id"
) -> list[_Connection]:
    """One connection a parent, each the same window of its own rows."""
    key_of = attrgetter(key)
    return [connection_of(cut(rows, window, key=key_of), window.order, parts, key=key) for rows in lists]


def _encode(position: Position) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([position.id, *position.values])).rstrip(b"=").decode()


def _decode(cursor: str | None, order: Sequence[OrderBy], field: str) -> Position | None:
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key, *values = msgspec.json.decode(raw, type=list[Any])
        return Position(
            id=msgspec.convert(key, str),
            values=tuple(_order_value(value, term.attribute) for value, term in zip(values, order, strict=True)),
        )
    except (binascii.Error, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadInput("This is no cursor of this list in this order.", field=field) from error


def _order_value(value: object, attribute: str) -> str | int | datetime | date | None:
    """The value as sources compare it. Raises ValueError, or msgspec's error, for one that no row can have."""
    kind = _KINDS.get(attribute, str)
    typed: str | int | datetime | date | None = msgspec.convert(value, kind | None)
    return in_utc(typed) if isinstance(typed, datetime) else typed


_KINDS: Mapping[str, type] = {
    "created_at": datetime,
    "updated_at": datetime,
    "last_active_at": datetime,
    "required_start": datetime,
    "reported_closing_date": datetime,
    "installation_date": date,
    "start_date": date,
    "end_date": date,
    "end_of_service": date,
    "priority": int,
    "status": int,
    "modality": int,
    "event_type": int,
}
"""The types of order values by attribute, where they are not text."""
