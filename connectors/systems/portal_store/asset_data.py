"""The customer's own data about assets in the store: ports `CustomerAssetData` and `AssetDataWriter` (R5, V6)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from connectors.people import AssetDataChange, AuditEvent
from connectors.queries import Keys
from connectors.records import CustomAssetData, Provenance
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import custom_asset_data as table
from connectors.systems.portal_store.tables import custom_asset_data_history as history
from connectors.systems.portal_store.values import columns_of, record_of
from connectors.transport.chunks import chunked

_KEYS_A_STATEMENT = 500  # SQLite's oldest limit on variables is 999


class StoredAssetData:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def read(self, installed_product_ids: Keys) -> Mapping[str, CustomAssetData]:
        """What is kept of these assets, by the CRM's Id; assets of which nothing is kept are absent."""
        if not installed_product_ids:
            return {}
        provenance = Provenance(self._database.system, self._clock())
        found: dict[str, CustomAssetData] = {}
        async with self._database.reading() as connection:
            for ids in chunked(installed_product_ids, at_most=_KEYS_A_STATEMENT):
                rows = await connection.execute(select(table).where(table.c.installed_product_id.in_(ids)))
                found |= {row.installed_product_id: _data(row, provenance) for row in rows}
        return found

    async def save(self, *changes: AssetDataChange, event: AuditEvent) -> None:
        """All of them, or none where it fails."""
        if not changes:
            return
        current = [
            columns_of(change, table) | {"updated_at": change.changed_at, "updated_by": change.changed_by}
            for change in changes
        ]
        async with self._database.writing() as connection:
            insertion = sqlite_insert(table) if connection.dialect.name == "sqlite" else postgresql_insert(table)
            replaced = {column.name: insertion.excluded[column.name] for column in table.c if not column.primary_key}
            key = list(table.primary_key)
            await connection.execute(insertion.on_conflict_do_update(index_elements=key, set_=replaced), current)
            await connection.execute(insert(history), [columns_of(change, history) for change in changes])
            await append(connection, self._clock(), event)

    async def history(self, installed_product_ids: Collection[str]) -> Mapping[str, Sequence[AssetDataChange]]:
        found: dict[str, list[AssetDataChange]] = {}
        async with self._database.reading() as connection:
            for ids in chunked(sorted(set(installed_product_ids)), at_most=_KEYS_A_STATEMENT):
                query = select(history).where(history.c.installed_product_id.in_(ids))
                for row in await connection.execute(query.order_by(history.c.number.desc())):
                    found.setdefault(row.installed_product_id, []).append(record_of(AssetDataChange, row))
        return found


def _data(row: Any, provenance: Provenance) -> CustomAssetData:  # Any: a row of the table
    return CustomAssetData(provenance=provenance, **row._mapping)
