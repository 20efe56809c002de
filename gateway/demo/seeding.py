"""The story's custom asset data, written into the demo's own store as a manager would have."""

from connectors.people import AssetDataChange, AuditAction, AuditEvent
from connectors.sources import Sources
from connectors.systems.portal_store.connector import PortalStore
from fixtures.simulators.salesforce_installed_base.ids import salesforce_id
from fixtures.simulators.salesforce_installed_base.objects import INSTALLED_PRODUCT
from fixtures.world.model import Asset, World


async def seed(sources: Sources, world: World) -> None:
    """Keep what the story says of its assets (R5), unless something is kept already."""
    for store in sources.systems:
        if isinstance(store, PortalStore):
            told = custom_data(world)
            if not await store.custom_asset_data(tuple(change.installed_product_id for change in told)):
                event = AuditEvent(action=AuditAction.ASSET_DATA_WRITTEN, details={"assets": str(len(told))})
                await store.asset_data.save(*told, event=event)


def custom_data(world: World) -> list[AssetDataChange]:
    """The story's records, each said by the manager of the asset's group."""
    return [
        AssetDataChange(
            installed_product_id=salesforce_id(INSTALLED_PRODUCT.prefix, asset.key),
            name=asset.custom_name,
            description=asset.custom_description,
            reference_number=asset.custom_reference,
            location_note=asset.custom_location_note,
            changed_at=asset.modified,
            changed_by=_manager_of(asset, world),
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
