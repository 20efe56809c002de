"""The story's custom asset data, written into the demo's own store as a manager would have."""

from datetime import UTC, datetime

from connectors.records import CustomAssetData, Provenance
from connectors.sources import Sources
from connectors.systems.portal_store.connector import PortalStore
from fixtures.simulators.salesforce_installed_base.ids import salesforce_id
from fixtures.simulators.salesforce_installed_base.objects import INSTALLED_PRODUCT
from fixtures.world.model import Asset, World


async def seed(sources: Sources, world: World) -> None:
    """Keep what the story says of its assets (R5)."""
    for store in sources.systems:
        if isinstance(store, PortalStore):
            await store.save_custom_asset_data(*custom_data(world, store.system))


def custom_data(world: World, system: str) -> list[CustomAssetData]:
    """The story's records, each said by the manager of the asset's group. `system` is the store's name."""
    provenance = Provenance(system, datetime.now(UTC))
    return [
        CustomAssetData(
            installed_product_id=salesforce_id(INSTALLED_PRODUCT.prefix, asset.key),
            name=asset.custom_name,
            description=asset.custom_description,
            reference_number=asset.custom_reference,
            location_note=asset.custom_location_note,
            updated_at=asset.modified,
            updated_by=_manager_of(asset, world),
            provenance=provenance,
        )
        for asset in world.assets
        if any((asset.custom_name, asset.custom_description, asset.custom_reference, asset.custom_location_note))
    ]


def _manager_of(asset: Asset, world: World) -> str | None:
    accounts = {account.key: account for account in world.accounts}
    account = accounts.get(asset.owner or "")
    while account is not None and account.parent is not None:
        account = accounts[account.parent]
    managers = {who.parent_account: who.name for who in world.personas if who.role == "manager"}
    return managers.get(account.number) if account is not None else None
