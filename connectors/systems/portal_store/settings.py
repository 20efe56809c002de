"""What the gateway's own store is told."""

from pydantic import Field, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from connectors.transport.settings import Secret, StrictSettings

_DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


class PortalStoreSettings(StrictSettings):
    url: str = Field(
        "sqlite+aiosqlite:///var/portal.db",
        description="The database: sqlite+aiosqlite:///var/portal.db, whose folder is made when it is missing, or "
        "postgresql+asyncpg://portal@db.example.com/portal",
    )
    password: Secret | None = Field(None, description="The password of the database's user")
    timeout: float = Field(10.0, gt=0, le=300, description="Seconds one read or write may take")
    busy_timeout: float = Field(5.0, gt=0, le=300, description="Seconds to wait for another process's write (SQLite)")
    connections: int = Field(10, ge=1, le=200, description="Connections kept to the database at most (PostgreSQL)")
    migrate: bool = Field(
        True, description="Bring the tables up to date at the start; false: `portal store migrate` does it, by hand"
    )

    @field_validator("url")
    @classmethod
    def _is_a_database_of_ours(cls, value: str) -> str:
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError(f"{value!r} is no database address") from None
        if url.drivername not in _DRIVERS:
            raise ValueError("must begin with sqlite+aiosqlite:// or postgresql+asyncpg://")
        if url.password:
            raise ValueError("a password does not stand in the address: give it as `password`")
        return value

    @property
    def address(self) -> str:
        """The address with its password, for the driver alone."""
        if self.password is None:
            return self.url
        return make_url(self.url).set(password=self.password.get_secret_value()).render_as_string(hide_password=False)
