"""The graph's entry points."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import strawberry
from strawberry.types import Info

from auth.rules import Action, decide
from auth.visibility import Window
from schema.access import Access
from schema.account import find_accounts, list_accounts
from schema.archived_case import find_archived_cases
from schema.case import find_cases, list_cases
from schema.computed import computed
from schema.context import Context
from schema.contract import find_service_contracts, list_service_contracts
from schema.errors import BadInput
from schema.filters.accounts import AccountFilter, AccountOrder
from schema.filters.cases import NEWEST_FIRST, CaseFilter, CaseOrder
from schema.filters.contracts import ServiceContractFilter, ServiceContractOrder, WarrantyFilter, WarrantyOrder
from schema.filters.installed_products import InstalledProductFilter, InstalledProductOrder
from schema.filters.locations import LocationFilter, LocationOrder
from schema.installed_product import find_installed_products, list_installed_products
from schema.lazy import (
    AccountType,
    CaseType,
    InstalledProductType,
    LocationType,
    ServiceContractType,
    WarrantyType,
)
from schema.location import find_locations, list_locations
from schema.node import Finder, Node, parse_id
from schema.paged import listed
from schema.service_order import find_service_orders, find_visits
from schema.viewer import Viewer
from schema.warranty import find_warranties, list_warranties

MOST_NODES = 1000

FINDERS: Mapping[str, tuple[Finder, Action]] = {
    "Account": (find_accounts, Action.READ_ACCOUNTS),
    "ArchivedCase": (find_archived_cases, Action.READ_CASES),
    "Case": (find_cases, Action.READ_CASES),
    "InstalledProduct": (find_installed_products, Action.READ_EQUIPMENT),
    "Location": (find_locations, Action.READ_EQUIPMENT),
    "ServiceContract": (find_service_contracts, Action.READ_CONTRACTS),
    "ServiceOrder": (find_service_orders, Action.READ_CASES),
    "Visit": (find_visits, Action.READ_CASES),
    "Warranty": (find_warranties, Action.READ_CONTRACTS),
}
"""How an object of each type is found by its key, and what a viewer's role must be granted for it."""

_ONE = Window(first=1)


@strawberry.type(directives=[Access(action=Action.READ_SELF)])
class Query:
    @computed("Who asks.", graphql_type=Viewer)
    def viewer(info: Info[Context, None]) -> Any:
        return info.context.viewer

    @computed("An object by its global id. Null where there is none that the viewer may see.", graphql_type=Node | None)
    async def node(info: Info[Context, None], id: strawberry.ID) -> Any:
        return (await _nodes(info.context, [id], field="id"))[0]

    @computed(
        "Objects by their global ids, in that order; null for each that isn't there.", graphql_type=list[Node | None]
    )
    async def nodes(info: Info[Context, None], ids: list[strawberry.ID]) -> Any:
        return await _nodes(info.context, ids, field="ids")

    accounts = listed(
        AccountType,
        filter_by=AccountFilter,
        order_by=AccountOrder,
        description="The accounts that the viewer may see: assigned and related ones (R4).",
        directives=[Access(action=Action.READ_ACCOUNTS)],
    )(list_accounts)

    locations = listed(
        LocationType,
        filter_by=LocationFilter,
        order_by=LocationOrder,
        description="The locations of the viewer's accounts.",
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )(list_locations)

    installed_products = listed(
        InstalledProductType,
        filter_by=InstalledProductFilter,
        order_by=InstalledProductOrder,
        description="The equipment that the viewer's accounts own.",
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )(list_installed_products)

    cases = listed(
        CaseType,
        filter_by=CaseFilter,
        order_by=CaseOrder,
        default_order=NEWEST_FIRST,
        description="The cases about the viewer's equipment, the newest first. Archived cases are not among them (F5).",
        directives=[Access(action=Action.READ_CASES)],
    )(list_cases)

    service_contracts = listed(
        ServiceContractType,
        filter_by=ServiceContractFilter,
        order_by=ServiceContractOrder,
        key="number",
        description="The contracts of the viewer's accounts, and those that cover the viewer's equipment.",
        directives=[Access(action=Action.READ_CONTRACTS)],
    )(list_service_contracts)

    warranties = listed(
        WarrantyType,
        filter_by=WarrantyFilter,
        order_by=WarrantyOrder,
        description="The warranties of the viewer's equipment.",
        directives=[Access(action=Action.READ_CONTRACTS)],
    )(list_warranties)

    @computed(
        "An account by its customer number.",
        graphql_type=AccountType | None,
        directives=[Access(action=Action.READ_ACCOUNTS)],
    )
    async def account(info: Info[Context, None], number: str) -> Any:
        return _first(await list_accounts(info.context, AccountFilter(numbers=[number]), _ONE))

    @computed(
        "A piece of equipment by its asset identifier (V2).",
        graphql_type=InstalledProductType | None,
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )
    async def installed_product(info: Info[Context, None], asset_id: str) -> Any:
        return _first(await list_installed_products(info.context, InstalledProductFilter(asset_ids=[asset_id]), _ONE))

    @computed(
        "A case by its case number (V11) or SAP notification number (V12).",
        graphql_type=CaseType | None,
        directives=[Access(action=Action.READ_CASES)],
    )
    async def case(info: Info[Context, None], number: str) -> Any:
        return _first(await list_cases(info.context, CaseFilter(numbers=[number]), _ONE))

    @computed(
        "A service contract by its number (V21).",
        graphql_type=ServiceContractType | None,
        directives=[Access(action=Action.READ_CONTRACTS)],
    )
    async def service_contract(info: Info[Context, None], number: str) -> Any:
        return (await find_service_contracts(info.context, [number])).get(number)


async def _nodes(context: Context, ids: Sequence[str], *, field: str) -> list[object | None]:
    """Each type's objects are found together. A type that the viewer's role may not read is not there."""
    if len(ids) > MOST_NODES:
        raise BadInput(f"At most {MOST_NODES} ids at once.", field=field)
    parsed = [parse_id(text, field=field) for text in ids]
    by_type: dict[str, list[str]] = defaultdict(list)
    for one in parsed:
        by_type[one.type_name].append(one.key)
    found: dict[str, Mapping[str, object]] = {}
    for type_name, keys in by_type.items():
        finder, action = FINDERS.get(type_name, (None, None))
        if finder is not None and action is not None and decide(context.viewer, action).allowed:
            found[type_name] = await finder(context, keys)
    return [found.get(one.type_name, {}).get(one.key) for one in parsed]


def _first(page: Any) -> Any:
    return next(iter(page.rows), None)
