"""Accounts: hospitals and what they are made of (R2, R4)."""

from collections.abc import Sequence
from typing import Any

import strawberry

from auth.rules import Action
from auth.visibility import Page, Window
from connectors import records
from connectors.queries import AccountQuery
from schema.access import Access
from schema.batch import batched
from schema.calendar import calendar_field
from schema.context import Context
from schema.filters.accounts import AccountAccess, AccountFilter, account_query
from schema.filters.cases import NEWEST_FIRST, CaseFilter, CaseOrder
from schema.filters.contracts import (
    ServiceContractFilter,
    ServiceContractOrder,
    among_of,
    attributes_of,
    contract_matches,
)
from schema.filters.installed_products import InstalledProductFilter, InstalledProductOrder
from schema.filters.locations import LocationFilter, LocationOrder, location_query
from schema.labels import label
from schema.lazy import AccountType, CaseType, InstalledProductType, LocationType, ServiceContractType, UserType
from schema.node import Node, id_field, view_of
from schema.paged import Order, paged
from schema.provenance import Provenance
from schema.subjects import EQUIPMENT_OF, cases_of, installed_products_of
from schema.user import users_of


@strawberry.type(
    description="A customer: a hospital group, a hospital, a clinic. A RELATED one shows its name and number alone.",
    directives=[Access(action=Action.READ_ACCOUNTS)],
)
class Account(Node):
    is_type_of = view_of(records.Account)

    id: strawberry.ID = id_field("Account")
    number: str | None = strawberry.field(description="Customer number, bare. Null for one that SAP doesn't know.")
    name: str | None
    street: str | None
    city: str | None
    postal_code: str | None
    country: str | None
    provenance: Provenance

    @batched(AccountAccess, description="How the viewer comes to see the account (R4).", needs=["id"])
    async def access(parents: Sequence[records.Account], context: Context) -> Sequence[AccountAccess]:
        return await _access(parents, context)

    @batched(str, description="`access` in the viewer's language.", needs=["id"])
    async def access_label(parents: Sequence[records.Account], context: Context) -> Sequence[str]:
        return [label(access, context.viewer.locale) for access in await _access(parents, context)]

    @batched(AccountType | None, description="The account above, where the viewer may see it.", needs=["parent_id"])
    async def parent(parents: Sequence[records.Account], context: Context) -> Sequence[records.Account | None]:
        visible = await context.visible()
        found = await visible.accounts.assigned_by_id(row.parent_id for row in parents if row.parent_id is not None)
        return [found.get(row.parent_id or "") for row in parents]

    @batched(
        list[AccountType] | None,
        description="The accounts right under this one, by name.",
        needs=["id"],
        reads={"Account": ["name", "parent_id"]},
    )
    async def children(parents: Sequence[records.Account], context: Context) -> Sequence[Any]:
        visible = await context.visible()
        # A related account shows its name and number alone (R4): not that one of the viewer's lies under it.
        ids = tuple(sorted({row.id for row in parents if visible.accounts.is_assigned(row)}))
        found = await visible.accounts.all_assigned(AccountQuery(scope=visible.scope, parent_ids=ids)) if ids else []
        rows = sorted(found, key=lambda row: (row.name or "", row.id))
        return [[row for row in rows if row.parent_id == parent.id] for parent in parents]

    @paged(
        LocationType,
        filter_by=LocationFilter,
        order_by=LocationOrder,
        description="The account's locations.",
        needs=["id"],
        reads={"Location": ["account_id"]},
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )
    async def locations(parents: Any, context: Context, given: Any, order: Order) -> Any:
        visible = await context.visible()
        rows = await visible.locations.of_accounts(
            location_query(visible.scope, given, order), [row.id for row in parents]
        )
        return [[row for row in rows if row.account_id == parent.id] for parent in parents]

    @batched(
        list[UserType] | None,
        description="Who sees the account's data, among the users that the viewer manages (F14).",
        needs=["id"],
        directives=[Access(action=Action.READ_USERS)],
    )
    async def users(parents: Sequence[records.Account], context: Context) -> Sequence[Any]:
        return await users_of(parents, context)

    @paged(
        InstalledProductType,
        filter_by=InstalledProductFilter,
        order_by=InstalledProductOrder,
        description="The equipment that the account owns.",
        needs=["id"],
        reads=EQUIPMENT_OF,
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )
    async def installed_products(parents: Any, context: Context, given: Any, order: Order) -> Any:
        return await installed_products_of(await context.visible(), parents, given, order)

    @paged(
        CaseType,
        filter_by=CaseFilter,
        order_by=CaseOrder,
        default_order=NEWEST_FIRST,
        description="The cases about the account's equipment, and those about none that were sold to it; newest first.",
        needs=["id", "number"],
        reads={"Case": ["sold_to"]},
        directives=[Access(action=Action.READ_CASES)],
    )
    async def cases(parents: Any, context: Context, given: Any, order: Order) -> Any:
        return await cases_of(await context.visible(), parents, given, order)

    calendar = calendar_field("What lies ahead of the account's equipment, and behind it (F7).", ["id"])

    @paged(
        ServiceContractType,
        filter_by=ServiceContractFilter,
        order_by=ServiceContractOrder,
        key="number",
        description="The contracts sold to the account, or shipped to it.",
        needs=["number"],
        directives=[Access(action=Action.READ_CONTRACTS)],
    )
    async def service_contracts(parents: Any, context: Context, given: Any, order: Order) -> Any:
        visible = await context.visible()
        numbers = [row.number for row in parents if row.number is not None]
        found = await visible.contracts.of_accounts(numbers, also=attributes_of(given, order))
        matches = contract_matches(given, await among_of(visible, given), context.today)
        return [[row for row in found.get(parent.number or "", ()) if matches(row)] for parent in parents]


async def _access(parents: Sequence[records.Account], context: Context) -> Sequence[AccountAccess]:
    is_assigned = (await context.visible()).accounts.is_assigned
    return [AccountAccess.ASSIGNED if is_assigned(row) else AccountAccess.RELATED for row in parents]


async def find_accounts(context: Context, keys: Sequence[str]) -> Any:
    """By CRM Id: those that may be seen."""
    return await (await context.visible()).accounts.by_id(keys)


async def list_accounts(context: Context, given: AccountFilter | None, window: Window) -> Page[records.Account]:
    visible = await context.visible()
    access = given.access if given is not None else None
    assigned = None if access is None else access is AccountAccess.ASSIGNED
    return await visible.accounts.page(account_query(visible.scope, given), window, assigned=assigned)
