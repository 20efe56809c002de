"""Cases: filter and order."""

from datetime import datetime
from enum import Enum

import strawberry

from auth.visibility import Subject, Visibility
from connectors.queries import AccountScope, CaseQuery, InstalledProductQuery, OrderBy
from connectors.vocabulary import CaseOrigin, CasePriority, CaseStatus, EventType, Modality
from schema.errors import BadInput
from schema.filters.ordering import OrderDirection
from schema.instants import in_utc
from schema.node import keys_of

NEWEST_FIRST = (OrderBy("created_at", descending=True),)


@strawberry.input(description="Cases that match all that is given.")
class CaseFilter:
    ids: list[strawberry.ID] | None = None
    numbers: list[str] | None = strawberry.field(default=None, description="Case numbers or SAP notification numbers.")
    status: list[CaseStatus] | None = None
    open: bool | None = strawberry.field(default=None, description="Open is new, in progress, or on its way there.")
    priority: list[CasePriority] | None = None
    event_type: list[EventType] | None = None
    origin: list[CaseOrigin] | None = None
    installed_product_ids: list[strawberry.ID] | None = None
    asset_ids: list[str] | None = strawberry.field(default=None, description="Asset identifiers (V2), bare.")
    location_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Locations of the installed products that the cases are about."
    )
    account_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Owners of the installed products that the cases are about; without one, who they were sold to.",
    )
    modality: list[Modality] | None = None
    created_from: datetime | None = strawberry.field(default=None, description="Created then or later.")
    created_to: datetime | None = strawberry.field(default=None, description="Created before then.")
    updated_from: datetime | None = strawberry.field(default=None, description="Last changed then or later.")
    updated_to: datetime | None = strawberry.field(default=None, description="Last changed before then.")
    text: str | None = strawberry.field(
        default=None, description="In the description or the numbers; case does not matter."
    )


@strawberry.enum(description="What cases are ordered by.")
class CaseOrderField(Enum):
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    REPORTED_CLOSING_DATE = "reported_closing_date"
    PRIORITY = "priority"
    STATUS = "status"
    EVENT_TYPE = "event_type"
    NUMBER = "number"


@strawberry.input
class CaseOrder:
    field: CaseOrderField
    direction: OrderDirection = OrderDirection.ASC


def case_query(scope: AccountScope, given: CaseFilter | None, order: tuple[OrderBy, ...] = ()) -> CaseQuery:
    """The filter's own criteria as a query; what narrows the cases' subject is `subject_of`."""
    given = given or CaseFilter()
    return CaseQuery(
        scope=scope,
        order=order,
        ids=keys_of(given.ids, "Case", field="filter.ids"),
        numbers=None if given.numbers is None else tuple(given.numbers),
        event_types=None if given.event_type is None else tuple(given.event_type),
        priorities=None if given.priority is None else tuple(given.priority),
        statuses=_statuses(given),
        origins=None if given.origin is None else tuple(given.origin),
        created_from=_instant(given.created_from, "createdFrom"),
        created_to=_instant(given.created_to, "createdTo"),
        updated_from=_instant(given.updated_from, "updatedFrom"),
        updated_to=_instant(given.updated_to, "updatedTo"),
        text=given.text,
    )


async def subject_of(visible: Visibility, given: CaseFilter | None) -> Subject | None:
    """The assets and accounts that the filter narrows cases to; None where it narrows to none."""
    if given is None:
        return None
    assets = InstalledProductQuery(
        scope=visible.scope,
        ids=keys_of(given.installed_product_ids, "InstalledProduct", field="filter.installedProductIds"),
        asset_ids=None if given.asset_ids is None else tuple(given.asset_ids),
        location_ids=keys_of(given.location_ids, "Location", field="filter.locationIds"),
        account_ids=keys_of(given.account_ids, "Account", field="filter.accountIds"),
        modalities=None if given.modality is None else tuple(given.modality),
    )
    of_assets_alone = any(
        asked is not None for asked in (assets.ids, assets.asset_ids, assets.location_ids, assets.modalities)
    )
    if not of_assets_alone and assets.account_ids is None:
        return None
    sold_to = frozenset[str]()
    if assets.account_ids is not None and not of_assets_alone:
        accounts = await visible.accounts.assigned_by_id(assets.account_ids)
        sold_to = frozenset(row.number for row in accounts.values() if row.number is not None)
    return Subject(asset_ids=await visible.installed_products.equipment(assets), sold_to=sold_to)


def _instant(given: datetime | None, name: str) -> datetime | None:
    try:
        return None if given is None else in_utc(given)
    except ValueError as error:
        raise BadInput("Give a time with its zone, as 2026-03-14T08:00:00Z.", field=f"filter.{name}") from error


def _statuses(given: CaseFilter) -> tuple[CaseStatus, ...] | None:
    if given.open is None:
        return None if given.status is None else tuple(given.status)
    asked = given.status if given.status is not None else list(CaseStatus)
    return tuple(status for status in asked if status.is_open is given.open)
