"""Between the store's rows and records: a column carries its record field's name."""

from typing import Any

from sqlalchemy import Row

from connectors.records import CustomAssetData, Provenance
from connectors.systems.portal_store.tables import custom_asset_data

Columns = dict[str, Any]  # Any: what a column of its type holds


def read_custom_asset_data(row: Row[Any], provenance: Provenance) -> CustomAssetData:
    return CustomAssetData(provenance=provenance, **row._mapping)


def write_custom_asset_data(data: CustomAssetData) -> Columns:
    return {column.name: getattr(data, column.name) for column in custom_asset_data.columns}
