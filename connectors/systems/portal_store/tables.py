"""The store's tables."""

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, MetaData, String, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC: SQLite would forget its zone. ValueError for a naive one."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone can't be kept")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

custom_asset_data = Table(
    "custom_asset_data",
    metadata,
    Column("installed_product_id", String(18), primary_key=True),  # the CRM's Id
    Column("name", Text),
    Column("description", Text),
    Column("reference_number", Text),
    Column("location_note", Text),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("updated_by", Text),
)
