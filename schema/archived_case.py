"""Archived cases: from before the move to the portal, reached from their asset alone (F5)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import strawberry

from auth.rules import Action
from connectors import records
from connectors.vocabulary import CaseOrigin, CasePriority, CaseStatus, EventType, ServiceType
from schema.access import Access
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from schema.labels import label_field
from schema.lazy import InstalledProductType
from schema.node import Node, id_field, view_of
from schema.provenance import Provenance

ArchivedCases = Sequence[records.ArchivedCase]


@strawberry.type(
    description="A case of the older service system. It no longer changes.",
    directives=[Access(action=Action.READ_CASES)],
)
class ArchivedCase(Node):
    is_type_of = view_of(records.ArchivedCase)

    id: strawberry.ID = id_field("ArchivedCase")
    description: str | None
    priority: CasePriority | None = strawberry.field(description="Priority (V13).")
    priority_label: str | None = label_field("priority")
    status: CaseStatus = strawberry.field(description="Status (V14).")
    status_label: str = label_field("status")
    origin: CaseOrigin | None = strawberry.field(description="Origin (V15).")
    origin_label: str | None = label_field("origin")
    event_type: EventType | None = strawberry.field(description="Event type (V17).")
    event_type_label: str | None = label_field("event_type")
    service_type: ServiceType | None = strawberry.field(description="Service type (V18).")
    service_type_label: str | None = label_field("service_type")
    created_at: datetime | None
    reported_closing_date: date | None = strawberry.field(description="Reported closing date (V19).")
    purchase_order: str | None = strawberry.field(description="Purchase order (V20).")
    work_centre: str | None
    provenance: Provenance

    @computed("The older system's number, bare.", needs=["id"])
    def number(record: Any, context: Context) -> str:
        return str(record.id)

    @batched(str | None, description="The whole text. The older system is asked once for each case.", needs=["id"])
    async def long_text(parents: ArchivedCases, context: Context) -> Sequence[str | None]:
        found = await (await context.visible()).archive.texts(row.id for row in parents)
        return [found.get(row.id) for row in parents]

    @batched(
        InstalledProductType | None,
        description="The equipment that it was about.",
        needs=["asset_id"],
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )
    async def installed_product(parents: ArchivedCases, context: Context) -> Sequence[records.InstalledProduct | None]:
        found = await (await context.visible()).installed_products.by_asset_id(row.asset_id for row in parents)
        return [found.get(row.asset_id) for row in parents]


async def find_archived_cases(context: Context, keys: Sequence[str]) -> Any:
    """By the older system's number: those that may be seen."""
    return await (await context.visible()).archive.by_id(keys)
