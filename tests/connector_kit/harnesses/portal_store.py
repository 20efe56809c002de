"""The gateway's own store: the customer's data about assets, in an SQLite file."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors.ports import CustomerAssetData
from connectors.records import CustomAssetData
from fixtures.simulators.conduct import Conduct
from fixtures.world.model import Asset, World
from tests.connector_kit.harness import Facts, Harness, Served
from tests.connector_kit.harnesses.salesforce_installed_base import installed_product_id

_MANAGER = "manager@north.example"
_INSERT = """
    INSERT INTO custom_asset_data
    (installed_product_id, name, description, reference_number, location_note, updated_at, updated_by)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class PortalStoreHarness(Harness):
    name = "portal_store"
    port = CustomerAssetData
    over_http = False

    @asynccontextmanager
    async def serve(self, world: World, *, page_size: int | None = None) -> AsyncIterator[Served]:
        """A file that the connector has made, and another program has written into."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "portal.db"
            url = f"sqlite+aiosqlite:///{path}"
            await self._make(url)
            with closing(sqlite3.connect(path)) as database, database:
                database.executemany(_INSERT, [_row(asset) for asset in _described(world)])
            yield Served(url, Conduct())

    def settings(self, url: str) -> dict[str, object]:
        return {"url": url}

    def facts(self, world: World) -> Facts:
        kept = [
            CustomAssetData(
                provenance=self.provenance,
                installed_product_id=installed_product_id(asset.key),
                name=asset.custom_name,
                description=asset.custom_description,
                reference_number=asset.custom_reference,
                location_note=asset.custom_location_note,
                updated_at=asset.modified,
                updated_by=_MANAGER,
            )
            for asset in _described(world)
        ]
        return Facts(custom_asset_data={row.installed_product_id: row for row in kept})

    async def _make(self, url: str) -> None:
        connector = self.connect(url)
        try:
            await connector.ping()
        finally:
            await connector.close()


def _described(world: World) -> list[Asset]:
    return [
        asset
        for asset in world.assets
        if any((asset.custom_name, asset.custom_description, asset.custom_reference, asset.custom_location_note))
    ]


def _row(asset: Asset) -> tuple[str | None, ...]:
    said = (asset.custom_name, asset.custom_description, asset.custom_reference, asset.custom_location_note)
    when = asset.modified.strftime("%Y-%m-%d %H:%M:%S.%f")
    return (installed_product_id(asset.key), *said, when, _MANAGER)


HARNESS = PortalStoreHarness()
