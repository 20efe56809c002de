"""Lists as connections: the arguments that all of them share, and what they mean, said once."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import strawberry

from auth.visibility import Page, Window
from connectors.queries import OrderBy
from schema.batch import Asked, batched
from schema.connection import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    Connection,
    asks_for_rows,
    connection_of,
    connections_of,
    window_of,
)
from schema.context import Context
from schema.cost import sliced
from schema.filters.ordering import order_of
from schema.problems import report

Order = tuple[OrderBy, ...]

RowsOfParents = Callable[[Any, Context, Any, Order], Awaitable[Iterable[Sequence[Any]]]]
"""`rows(parents, context, filter, order)`: each parent's rows, all of them; the page is put in order and cut here."""

PageOfRoot = Callable[[Context, Any, Window], Awaitable[Page[Any]]]
"""`page(context, filter, window)`: the page of a list that hangs on nothing."""


_SIZED = sliced(DEFAULT_PAGE, "first", "last", fields=["nodes", "edges"])

_SIZE = f"So many from the start: {DEFAULT_PAGE} where neither end is asked for, {LARGEST_PAGE} at most."


def paged(
    node: Any,
    *,
    needs: Iterable[str],
    filter_by: type | None = None,
    order_by: type | None = None,
    default_order: Order = (),
    key: str = "id",
    reads: Mapping[str, Iterable[str]] | None = None,
    **options: Any,
) -> Callable[[RowsOfParents], Any]:
    """Declare a connection that hangs on an object; `key` is the attribute that holds a row's id."""

    def declare(rows_of: RowsOfParents) -> Any:  # Any: as strawberry.field
        async def batch(parents: Sequence[Any], context: Context, asked: Asked, **given: Any) -> Sequence[Any]:
            order = order_of(given.pop("order_by", None), default_order)
            narrowed = given.pop("filter", None)
            window = window_of(order=order, count="totalCount" in asked.parts, **given)
            lists = await rows_of(parents, context, narrowed, order)
            return connections_of(lists, window, asked.parts, key=key)

        _sign(batch, rows_of, filter_by, order_by)
        return batched(Connection[node] | None, needs=needs, reads=reads, **_sized(options))(batch)

    return declare


def listed(
    node: Any,
    *,
    filter_by: type,
    order_by: type | None = None,
    default_order: Order = (),
    key: str = "id",
    **options: Any,
) -> Callable[[PageOfRoot], Any]:
    """Declare a connection of the query root."""

    def declare(page_of: PageOfRoot) -> Any:  # Any: as strawberry.field
        async def batch(parents: Sequence[None], context: Context, asked: Asked, **given: Any) -> Sequence[Any]:
            order = order_of(given.pop("order_by", None), default_order)
            narrowed = given.pop("filter", None)
            window = window_of(order=order, count="totalCount" in asked.parts, **given)
            if not asks_for_rows(asked.parts):
                window = msgspec.structs.replace(window, first=0, after=None, last=None, before=None)
            page = await page_of(context, narrowed, window)
            report(context, asked, page.problem)
            return [connection_of(page, order, asked.parts, key=key)] * len(parents)

        _sign(batch, page_of, filter_by, order_by)
        return batched(Connection[node] | None, needs=(), **_sized(options))(batch)

    return declare


def _sized(options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "directives": [*options.get("directives", ()), _SIZED]}


def _sign(
    function: Callable[..., Any],
    named_after: Callable[..., Any],
    filter_by: type | None,
    order_by: type | None,
) -> None:
    """Give the function the arguments of a connection, as the schema is to show them."""
    annotations: dict[str, Any] = {
        **({"filter": filter_by | None} if filter_by is not None else {}),
        **({"order_by": list[order_by] | None} if order_by is not None else {}),  # type: ignore[valid-type]  # made here
        "first": Annotated[int | None, strawberry.argument(description=_SIZE)],
        "after": Annotated[str | None, strawberry.argument(description="What comes behind this cursor.")],
        "last": Annotated[int | None, strawberry.argument(description="So many from the end.")],
        "before": Annotated[str | None, strawberry.argument(description="What comes before this cursor.")],
    }
    arguments = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in annotations.items()
    ]
    own = list(inspect.signature(function).parameters.values())[:-1]  # all but **given
    signature = inspect.Signature([*own, *arguments])
    function.__signature__ = signature  # type: ignore[attr-defined]  # what inspect.signature() reads
    function.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    function.__name__ = named_after.__name__
    function.__qualname__ = named_after.__qualname__
    function.__module__ = named_after.__module__
