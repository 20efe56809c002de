"""An org with a small installed base, and connectors to it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from connectors.systems.salesforce_installed_base.connector import SalesforceInstalledBase
from connectors.systems.salesforce_installed_base.settings import SalesforceSettings
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.salesforce_installed_base import create_app, salesforce_id
from fixtures.simulators.server import running
from fixtures.world.generator import generate
from fixtures.world.model import World

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

Connect = Callable[..., Awaitable[SalesforceInstalledBase]]


@dataclass
class Org:
    world: World
    url: str
    conduct: Conduct
    app: Starlette

    def account(self, key: str) -> str:
        return salesforce_id("001", key)

    def location(self, key: str) -> str:
        return salesforce_id("a0S", key)

    def asset(self, key: str) -> str:
        return salesforce_id("a0P", key)


@pytest.fixture(scope="session")
def serving() -> Iterator[Org]:
    world, conduct = generate(700, today=TODAY), Conduct()
    app = create_app(world, conduct, page_size=200)
    with running(app) as url:
        yield Org(world, url, conduct, app)


@pytest.fixture
def org(serving: Org) -> Org:
    """The org, behaving, with no calls counted."""
    serving.conduct.behave()
    return serving


def org_settings(url: str, **changed: object) -> SalesforceSettings:
    told = {"url": url, "client_id": "portal-demo", "client_secret": SecretStr("portal-demo-secret")}
    told |= {"text_order": True, **changed}
    return SalesforceSettings.model_validate(told)


@pytest.fixture
async def connect(org: Org) -> AsyncIterator[Connect]:
    """Makes connectors: `await connect(page_size=…, url=…)`, signed in already unless it is told otherwise."""
    made: list[SalesforceInstalledBase] = []

    async def connected(*, signed_in: bool = True, url: str = org.url, **changed: object) -> SalesforceInstalledBase:
        connector = SalesforceInstalledBase("crm", org_settings(url, **changed), lambda: NOW)
        made.append(connector)
        if signed_in:
            await connector.ping()
            org.conduct.behave()
        return connector

    yield connected
    for connector in made:
        await connector.close()


@pytest.fixture
async def crm(connect: Connect) -> SalesforceInstalledBase:
    """A connector with the default settings that has signed in."""
    return await connect()
