"""What a table is asked for with: the list's own filter and order, and the columns that are shown."""

from typing import Any

import msgspec
import strawberry

from auth.directory import Fault, Unfit
from auth.exports import ExportOf
from auth.rules import Action, decide
from connectors.vocabulary import ExportFormat, ExportList
from schema.context import Context
from schema.errors import Forbidden
from schema.exports.columns import DEFAULT, CaseColumn, InstalledProductColumn
from schema.exports.reading import checked
from schema.filters.cases import CaseFilter, CaseOrder
from schema.filters.installed_products import InstalledProductFilter, InstalledProductOrder

_COLUMNS = "Those that are shown, in that order. Left out: the usual ones."
_NEEDED = {ExportList.INSTALLED_PRODUCTS: Action.READ_EQUIPMENT, ExportList.CASES: Action.READ_CASES}


@strawberry.input(description="A table of equipment: as the list `installedProducts`.")
class InstalledProductTable:
    filter: InstalledProductFilter | None = None
    order_by: list[InstalledProductOrder] | None = None
    columns: list[InstalledProductColumn] | None = strawberry.field(default=None, description=_COLUMNS)


@strawberry.input(description="A table of cases: as the list `cases`.")
class CaseTable:
    filter: CaseFilter | None = None
    order_by: list[CaseOrder] | None = strawberry.field(
        default=None, description="Left out: the newest first, as in the list."
    )
    columns: list[CaseColumn] | None = strawberry.field(default=None, description=_COLUMNS)


@strawberry.input(description="A list as a table (F9): of equipment or of cases, exactly one of both.")
class ExportInput:
    installed_products: InstalledProductTable | None = None
    cases: CaseTable | None = None
    format: ExportFormat = ExportFormat.XLSX
    byte_order_mark: bool = strawberry.field(
        default=False, description="CSV alone: begin with a byte order mark, by which Excel knows UTF-8."
    )


def export_of(context: Context, given: ExportInput) -> ExportOf:
    """Raises Unfit where it names no table or two, BadInput for a filter that is none, Forbidden."""
    tables: list[tuple[ExportList, Any]] = [  # Any: each has its own filter, order and columns
        (ExportList.INSTALLED_PRODUCTS, given.installed_products),
        (ExportList.CASES, given.cases),
    ]
    named = [(kind, table) for kind, table in tables if table is not None]
    if len(named) != 1:
        raise Unfit(Fault.REQUIRED if not named else Fault.TOO_MANY, "cases")
    kind, table = named[0]
    decision = decide(context.viewer, _NEEDED[kind])
    if not decision.allowed:
        raise Forbidden(decision.reason)
    columns = DEFAULT[kind] if table.columns is None else tuple(dict.fromkeys(one.name for one in table.columns))
    if not columns:
        raise Unfit(Fault.REQUIRED, "columns")
    of = ExportOf(
        list=kind,
        narrowed=_json(table.filter),
        order=_json(table.order_by),
        columns=columns,
        format=given.format,
        byte_order_mark=given.byte_order_mark,
    )
    checked(of)
    return of


def _json(given: object) -> str:
    return "" if given is None else msgspec.json.encode(given).decode()
