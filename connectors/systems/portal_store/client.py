"""The store's database: opened and brought up to date when first asked, its failures as `connectors.errors`."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from connectors.errors import (
    ConnectorError,
    SourceConflict,
    SourceFailed,
    SourceMisconfigured,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.systems.portal_store.migrating import OutOfDate, migrate, revision_of
from connectors.systems.portal_store.settings import PortalStoreSettings
from connectors.systems.portal_store.sqlite import copy_database, speak_sqlite
from connectors.systems.portal_store.tables import metadata
from connectors.transport.deadline import remaining
from connectors.transport.single_flight import SingleFlight


class Database:
    """One SQLite file, its folder made where it is missing, or one PostgreSQL database."""

    def __init__(self, system: str, settings: PortalStoreSettings) -> None:
        self._system = system
        self._settings = settings
        self._url = make_url(settings.address)
        if self.is_sqlite:
            self._engine = create_async_engine(self._url)
            speak_sqlite(self._engine.sync_engine, settings.busy_timeout)
        else:
            self._engine = create_async_engine(
                self._url, pool_size=settings.connections, pool_pre_ping=True, pool_recycle=1800
            )
        self._writing = self._engine.execution_options(writes=True)
        self._glancing = self._engine.execution_options(glances=True)
        self._opening: SingleFlight[None] = SingleFlight()
        self._open = False

    @property
    def system(self) -> str:
        return self._system

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state of the database. Raises as `writing`."""
        async with self._transaction(writes=False) as connection:
            yield connection

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncConnection]:
        """A connection for statements that read, each for itself: no transaction holds them together. Cheaper by half,
        for what is asked with every request. Raises as `writing`."""
        async with self._within_time(), self._glancing.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose work is kept when the block ends well, and undone when it doesn't. SQLite has one writer
        at a time.

        Raises SourceUnreachable (no such place, locked by another process), SourceTimeout, SourceMisconfigured (not a
        database, not up to date), SourceConflict (what must be unique is there already), SourceFailed.
        """
        async with self._transaction(writes=True) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        async with self._within_time(), (self._writing if writes else self._engine).begin() as connection:
            yield connection

    @asynccontextmanager
    async def _within_time(self) -> AsyncIterator[None]:
        """The database is open, and what goes wrong with it is told as a ConnectorError."""
        seconds = remaining(self._settings.timeout)
        try:
            with self._failing():
                async with asyncio.timeout(seconds):
                    if not self._open:
                        await self._opening.do("open", self._prepare)
                    yield
        except TimeoutError as error:
            raise SourceTimeout(self._system, f"did not answer within {seconds:.1f} seconds") from error

    async def migrate(self, to: str | None = None) -> tuple[str | None, str | None]:
        """Bring the tables to a revision ("base": none; None: the newest); the revisions before and after."""
        await self._make_file()
        with self._failing():
            async with self._writing.begin() as connection:
                before = await connection.run_sync(revision_of)
                await connection.run_sync(migrate, to)
                return before, await connection.run_sync(revision_of)

    async def revision(self) -> str | None:
        """Where the tables are; None for an empty database."""
        with self._failing():
            async with self._engine.connect() as connection:
                return await connection.run_sync(revision_of)

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        async with self.reading() as connection:
            counts = [
                (table, await connection.scalar(select(func.count()).select_from(table)))
                for table in metadata.sorted_tables
            ]
        return {table.name: count or 0 for table, count in counts}

    async def copy_to(self, file: Path) -> None:
        """A copy of an SQLite database as it is now, while others go on (SQLite's online backup)."""
        with self._failing():
            await asyncio.to_thread(copy_database, self._url.database or "", str(file))

    def for_pg_dump(self) -> tuple[str, dict[str, str]]:
        """The address and the environment that PostgreSQL's own programs take."""
        url = self._url.set(drivername="postgresql", password=None)
        environment = dict(os.environ)
        if self._url.password is not None:
            environment["PGPASSWORD"] = str(self._url.password)
        return url.render_as_string(hide_password=False), environment

    async def close(self) -> None:
        await self._opening.landed()
        await self._engine.dispose()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OutOfDate as error:
            raise SourceMisconfigured(self._system, str(error)) from error
        except TimeoutError:  # an OSError too
            raise
        except (SQLAlchemyError, OSError) as error:
            raise _failure(self._system, error) from error

    async def _make_file(self) -> None:
        if self.is_sqlite and self._url.database and self._url.database != ":memory:":
            await asyncio.to_thread(_make_file, Path(self._url.database))

    async def _prepare(self) -> None:
        await self._make_file()
        async with self._writing.begin() as connection:
            await connection.run_sync(migrate, only_check=not self._settings.migrate)
        self._open = True


def _make_file(path: Path) -> None:
    """With its folder, for the user of this process alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _failure(system: str, error: SQLAlchemyError | OSError) -> ConnectorError:
    # The driver's own words, without the statement and its parameters, which are someone's data.
    words = str(error.orig) if isinstance(error, DBAPIError) else repr(error)
    if isinstance(error, IntegrityError):
        return SourceConflict(system, "has such an entry already", detail=words)
    if "locked" in words or "busy" in words:
        return SourceUnreachable(system, "is locked by another process", detail=words)
    if "password authentication failed" in words or ("does not exist" in words and isinstance(error, OSError)):
        return SourceMisconfigured(system, "does not let us in", detail=words)
    if isinstance(error, OSError | OperationalError | InterfaceError):
        return SourceUnreachable(system, "can't be opened, read or written", detail=words)
    if "not a database" in words:
        return SourceMisconfigured(system, "is not a database", detail=words)
    return SourceFailed(system, "failed", detail=words)
