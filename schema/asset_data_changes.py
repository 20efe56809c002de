"""The customer's own data about equipment, written by managers (R5)."""

from typing import Any

import strawberry

from auth.directory import Fault, Unfit, checked_text
from auth.rules import Action
from connectors.people import AssetDataChange, AuditAction, AuditEvent
from schema.access import Access
from schema.changes import changing, key_of
from schema.context import Context
from schema.installed_product import find_installed_products
from schema.lazy import InstalledProductType
from schema.user_errors import UserError

_LONGEST_LINE = 200
_LONGEST_TEXT = 4000


@strawberry.type(
    description="The equipment with what is said of it now, or what was wrong.",
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
class InstalledProductPayload:
    installed_product: InstalledProductType | None = strawberry.field(
        default=None, description="As it is now. Null where nothing was done."
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="What was wrong; empty where it was done."
    )


@strawberry.input(description="Takes the place of all that was said before: what is left out or null is said no more.")
class SetCustomAssetDataInput:
    installed_product_id: strawberry.ID
    name: str | None = None
    description: str | None = None
    reference_number: str | None = None
    location_note: str | None = None


@changing(
    InstalledProductPayload,
    action=Action.WRITE_ASSET_DATA,
    description="Say what a piece of equipment is called, and where it is, in the customer's own words (R5, V6).",
)
async def set_custom_asset_data(context: Context, input: SetCustomAssetDataInput) -> Any:
    key = key_of(input.installed_product_id, "InstalledProduct", "installedProductId")
    if key not in await find_installed_products(context, [key]):
        raise Unfit(Fault.NOT_FOUND, "installedProductId")
    change = AssetDataChange(
        installed_product_id=key,
        name=_text(input.name, "name"),
        description=_text(input.description, "description", at_most=_LONGEST_TEXT),
        reference_number=_text(input.reference_number, "referenceNumber"),
        location_note=_text(input.location_note, "locationNote", at_most=_LONGEST_TEXT),
        changed_at=context.now,
        changed_by=context.viewer.email or context.viewer.subject,
    )
    event = AuditEvent(
        action=AuditAction.ASSET_DATA_WRITTEN,
        actor=context.viewer.subject,
        subject=key,
        network=context.where.network,
        request_id=context.where.request_id,
    )
    await context.membership.people.asset_data.save(change, event=event)
    context.assets_changed([key])
    context.read_anew()
    payload: Any = InstalledProductPayload
    return payload(installed_product=(await find_installed_products(context, [key])).get(key))


def _text(text: str | None, field: str, *, at_most: int = _LONGEST_LINE) -> str | None:
    return checked_text(text or "", field, at_most=at_most) or None
