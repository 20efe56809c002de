"""A simulated SAP system over the story, and connectors to it or to servers that are odder than it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.queries import AccountScope
from connectors.systems.sap_service_orders.connector import SapServiceOrders
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.sap_service_orders.app import create_app
from fixtures.simulators.server import running
from fixtures.world.generator import generate
from fixtures.world.model import World

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

Connect = Callable[..., SapServiceOrders]
Handler = Callable[[Request], Awaitable[Response]]
Odd = Callable[..., SapServiceOrders]


@dataclass
class Sap:
    """The system as a test sees it: what it holds, what it was asked."""

    world: World
    url: str
    conduct: Conduct
    app: Starlette


@pytest.fixture(scope="session")
def serving() -> Iterator[Sap]:
    world, conduct = generate(60, today=TODAY), Conduct()
    app = create_app(world, conduct)
    with running(app) as url:
        yield Sap(world, url, conduct, app)


@pytest.fixture
def sap(serving: Sap) -> Sap:
    """The system, behaving, with no calls counted."""
    serving.conduct.behave()
    return serving


@pytest.fixture
def everyone() -> AccountScope:
    return AccountScope(unrestricted=True)


@pytest.fixture
async def connect(serving: Sap) -> AsyncIterator[Connect]:
    """Makes connectors: `connect(use_batch=False, url=…)`."""
    made: list[SapServiceOrders] = []

    def connected(**changed: object) -> SapServiceOrders:
        told = {"url": serving.url, "user": "PORTAL", "password": SecretStr("portal-demo"), **changed}
        connector = SapServiceOrders("sap", SapServiceOrdersSettings.model_validate(told), lambda: NOW)
        made.append(connector)
        return connector

    yield connected
    for connector in made:
        await connector.close()


@pytest.fixture
def odd(connect: Connect) -> Iterator[Odd]:
    """A connector to a server that answers by a function: `odd(handler, use_batch=False)`."""
    with ExitStack() as servers:

        def connected(handler: Handler, **changed: object) -> SapServiceOrders:
            app = Starlette(routes=[Route("/{path:path}", handler, methods=["GET", "POST", "PATCH"])])
            return connect(url=servers.enter_context(running(app)), **changed)

        yield connected
