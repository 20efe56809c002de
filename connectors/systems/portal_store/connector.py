"""The customer's own data about assets, kept by the gateway: port `CustomerAssetData`."""

from collections.abc import Mapping
from typing import cast

import msgspec
from pydantic import BaseModel
from sqlalchemy import literal, select
from sqlalchemy.dialects.sqlite import insert

from connectors.ports import CheckResult
from connectors.queries import Keys
from connectors.records import CustomAssetData, Provenance
from connectors.registry import Clock, Manifest
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.mapping import read_custom_asset_data, write_custom_asset_data
from connectors.systems.portal_store.settings import PortalStoreSettings
from connectors.systems.portal_store.tables import custom_asset_data as table
from connectors.transport.checks import tried
from connectors.transport.chunks import chunked

_KEYS_A_STATEMENT = 500  # SQLite's oldest limit on variables is 999


class PortalStore:
    """Reads the table `custom_asset_data` (R5, V6) by installed product."""

    def __init__(self, system: str, settings: PortalStoreSettings, clock: Clock) -> None:
        self._system = system
        self._clock = clock
        self._database = Database(system, settings)

    @property
    def system(self) -> str:
        return self._system

    async def custom_asset_data(self, installed_product_ids: Keys) -> Mapping[str, CustomAssetData]:
        """What is kept of these assets, by the CRM's Id; assets of which nothing is kept are absent."""
        if not installed_product_ids:
            return {}
        provenance = Provenance(self._system, self._clock())
        found: dict[str, CustomAssetData] = {}
        async with self._database.transaction() as connection:
            for ids in chunked(installed_product_ids, at_most=_KEYS_A_STATEMENT):
                rows = await connection.execute(select(table).where(table.c.installed_product_id.in_(ids)))
                found |= {row.installed_product_id: read_custom_asset_data(row, provenance) for row in rows}
        return found

    async def save_custom_asset_data(self, *data: CustomAssetData) -> None:
        """Keep these, in place of what was kept of the same assets: all of them, or none where it fails.

        A record without `updated_at` is kept as of now.
        """
        if not data:
            return
        now = self._clock()
        rows = [write_custom_asset_data(msgspec.structs.replace(one, updated_at=one.updated_at or now)) for one in data]
        statement = insert(table)
        replaced = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        upsert = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced)
        async with self._database.transaction() as connection:
            await connection.execute(upsert, rows)

    async def check(self) -> list[CheckResult]:
        return [await tried("open the database and read", self.ping)]

    async def ping(self) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(select(literal(1)).select_from(table).limit(1))

    async def close(self) -> None:
        await self._database.close()


def connect(system: str, settings: BaseModel, clock: Clock) -> PortalStore:
    return PortalStore(system, cast(PortalStoreSettings, settings), clock)


MANIFEST = Manifest(
    name="portal_store",
    title="The gateway's own store (SQL)",
    settings=PortalStoreSettings,
    connect=connect,
)
