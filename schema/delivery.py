"""Deliveries: what was sent to the service system about a case, and where it is (F1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import strawberry

from auth.rules import Action
from connectors.deliveries import Delivery, DeliveryKind, DeliveryStatus
from schema.access import Access
from schema.context import Context
from schema.labels import label_field


@strawberry.type(
    description="Something that was sent about a case through the portal.",
    directives=[Access(action=Action.READ_CASES)],
)
class CaseDelivery:
    case_number: str = strawberry.field(description="The case's number when this was sent (V11).")
    kind: DeliveryKind
    kind_label: str = label_field("kind")
    status: DeliveryStatus
    status_label: str = label_field("status")
    created_at: datetime = strawberry.field(description="When it was sent.")
    finished_at: datetime | None = strawberry.field(
        description="When the service system took or refused it. Null: not yet."
    )


async def deliveries_of(context: Context, case_numbers: Sequence[str]) -> Mapping[str, list[Delivery]]:
    """By the number that a case had when it was written about."""
    found: dict[str, list[Delivery]] = {}
    if context.deliveries is not None:
        for delivery in await context.deliveries.of_cases(case_numbers):
            found.setdefault(delivery.case_number, []).append(delivery)
    return found
