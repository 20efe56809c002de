"""Lists as connections: the arguments that all of them share, and what they mean, said once."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from auth.visibility import Page, Window
from connectors.queries import OrderBy
from schema.batch import batched
from schema.connection import DEFAULT_PAGE, LARGEST_PAGE, Connection, connection_of, connections_of, selects, window_of
from schema.context import Context
from schema.filters.ordering import order_of
from schema.problems import report

RowsOfParents = Callable[[Any, Context, Any], Awaitable[Iterable[Sequence[Any]]]]
"""`rows(parents, context, filter)`: each parent's rows, all of them; the page is cut here."""

PageOfRoot = Callable[[Context, Any, Window], Awaitable[Page[Any]]]
"""`page(context, filter, window)`: the page of a list that hangs on nothing."""


_SIZE = f"So many from the start: {DEFAULT_PAGE} where neither end is asked for, {LARGEST_PAGE} at most."


def paged(
    node: Any,
    *,
    filter_by: type | None = None,
    order_by: type | None = None,
    default_order: tuple[OrderBy, ...] = (),
    key: str = "id",
    **options: Any,
) -> Callable[[RowsOfParents], Any]:
    """Declare a connection that hangs on an object; `key` is the attribute that holds a row's id."""

    def declare(rows_of: RowsOfParents) -> Any:  # Any: as strawberry.field
        async def batch(parents: Sequence[Any], context: Context, **given: Any) -> Sequence[Any]:
            order = order_of(given.pop("order_by", None), default_order)
            asked = given.pop("filter", None)
            window = window_of(order=order, **given)
            return connections_of(await rows_of(parents, context, asked), window, key=key)

        _sign(batch, rows_of, _first_two(batch), filter_by, order_by)
        return batched(Connection[node] | None, **options)(batch)

    return declare


def listed(
    node: Any,
    *,
    filter_by: type,
    order_by: type,
    default_order: tuple[OrderBy, ...] = (),
    key: str = "id",
    **options: Any,
) -> Callable[[PageOfRoot], Any]:
    """Declare a connection of the query root."""

    def declare(page_of: PageOfRoot) -> Any:  # Any: as strawberry.field
        async def resolve(root: None, info: Info[Context, None], **given: Any) -> Any:
            order = order_of(given.pop("order_by", None), default_order)
            asked = given.pop("filter", None)
            window = window_of(order=order, count=selects(info, "totalCount"), **given)
            page = await page_of(info.context, asked, window)
            report(info, page.problem)
            return connection_of(page, order, key=key)

        _sign(resolve, page_of, _first_two(resolve), filter_by, order_by)
        return strawberry.field(resolver=resolve, graphql_type=Connection[node] | None, **options)

    return declare


def _first_two(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())[:2]


def _sign(
    function: Callable[..., Any],
    named_after: Callable[..., Any],
    own: list[inspect.Parameter],
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
    signature = inspect.Signature([*own, *arguments])
    function.__signature__ = signature  # type: ignore[attr-defined]  # what inspect.signature() reads
    function.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    function.__name__ = named_after.__name__
    function.__qualname__ = named_after.__qualname__
    function.__module__ = named_after.__module__
