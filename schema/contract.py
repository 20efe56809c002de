"""Service contracts and their lines (V21 to V26)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import strawberry

from auth.rules import Action
from auth.visibility import Page, Window, cut
from connectors import records
from connectors.vocabulary import ContractStatus
from schema.access import Access
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from schema.expiry import ExpiryStatus, expiry_field, expiry_label_field
from schema.filters.contracts import ServiceContractFilter, among_of, attributes_of, contract_matches
from schema.labels import label_field
from schema.lazy import AccountType, InstalledProductType, ServiceContractType
from schema.node import Node, id_field, view_of
from schema.provenance import Provenance

Lines = Sequence[records.ContractLine]
ServiceContracts = Sequence[records.ServiceContract]


@strawberry.type(
    description="What a contract covers: an entitlement, tied to one piece of equipment.",
    directives=[Access(action=Action.READ_CONTRACTS)],
)
class ContractLine:
    number: str = strawberry.field(description="Line item number (V22), bare.")
    contract_number: str
    description: str | None = strawberry.field(description="Line item description (V23).")
    material: str | None
    asset_id: str | None = strawberry.field(
        description="The equipment's asset identifier; null where it isn't the viewer's."
    )
    serial_number: str | None = strawberry.field(description="The equipment's; null where it isn't the viewer's.")
    start_date: date | None
    end_date: date | None = strawberry.field(description="Null for an open-ended line, or where no end is known.")
    open_ended: bool
    expiry_status: ExpiryStatus | None = expiry_field(
        "How soon the line itself ends. A contract that was cancelled may end earlier: see `contract.expiryStatus`."
    )
    expiry_status_label: str | None = expiry_label_field()
    response_time_hours: int | None = strawberry.field(description="Guaranteed response time, in hours.")
    uptime_report: bool = strawberry.field(description="Grants the uptime and service quality report (V26).")
    rejected: bool = strawberry.field(description="The line was rejected: it covers nothing.")
    provenance: Provenance

    @computed("Guaranteed uptime, in per cent.", needs=["guaranteed_uptime"])
    def guaranteed_uptime(record: Any, context: Context) -> float | None:
        return None if record.guaranteed_uptime is None else float(record.guaranteed_uptime)

    @batched(
        InstalledProductType | None,
        description="The equipment that the line covers, where it is the viewer's.",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )
    async def installed_product(parents: Lines, context: Context) -> Sequence[records.InstalledProduct | None]:
        visible = await context.visible()
        found = await visible.installed_products.by_asset_id(
            row.asset_id for row in parents if row.asset_id is not None
        )
        return [found.get(row.asset_id or "") for row in parents]

    @batched(
        ServiceContractType | None, description="The contract that the line belongs to.", needs=["contract_number"]
    )
    async def contract(parents: Lines, context: Context) -> Sequence[records.ServiceContract | None]:
        found = await (await context.visible()).contracts.by_number(row.contract_number for row in parents)
        return [found.get(row.contract_number) for row in parents]


@strawberry.type(
    description="A service contract. One that is seen through its lines shows those lines alone.",
    directives=[Access(action=Action.READ_CONTRACTS)],
)
class ServiceContract(Node):
    is_type_of = view_of(records.ServiceContract)

    id: strawberry.ID = id_field("ServiceContract", "number")
    number: str = strawberry.field(description="Contract number (V21), bare.")
    description: str | None
    type: str | None = strawberry.field(description="The contract system's code.")
    status: ContractStatus | None
    status_label: str | None = label_field("status")
    sold_to: str | None = strawberry.field(name="soldToNumber", description="Customer number of the buyer, bare.")
    ship_to: str | None = strawberry.field(name="shipToNumber", description="Customer number it is shipped to.")
    purchase_order: str | None
    start_date: date | None
    end_date: date | None = strawberry.field(
        description="The day it was cancelled for where it was, else the contracted end. Null for an open-ended one."
    )
    open_ended: bool
    expiry_status: ExpiryStatus | None = expiry_field()
    expiry_status_label: str | None = expiry_label_field()
    updated_at: datetime | None
    lines: list[ContractLine] = strawberry.field(
        description="What it covers. Of equipment that isn't the viewer's a line names neither asset nor serial number."
    )
    provenance: Provenance

    @batched(
        AccountType | None,
        name="soldTo",
        description="The account that it was sold to.",
        needs=["sold_to"],
        directives=[Access(action=Action.READ_ACCOUNTS)],
    )
    async def sold_to_account(parents: ServiceContracts, context: Context) -> Sequence[records.Account | None]:
        return await _accounts([row.sold_to for row in parents], context)

    @batched(
        AccountType | None,
        name="shipTo",
        description="Ship-to (V24).",
        needs=["ship_to"],
        directives=[Access(action=Action.READ_ACCOUNTS)],
    )
    async def ship_to_account(parents: ServiceContracts, context: Context) -> Sequence[records.Account | None]:
        return await _accounts([row.ship_to for row in parents], context)


async def _accounts(numbers: Sequence[str | None], context: Context) -> Sequence[records.Account | None]:
    found = await (await context.visible()).accounts.of_visible(number for number in numbers if number is not None)
    return [found.get(number or "") for number in numbers]


async def find_service_contracts(context: Context, keys: Sequence[str]) -> Any:
    """By contract number: those that may be seen."""
    return await (await context.visible()).contracts.by_number(keys)


async def list_service_contracts(
    context: Context, given: ServiceContractFilter | None, window: Window
) -> Page[records.ServiceContract]:
    visible = await context.visible()
    matches = contract_matches(given, await among_of(visible, given), context.today)
    rows = await visible.contracts.all(also=attributes_of(given, window.order))
    return cut([row for row in rows if matches(row)], window, key=lambda row: row.number)
