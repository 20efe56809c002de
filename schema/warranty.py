"""Warranties (R4)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry

from auth.rules import Action
from auth.visibility import Page, Window, cut
from connectors import records
from schema.access import Access
from schema.batch import batched
from schema.context import Context
from schema.expiry import ExpiryStatus, expiry_field, expiry_label_field
from schema.filters.contracts import WarrantyFilter, among_of, attributes_of, warranty_matches
from schema.lazy import AccountType, InstalledProductType
from schema.node import Node, id_field, view_of
from schema.provenance import Provenance

Warranties = Sequence[records.Warranty]


@strawberry.type(
    description="A warranty of one piece of equipment. Its account may be another than the owner.",
    directives=[Access(action=Action.READ_CONTRACTS)],
)
class Warranty(Node):
    is_type_of = view_of(records.Warranty)

    id: strawberry.ID = id_field("Warranty")
    type: str | None = strawberry.field(description="The contract system's code.")
    description: str | None
    asset_id: str = strawberry.field(description="The equipment's asset identifier (V2).")
    serial_number: str | None
    account_number: str | None = strawberry.field(description="Customer number of the warranty's account, bare.")
    start_date: date | None
    end_date: date | None = strawberry.field(description="Null for an open-ended warranty, or where no end is known.")
    open_ended: bool
    expiry_status: ExpiryStatus | None = expiry_field()
    expiry_status_label: str | None = expiry_label_field()
    provenance: Provenance

    @batched(
        InstalledProductType | None,
        description="The equipment.",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )
    async def installed_product(parents: Warranties, context: Context) -> Sequence[records.InstalledProduct | None]:
        found = await (await context.visible()).installed_products.by_asset_id(row.asset_id for row in parents)
        return [found.get(row.asset_id) for row in parents]

    @batched(
        AccountType | None,
        description="The account that holds it.",
        needs=["account_number"],
        directives=[Access(action=Action.READ_ACCOUNTS)],
    )
    async def account(parents: Warranties, context: Context) -> Sequence[records.Account | None]:
        visible = await context.visible()
        found = await visible.accounts.of_visible(row.account_number for row in parents if row.account_number)
        return [found.get(row.account_number or "") for row in parents]


async def find_warranties(context: Context, keys: Sequence[str]) -> Any:
    """By record id (equipment number, type, first day): those that may be seen."""
    visible = await context.visible()
    assets = await visible.installed_products.by_asset_id(key.partition("-")[0] for key in keys)
    found = await visible.contracts.warranties_of_assets(assets)
    return {row.id: row for rows in found.values() for row in rows if row.id in keys}


async def list_warranties(context: Context, given: WarrantyFilter | None, window: Window) -> Page[records.Warranty]:
    visible = await context.visible()
    matches = warranty_matches(given, await among_of(visible, given), context.today)
    rows = await visible.contracts.all_warranties(also=attributes_of(given, window.order))
    return cut([row for row in rows if matches(row)], window, key=lambda row: row.id)
