"""How a table's rows are found: first their keys, in order and once; then the rows themselves, some at a time, through
the graph, so that a table tells what the graph does, and to whom it does."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import msgspec

from auth.exports import ExportOf
from auth.visibility import Window
from connectors.queries import AccountScope
from connectors.vocabulary import ExportList
from schema.context import Context
from schema.exports.columns import COLUMNS, NAMES, Column, Kind
from schema.filters.cases import NEWEST_FIRST, CaseFilter, CaseOrder, case_query, subject_of
from schema.filters.installed_products import InstalledProductFilter, InstalledProductOrder, installed_product_query
from schema.filters.ordering import order_of
from schema.installed_product import list_installed_products
from schema.labels import labels
from schema.node import GlobalId

ROWS_AT_ONCE = 1000

_TYPES = {ExportList.INSTALLED_PRODUCTS: "InstalledProduct", ExportList.CASES: "Case"}


def columns_of(of: ExportOf) -> list[Column]:
    return [COLUMNS[of.list][name] for name in of.columns]


def header_of(of: ExportOf, locale: str, time_zone: str) -> list[str]:
    """What the columns are called in the viewer's language; of times, with their zone."""
    labelled = labels(locale)
    named = [(labelled(NAMES[of.list][name]), COLUMNS[of.list][name]) for name in of.columns]
    return [f"{name} ({time_zone})" if column.kind is Kind.INSTANT else name for name, column in named]


def title_of(of: ExportOf, locale: str) -> str:
    return labels(locale)(of.list)


def document_of(of: ExportOf) -> str:
    """The query that answers rows by their ids."""
    fields = _selection([column.path for column in columns_of(of)])
    return f"query Export($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {_TYPES[of.list]} {{ {fields} }} }} }}"


async def ids_of(context: Context, of: ExportOf) -> list[str]:
    """The global ids of all rows, in order. Raises BadInput, a ConnectorError."""
    type_name = _TYPES[of.list]
    return [str(GlobalId(type_name, key)) async for keys in _keys(context, of) for key in keys]


def checked(of: ExportOf) -> None:
    """Raises BadInput where its filter holds what is none."""
    if of.list is ExportList.CASES:
        case_query(AccountScope(), _narrowed(of, CaseFilter))
    else:
        installed_product_query(AccountScope(), _narrowed(of, InstalledProductFilter))


def _keys(context: Context, of: ExportOf) -> AsyncIterator[list[str]]:
    return _keys_of_cases(context, of) if of.list is ExportList.CASES else _keys_of_assets(context, of)


async def _keys_of_cases(context: Context, of: ExportOf) -> AsyncIterator[list[str]]:
    narrowed: CaseFilter | None = _narrowed(of, CaseFilter)
    order = order_of(_order(of, CaseOrder), NEWEST_FIRST)
    visible = await context.visible()
    among = await subject_of(visible, narrowed)
    async for keys in visible.cases.keys(case_query(visible.scope, narrowed), order, among=among):
        yield keys


async def _keys_of_assets(context: Context, of: ExportOf) -> AsyncIterator[list[str]]:
    narrowed: InstalledProductFilter | None = _narrowed(of, InstalledProductFilter)
    order = order_of(_order(of, InstalledProductOrder))
    if narrowed is not None and narrowed.operational_state is not None:  # nobody but the gateway can tell it
        context.wanted = {"InstalledProduct": frozenset()}
        page = await list_installed_products(context, narrowed, Window(order=order))
        if page.problem is not None:
            raise page.problem
        yield [row.id for row in page.rows]
        return
    visible = await context.visible()
    async for keys in visible.installed_products.keys(installed_product_query(visible.scope, narrowed), order):
        yield keys


def _narrowed(of: ExportOf, kind: type) -> Any:  # Any: an input of the graph
    return msgspec.json.decode(of.narrowed, type=kind) if of.narrowed else None


def _order(of: ExportOf, kind: Any) -> Any:  # Any: as above
    return msgspec.json.decode(of.order, type=list[kind]) if of.order else None


def _selection(paths: Iterable[Sequence[str]]) -> str:
    """Paths as a selection set, each field once."""
    tree: dict[str, list[Sequence[str]]] = {}
    for first, *rest in paths:
        tree.setdefault(first, []).append(rest)
    return " ".join(
        name if not any(below) else f"{name} {{ {_selection(each for each in below if each)} }}"
        for name, below in tree.items()
    )
