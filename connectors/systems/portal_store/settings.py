"""What the gateway's own store is told."""

from pydantic import Field, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from connectors.transport.settings import StrictSettings


class PortalStoreSettings(StrictSettings):
    url: str = Field(
        "sqlite+aiosqlite:///var/portal.db",
        description="The database, as sqlite+aiosqlite:///var/portal.db; its folder is made when it is missing",
    )
    timeout: float = Field(10.0, gt=0, le=300, description="Seconds one read or write may take")
    busy_timeout: float = Field(5.0, gt=0, le=300, description="Seconds to wait for another process's write")

    @field_validator("url")
    @classmethod
    def _is_an_sqlite_file(cls, value: str) -> str:
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError(f"{value!r} is no database address") from None
        if url.drivername != "sqlite+aiosqlite":
            raise ValueError("the store is an SQLite file for now: sqlite+aiosqlite:///path")
        return value
