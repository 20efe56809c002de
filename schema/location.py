"""Locations: where equipment physically is (V8)."""

from collections.abc import Sequence
from typing import Any

import strawberry

from auth.rules import Action
from auth.visibility import Page, Window
from connectors import records
from schema.access import Access
from schema.batch import batched
from schema.calendar import calendar_field
from schema.context import Context
from schema.filters.cases import NEWEST_FIRST, CaseFilter, CaseOrder
from schema.filters.installed_products import InstalledProductFilter, InstalledProductOrder
from schema.filters.locations import LocationFilter, location_query
from schema.lazy import AccountType, CaseType, InstalledProductType, LocationType
from schema.node import Node, id_field, view_of
from schema.paged import Order, paged
from schema.provenance import Provenance
from schema.subjects import EQUIPMENT_OF, cases_of, installed_products_of


@strawberry.type(
    description="A place where equipment stands: a building, a ward, a room.",
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
class Location(Node):
    is_type_of = view_of(records.Location)

    id: strawberry.ID = id_field("Location")
    name: str | None = strawberry.field(name="description", description="Functional location description (V8).")
    functional_location: str | None = strawberry.field(description="The functional location's code in SAP.")
    street: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    provenance: Provenance

    @batched(AccountType | None, description="The account that the location belongs to.", needs=["account_id"])
    async def account(parents: Sequence[records.Location], context: Context) -> Sequence[records.Account | None]:
        visible = await context.visible()
        found = await visible.accounts.assigned_by_id(row.account_id for row in parents if row.account_id is not None)
        return [found.get(row.account_id or "") for row in parents]

    @batched(LocationType | None, description="The location that this one is part of.", needs=["parent_id"])
    async def parent(parents: Sequence[records.Location], context: Context) -> Sequence[records.Location | None]:
        visible = await context.visible()
        found = await visible.locations.by_id(row.parent_id for row in parents if row.parent_id is not None)
        return [found.get(row.parent_id or "") for row in parents]

    @paged(
        InstalledProductType,
        filter_by=InstalledProductFilter,
        order_by=InstalledProductOrder,
        description="The equipment that stands here.",
        needs=["id"],
        reads=EQUIPMENT_OF,
    )
    async def installed_products(parents: Any, context: Context, given: Any, order: Order) -> Any:
        return await installed_products_of(await context.visible(), parents, given, order)

    @paged(
        CaseType,
        filter_by=CaseFilter,
        order_by=CaseOrder,
        default_order=NEWEST_FIRST,
        description="The cases about the equipment that stands here, the newest first.",
        needs=["id"],
        directives=[Access(action=Action.READ_CASES)],
    )
    async def cases(parents: Any, context: Context, given: Any, order: Order) -> Any:
        return await cases_of(await context.visible(), parents, given, order)

    calendar = calendar_field("What lies ahead of the equipment that stands here, and behind it (F7).", ["id"])


async def find_locations(context: Context, keys: Sequence[str]) -> Any:
    """By CRM Id: those that may be seen."""
    return await (await context.visible()).locations.by_id(keys)


async def list_locations(context: Context, given: LocationFilter | None, window: Window) -> Page[records.Location]:
    visible = await context.visible()
    return await visible.locations.page(location_query(visible.scope, given), window)
