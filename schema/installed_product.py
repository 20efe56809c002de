"""Installed products: the equipment (V1 to V10), and everything that hangs on it (F5)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import strawberry

from auth.entitlement import uptime_report_entitled
from auth.rules import Action
from auth.visibility import Page, Window, cut
from connectors import records
from connectors.errors import ConnectorError
from connectors.vocabulary import AssetStatus, Modality, OperationalState
from schema.access import Access
from schema.batch import batched
from schema.calendar import calendar_of_asset
from schema.computed import computed
from schema.context import Context
from schema.custom_data import CustomAssetData, CustomAssetDataVersion, custom_data_history_of, custom_data_of
from schema.document import documents, uptime_reports
from schema.filters.cases import NEWEST_FIRST, CaseFilter, CaseOrder, case_query, subject_of
from schema.filters.installed_products import InstalledProductFilter, installed_product_query
from schema.labels import label, label_field
from schema.lazy import (
    AccountType,
    ArchivedCaseType,
    CaseType,
    ContractLineType,
    LocationType,
    ServiceContractType,
    VisitType,
    WarrantyType,
)
from schema.node import Node, id_field, view_of
from schema.paged import Order, paged
from schema.provenance import Provenance
from schema.service_order import visits_of
from schema.statements import end_of_life_statement_url, uptime_report_access, uptime_report_url
from schema.states import in_states, states_of
from schema.udi import Udi, parse_udi

Assets = Sequence[records.InstalledProduct]

_STATE = ("asset_id", "status")  # and what is open on it


@strawberry.type(
    description="A piece of equipment at a customer: an asset of the installed base.",
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
class InstalledProduct(Node):
    is_type_of = view_of(records.InstalledProduct)

    id: strawberry.ID = id_field("InstalledProduct")
    description: str | None = strawberry.field(description="Asset description (V1), the manufacturer's.")
    asset_id: str | None = strawberry.field(
        description="Asset identifier (V2), bare. Null for equipment without one: it has no cases and no contracts."
    )
    installed_product_number: str | None = strawberry.field(description="The installed base's own number.")
    technical_id: str | None = strawberry.field(description="Technical ID (V3).")
    serial_number: str | None = strawberry.field(description="Serial number (V4).")
    asset_tag: str | None
    product_code: str | None
    modality: Modality | None = strawberry.field(description="Product type (V7).")
    modality_label: str | None = label_field("modality", own_words="product_family")
    status: AssetStatus = strawberry.field(description="Status (V10).")
    status_label: str = label_field("status", own_words="status_text")
    installation_date: date | None = strawberry.field(description="Installation date (V9).")
    end_of_life: date | None
    end_of_service: date | None
    updated_at: datetime | None
    provenance: Provenance

    @computed("Unique device identifier (V5). Null where none is recorded.", needs=["udi"], name="udi")
    def udi(record: Any, context: Context) -> Udi | None:
        return None if record.udi is None else parse_udi(record.udi)

    @batched(
        OperationalState | None,
        description="Whether it works, told from its open cases (F4). Null where the service system can't be asked.",
        needs=_STATE,
        directives=[Access(action=Action.READ_CASES)],
    )
    async def operational_state(parents: Assets, context: Context) -> Sequence[OperationalState | ConnectorError]:
        states = await states_of(await context.visible(), parents)
        return [states[row.id] for row in parents]

    @batched(
        str | None,
        description="`operationalState` in the viewer's language.",
        needs=_STATE,
        directives=[Access(action=Action.READ_CASES)],
    )
    async def operational_state_label(parents: Assets, context: Context) -> Sequence[str | ConnectorError]:
        states = await states_of(await context.visible(), parents)
        locale = context.viewer.locale
        return [
            state if isinstance(state := states[row.id], ConnectorError) else label(state, locale) for row in parents
        ]

    @batched(str | None, description="Custom asset name (V6), given by the customer's manager.", needs=["id"])
    async def custom_name(parents: Assets, context: Context) -> Sequence[str | None]:
        return [None if data is None else data.name for data in await custom_data_of(parents, context)]

    @batched(CustomAssetData | None, description="What the customer says of the equipment (R5).", needs=["id"])
    async def custom_data(parents: Assets, context: Context) -> Sequence[records.CustomAssetData | None]:
        return await custom_data_of(parents, context)

    @batched(
        list[CustomAssetDataVersion],
        description="What the customer said of it over time, the newest first (R5).",
        needs=["id"],
    )
    async def custom_data_history(parents: Assets, context: Context) -> Sequence[Any]:
        return await custom_data_history_of(parents, context)

    @batched(
        AccountType | None,
        description="The owner account (R4).",
        needs=["account_id"],
        directives=[Access(action=Action.READ_ACCOUNTS)],
    )
    async def account(parents: Assets, context: Context) -> Sequence[records.Account | None]:
        visible = await context.visible()
        found = await visible.accounts.assigned_by_id(row.account_id for row in parents if row.account_id is not None)
        return [found.get(row.account_id or "") for row in parents]

    @batched(LocationType | None, description="Where it stands.", needs=["location_id"])
    async def location(parents: Assets, context: Context) -> Sequence[records.Location | None]:
        return await _locations(parents, context)

    @batched(
        str | None,
        description="Functional location description (V8): the location's.",
        needs=["location_id"],
        reads={"Location": ["name"]},
    )
    async def functional_location_description(parents: Assets, context: Context) -> Sequence[str | None]:
        return [None if row is None else row.name for row in await _locations(parents, context)]

    @paged(
        CaseType,
        filter_by=CaseFilter,
        order_by=CaseOrder,
        default_order=NEWEST_FIRST,
        description="The cases about it, the newest first. Those of the older system are in `caseArchive` alone.",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_CASES)],
    )
    async def cases(parents: Assets, context: Context, given: CaseFilter | None, order: Order) -> Any:
        visible = await context.visible()
        among = await subject_of(visible, given)
        found = await visible.cases.of_assets(_asset_ids(parents), case_query(visible.scope, given, order), among=among)
        return [found.get(row.asset_id or "", []) for row in parents]

    @paged(
        ArchivedCaseType,
        default_order=NEWEST_FIRST,
        description="The cases of the older service system about it, the newest first (F5).",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_CASES)],
    )
    async def case_archive(parents: Assets, context: Context, given: None, order: Order) -> Any:
        visible = await context.visible()
        found = await visible.archive.of_assets(_asset_ids(parents), order=order)
        return [found.get(row.asset_id or "", []) for row in parents]

    @batched(
        list[VisitType] | None,
        description="The visits for it, the earliest first.",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_CASES)],
    )
    async def visits(parents: Assets, context: Context) -> Sequence[Any]:
        visible = await context.visible()
        found = await visible.service_orders.of_assets(_asset_ids(parents))
        return [visits_of(found.get(row.asset_id or "", ())) for row in parents]

    @batched(
        list[ServiceContractType] | None,
        description="The contracts with a line that covers it.",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_CONTRACTS)],
    )
    async def contracts(parents: Assets, context: Context) -> Sequence[Any]:
        found = await (await context.visible()).contracts.of_assets(_asset_ids(parents))
        return [found.get(row.asset_id or "", []) for row in parents]

    @batched(
        list[ContractLineType] | None,
        description="The contract lines that cover it: its entitlements (V22).",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_CONTRACTS)],
    )
    async def contract_lines(parents: Assets, context: Context) -> Sequence[Any]:
        found = await (await context.visible()).contracts.lines_of_assets(_asset_ids(parents))
        return [[covering.line for covering in found.get(row.asset_id or "", ())] for row in parents]

    @batched(
        bool | None,
        description="Whether a contract line entitles to its uptime and service quality report today (V26).",
        needs=["asset_id"],
        reads={
            "ServiceContract": ["status"],
            "ContractLine": ["uptime_report", "start_date", "end_date", "open_ended"],
        },
        directives=[Access(action=Action.READ_CONTRACTS)],
    )
    async def uptime_report_entitled(parents: Assets, context: Context) -> Sequence[bool]:
        found = await (await context.visible()).contracts.lines_of_assets(_asset_ids(parents))
        return [uptime_report_entitled(found.get(row.asset_id or "", ()), context.today) for row in parents]

    @batched(
        list[WarrantyType] | None,
        description="Its warranties.",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_CONTRACTS)],
    )
    async def warranties(parents: Assets, context: Context) -> Sequence[Any]:
        found = await (await context.visible()).contracts.warranties_of_assets(_asset_ids(parents))
        return [found.get(row.asset_id or "", []) for row in parents]

    documents = documents
    uptime_reports = uptime_reports
    uptime_report_access = uptime_report_access
    uptime_report_url = uptime_report_url
    end_of_life_statement_url = end_of_life_statement_url
    calendar = calendar_of_asset


def _asset_ids(parents: Assets) -> list[str]:
    return [row.asset_id for row in parents if row.asset_id is not None]


async def _locations(parents: Assets, context: Context) -> Sequence[records.Location | None]:
    visible = await context.visible()
    found = await visible.locations.by_id(row.location_id for row in parents if row.location_id is not None)
    return [found.get(row.location_id or "") for row in parents]


async def find_installed_products(context: Context, keys: Sequence[str]) -> Any:
    """By CRM Id: those that may be seen."""
    return await (await context.visible()).installed_products.by_id(keys)


async def list_installed_products(
    context: Context, given: InstalledProductFilter | None, window: Window
) -> Page[records.InstalledProduct]:
    visible = await context.visible()
    query = installed_product_query(visible.scope, given)
    if given is None or given.operational_state is None:
        return await visible.installed_products.page(query, window)
    found = await visible.installed_products.all(msgspec.structs.replace(query, order=window.order), also=_STATE)
    rows = await in_states(visible, found, given.operational_state)
    return cut(rows, window, key=lambda row: row.id)
