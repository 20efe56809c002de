"""The graph's entry points."""

from collections.abc import Sequence
from typing import Any

import strawberry

from auth.rules import Action
from auth.visibility import Page, Window
from schema.access import Access
from schema.account import list_accounts
from schema.audit import AuditEntry, list_audit
from schema.batch import batched
from schema.calendar import calendar
from schema.calendar_feeds import calendar_url
from schema.case import list_cases
from schema.computed import computed
from schema.context import Context
from schema.contract import find_service_contracts, list_service_contracts
from schema.cost import sliced
from schema.errors import BadInput
from schema.exports.fields import export_url
from schema.federation.entities import entities, service
from schema.filters.accounts import AccountFilter, AccountOrder
from schema.filters.audit import AuditFilter
from schema.filters.cases import NEWEST_FIRST, CaseFilter, CaseOrder
from schema.filters.contracts import ServiceContractFilter, ServiceContractOrder, WarrantyFilter, WarrantyOrder
from schema.filters.installed_products import InstalledProductFilter, InstalledProductOrder
from schema.filters.locations import LocationFilter, LocationOrder
from schema.filters.requests import OLDEST_FIRST, RequestFilter, RequestOrder
from schema.filters.users import UserFilter, UserOrder
from schema.finders import MOST_NODES, find
from schema.installed_product import list_installed_products
from schema.lazy import (
    AccountType,
    CaseType,
    InstalledProductType,
    LocationType,
    ServiceContractType,
    UserType,
    WarrantyType,
)
from schema.location import list_locations
from schema.node import Node, parse_id
from schema.paged import listed
from schema.request import (
    AccessRequest,
    ContactRequest,
    list_access_requests,
    list_contact_requests,
)
from schema.search import search
from schema.state_counts import operational_state_counts
from schema.statistics import case_statistics, fleet_statistics
from schema.user import list_users
from schema.value_labels import value_labels
from schema.viewer import Viewer
from schema.warranty import list_warranties

_ONE = Window(first=1)


@strawberry.type(directives=[Access(action=Action.READ_SELF)])
class Query:
    @computed("Who asks.", needs=[], graphql_type=Viewer)
    def viewer(_: None, context: Context) -> Any:
        return context.viewer

    @batched(
        Node | None,
        description="An object by its global id. Null where there is none that the viewer may see.",
        needs=[],
    )
    async def node(parents: Sequence[None], context: Context, *, id: strawberry.ID) -> Sequence[Any]:
        return await _nodes(context, [id], field="id") * len(parents)

    @batched(
        list[Node | None],
        description="Objects by their global ids, in that order; null for each that isn't there.",
        needs=[],
        directives=[sliced(MOST_NODES, "ids")],
    )
    async def nodes(parents: Sequence[None], context: Context, *, ids: list[strawberry.ID]) -> Sequence[Any]:
        return [await _nodes(context, ids, field="ids")] * len(parents)

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

    users = listed(
        UserType,
        filter_by=UserFilter,
        order_by=UserOrder,
        description="The users of the manager's own parent account; all of them for the helpdesk (R3, F14).",
        directives=[Access(action=Action.READ_USERS)],
    )(list_users)

    access_requests = listed(
        AccessRequest,
        filter_by=RequestFilter,
        order_by=RequestOrder,
        default_order=OLDEST_FIRST,
        description="Requests for access, the oldest first (F15).",
        directives=[Access(action=Action.ANSWER_ACCESS_REQUESTS)],
    )(list_access_requests)

    contact_requests = listed(
        ContactRequest,
        filter_by=RequestFilter,
        order_by=RequestOrder,
        default_order=OLDEST_FIRST,
        description="Requests to be contacted, the oldest first (F15).",
        directives=[Access(action=Action.ANSWER_ACCESS_REQUESTS)],
    )(list_contact_requests)

    audit_trail = listed(
        AuditEntry,
        filter_by=AuditFilter,
        key="number",
        description="What happened, the newest first. Read forwards (`first`, `after`); it is not counted.",
        directives=[Access(action=Action.READ_AUDIT)],
    )(list_audit)

    entities = entities
    service = service
    calendar = calendar
    calendar_url = calendar_url
    export_url = export_url
    search = search
    operational_state_counts = operational_state_counts
    value_labels = value_labels
    case_statistics = case_statistics
    fleet_statistics = fleet_statistics

    @batched(
        AccountType | None,
        description="An account by its customer number.",
        needs=[],
        directives=[Access(action=Action.READ_ACCOUNTS)],
    )
    async def account(parents: Sequence[None], context: Context, *, number: str) -> Sequence[Any]:
        return _first(await list_accounts(context, AccountFilter(numbers=[number]), _ONE), parents)

    @batched(
        InstalledProductType | None,
        description="A piece of equipment by its asset identifier (V2).",
        needs=[],
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )
    async def installed_product(parents: Sequence[None], context: Context, *, asset_id: str) -> Sequence[Any]:
        found = await list_installed_products(context, InstalledProductFilter(asset_ids=[asset_id]), _ONE)
        return _first(found, parents)

    @batched(
        CaseType | None,
        description="A case by its case number (V11) or SAP notification number (V12).",
        needs=[],
        directives=[Access(action=Action.READ_CASES)],
    )
    async def case(parents: Sequence[None], context: Context, *, number: str) -> Sequence[Any]:
        return _first(await list_cases(context, CaseFilter(numbers=[number]), _ONE), parents)

    @batched(
        ServiceContractType | None,
        description="A service contract by its number (V21).",
        needs=[],
        directives=[Access(action=Action.READ_CONTRACTS)],
    )
    async def service_contract(parents: Sequence[None], context: Context, *, number: str) -> Sequence[Any]:
        return [(await find_service_contracts(context, [number])).get(number)] * len(parents)


async def _nodes(context: Context, ids: Sequence[str], *, field: str) -> list[object | None]:
    if len(ids) > MOST_NODES:
        raise BadInput(f"At most {MOST_NODES} ids at once.", field=field)
    parsed = [parse_id(text, field=field) for text in ids]
    found = await find(context, parsed)
    return [found.get(one) for one in parsed]


def _first(page: Page[Any], parents: Sequence[None]) -> list[Any]:
    """The row that was looked up by its number, for the query's root (there is one)."""
    if not page.rows and page.problem is not None:
        raise page.problem
    return [next(iter(page.rows), None)] * len(parents)
