"""What the customer says of equipment (R5, V6): kept by the gateway, read by whoever sees the asset."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from auth.rules import Action
from connectors import records
from connectors.people import AssetDataChange
from schema.access import Access
from schema.context import Context


@strawberry.type(
    description="The customer's own data about a piece of equipment, written by its managers.",
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
class CustomAssetData:
    name: str | None = strawberry.field(description="Custom asset name (V6).")
    description: str | None
    reference_number: str | None
    location_note: str | None
    updated_at: datetime | None
    updated_by: str | None


@strawberry.type(
    description="One version of the customer's own data about a piece of equipment.",
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
class CustomAssetDataVersion:
    name: str | None
    description: str | None
    reference_number: str | None
    location_note: str | None
    changed_at: datetime
    changed_by: str | None


async def custom_data_history_of(
    assets: Sequence[records.InstalledProduct], context: Context
) -> Sequence[Sequence[AssetDataChange]]:
    """Every version that was written of each visible asset, the newest first."""
    people = context.sources.people
    found = {} if people is None else await people.asset_data.history([row.id for row in assets])
    return [found.get(row.id, ()) for row in assets]


async def custom_data_of(
    assets: Sequence[records.InstalledProduct], context: Context
) -> Sequence[records.CustomAssetData | None]:
    """The customer's data of each visible asset."""
    found = await (await context.visible()).custom_asset_data(row.id for row in assets)
    return [found.get(row.id) for row in assets]
