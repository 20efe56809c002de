"""The store's database: opened when first asked, its failures as `connectors.errors`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from connectors.errors import ConnectorError, SourceFailed, SourceMisconfigured, SourceTimeout, SourceUnreachable
from connectors.systems.portal_store.settings import PortalStoreSettings
from connectors.systems.portal_store.tables import metadata
from connectors.transport.deadline import remaining
from connectors.transport.single_flight import SingleFlight


class Database:
    """One SQLite file, its folder and its tables made where they are missing.

    Tables are made as they are now, and an older file's are not changed: migrations come with Alembic later.
    """

    def __init__(self, system: str, settings: PortalStoreSettings) -> None:
        self._system = system
        self._settings = settings
        self._url = make_url(settings.url)
        self._engine = create_async_engine(self._url)
        event.listen(self._engine.sync_engine, "connect", _pragmas(settings.busy_timeout))
        self._opening: SingleFlight[None] = SingleFlight()
        self._open = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose work is kept when the block ends well, and undone when it doesn't.

        Raises SourceUnreachable (no such place, locked by another process), SourceTimeout, SourceMisconfigured (not a
        database), SourceFailed.
        """
        seconds = remaining(self._settings.timeout)
        try:
            async with asyncio.timeout(seconds):
                if not self._open:
                    await self._opening.do("open", self._make)
                async with self._engine.begin() as connection:
                    yield connection
        except TimeoutError as error:
            raise SourceTimeout(self._system, f"did not answer within {seconds:.1f} seconds") from error
        except (SQLAlchemyError, OSError) as error:
            raise _failure(self._system, error) from error

    async def close(self) -> None:
        await self._opening.landed()
        await self._engine.dispose()

    async def _make(self) -> None:
        if self._url.database and self._url.database != ":memory:":
            folder = Path(self._url.database).parent
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        async with self._engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        self._open = True


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...

    def close(self) -> None: ...


class _DriverConnection(Protocol):
    def cursor(self) -> _Cursor: ...


class _OnConnect(Protocol):
    def __call__(self, connection: _DriverConnection, record: object) -> None: ...


def _pragmas(busy_timeout: float) -> _OnConnect:
    """What SQLite must be told on each connection: wait for locks, read beside a writer, hold references."""

    def set_pragmas(connection: _DriverConnection, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {round(busy_timeout * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return set_pragmas


def _failure(system: str, error: SQLAlchemyError | OSError) -> ConnectorError:
    # The driver's own words, without the statement and its parameters, which are someone's data.
    words = str(error.orig) if isinstance(error, DBAPIError) else repr(error)
    if "locked" in words or "busy" in words:
        return SourceUnreachable(system, "is locked by another process", detail=words)
    if isinstance(error, OSError | OperationalError):
        return SourceUnreachable(system, "can't be opened, read or written", detail=words)
    if "not a database" in words:
        return SourceMisconfigured(system, "is not a database", detail=words)
    return SourceFailed(system, "failed", detail=words)
