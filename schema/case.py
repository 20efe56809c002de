"""Cases: what is wrong, and what is done about it (V11 to V20, F2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from auth.case_desk import REFERENCE
from auth.rules import Action
from auth.visibility import Page, Window
from connectors import records
from connectors.vocabulary import ActivityType, CaseOrigin, CasePriority, CaseStatus, EventType
from schema.access import Access
from schema.attachment import CaseAttachment
from schema.batch import Asked, batched
from schema.computed import computed
from schema.context import Context
from schema.delivery import CaseDelivery, deliveries_of
from schema.filters.cases import CaseFilter, case_query, subject_of
from schema.labels import label_field
from schema.lazy import AccountType, InstalledProductType, ServiceOrderType, VisitType
from schema.node import Node, id_field, view_of
from schema.problems import report
from schema.provenance import Provenance
from schema.service_order import visits_of

Cases = Sequence[records.Case]


@strawberry.type(description="What was done on a case.", directives=[Access(action=Action.READ_CASES)])
class CaseActivity:
    type: ActivityType = strawberry.field(description="Activity type (V16).")
    type_label: str = label_field("type")
    text: str | None
    at: datetime | None


@strawberry.type(
    description="A service case: a notification of the service system.", directives=[Access(action=Action.READ_CASES)]
)
class Case(Node):
    is_type_of = view_of(records.Case)

    id: strawberry.ID = id_field("Case")
    number: str = strawberry.field(description="Case number (V11): the portal's where it has one, else SAP's.")
    description: str | None = strawberry.field(description="What it is about, in a line.")
    long_text: str | None = strawberry.field(description="The whole text, with its notes.")
    priority: CasePriority | None = strawberry.field(description="Priority (V13).")
    priority_label: str | None = label_field("priority")
    status: CaseStatus = strawberry.field(description="Status (V14).")
    status_label: str = label_field("status")
    origin: CaseOrigin | None = strawberry.field(description="Origin (V15).")
    origin_label: str | None = label_field("origin")
    event_type: EventType | None = strawberry.field(description="Event type (V17).")
    event_type_label: str | None = label_field("event_type")
    is_down: bool = strawberry.field(description="Whether the equipment was reported as down.")
    functional_location_label: str | None
    reporter: str | None
    contact_email: str | None
    contact_phone: str | None
    purchase_order: str | None = strawberry.field(description="Purchase order (V20).")
    created_at: datetime | None
    updated_at: datetime | None
    required_start: datetime | None
    required_end: datetime | None
    reported_closing_date: datetime | None = strawberry.field(
        description="Reported closing date (V19), by the service engineer."
    )
    provenance: Provenance

    @computed(
        "SAP notification number (V12), bare. Null as long as the service system has not taken the case (SUBMITTED, "
        "REFUSED).",
        needs=["id", "status"],
    )
    def sap_notification_number(record: Any, context: Context) -> str | None:
        return str(record.id) if record.status.is_registered else None

    @computed("Whether it is new or in progress, or on its way to the service system.", needs=["status"])
    def is_open(record: Any, context: Context) -> bool:
        return bool(record.status.is_open)

    @batched(
        InstalledProductType | None,
        description="The equipment that it is about. Null for a case about none, or about one that isn't the viewer's.",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )
    async def installed_product(parents: Cases, context: Context) -> Sequence[records.InstalledProduct | None]:
        visible = await context.visible()
        found = await visible.installed_products.by_asset_id(
            row.asset_id for row in parents if row.asset_id is not None
        )
        return [found.get(row.asset_id or "") for row in parents]

    @batched(
        AccountType | None,
        description="The account that it was sold to, where that is one of the viewer's.",
        needs=["sold_to"],
        directives=[Access(action=Action.READ_ACCOUNTS)],
    )
    async def account(parents: Cases, context: Context) -> Sequence[records.Account | None]:
        visible = await context.visible()
        found = await visible.accounts.assigned_by_number(row.sold_to for row in parents if row.sold_to is not None)
        return [found.get(row.sold_to or "") for row in parents]

    @batched(
        list[CaseDelivery] | None,
        description="What was sent about it through the portal, the earliest first, and where that is (F1).",
        needs=["number"],
    )
    async def deliveries(parents: Cases, context: Context) -> Sequence[Any]:
        found = await deliveries_of(context, [row.number for row in parents])
        return [found.get(row.number, []) for row in parents]

    @batched(
        list[CaseActivity] | None,
        description="What was done on it, the earliest first. Internal activities are not shown.",
        needs=["id"],
    )
    async def activities(parents: Cases, context: Context) -> Sequence[Any]:
        found = await (await context.visible()).cases.activities(row.id for row in parents)
        return [list(found.get(row.id, ())) for row in parents]

    @batched(
        list[CaseAttachment] | None,
        description="Its files, the earliest first (F2). Those that wait for the service system are among them.",
        needs=["id", "number", "status"],
    )
    async def attachments(parents: Cases, context: Context, asked: Asked) -> Sequence[Any]:
        found, problem = await context.attachments.of_cases(parents)
        report(context, asked, problem)
        return [found[row.id] for row in parents]

    @batched(list[ServiceOrderType] | None, description="The orders for work on it.", needs=["id"])
    async def service_orders(parents: Cases, context: Context) -> Sequence[Any]:
        found = await (await context.visible()).service_orders.of_cases(row.id for row in parents)
        return [found.get(row.id, []) for row in parents]

    @batched(list[VisitType] | None, description="The visits for it, the earliest first.", needs=["id"])
    async def visits(parents: Cases, context: Context) -> Sequence[Any]:
        found = await (await context.visible()).service_orders.of_cases(row.id for row in parents)
        return [visits_of(found.get(row.id, ())) for row in parents]


async def find_cases(context: Context, keys: Sequence[str]) -> Any:
    """By notification number: those that may be seen. An id from before the service system had the case names it by
    its portal number, and goes on naming it."""
    visible = await context.visible()
    early = [key for key in keys if key.startswith(f"{REFERENCE}-")]
    found = dict(await visible.cases.by_id(key for key in keys if key not in early))
    return found | dict(await visible.cases.by_number(early)) if early else found


async def list_cases(context: Context, given: CaseFilter | None, window: Window) -> Page[records.Case]:
    visible = await context.visible()
    among = await subject_of(visible, given)
    return await visible.cases.page(case_query(visible.scope, given), window, among=among)
