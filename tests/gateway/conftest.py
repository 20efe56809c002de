"""The gateway as an application, over the story's simulators and a provider of tokens."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog
from starlette.applications import Starlette

from auth.passwords import Passwords
from fixtures.document_library import write_library
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.openid_provider import DemoIssuer
from fixtures.simulators.openid_provider import create_app as create_provider
from fixtures.simulators.server import running
from fixtures.world.model import World
from gateway.app import create_app
from gateway.demo.seeding import seed
from gateway.demo.settings import files_of
from gateway.logging import QUIET
from gateway.settings import DeliverySettings, Server, Settings
from tests.peopled_stores import PeopledStores
from tests.portal import CHEAP, Systems, addresses_of, settings_for, simulated

AppOf = Callable[..., Starlette]


@pytest.fixture(scope="session")
def issuer(story: World) -> Iterator[DemoIssuer]:
    made = DemoIssuer("", algorithm="ES256")
    with running(create_provider(story.personas, conduct=Conduct(), issuer=made)) as url:
        made.url = url
        yield made


@pytest.fixture(scope="session")
def settings(_story_systems: Systems, issuer: DemoIssuer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    addresses = addresses_of(_story_systems, issuer.url)
    store: Path = tmp_path_factory.mktemp("gateway") / "portal.db"
    return settings_for(addresses, store=store)


@pytest_asyncio.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[Starlette]:
    made = create_app(settings)
    yield made
    await made.state.gateway.close()


@pytest_asyncio.fixture
async def app_with(settings: Settings) -> AsyncIterator[AppOf]:
    """Makes further applications over the same systems: `app_with(introspection=False)` changes `[server]`."""
    made = []

    def make(**server: object) -> Starlette:
        changed = replace(settings, server=Server.model_validate(settings.server.model_dump() | server))
        made.append(create_app(changed))
        return made[-1]

    yield make
    for each in made:
        await each.state.gateway.close()


def asking(apps: Sequence[Starlette], bearer: Callable[[str], dict[str, str]]) -> Callable[..., Any]:
    """`await ask(query, gateway=1, who=…, **variables)`: the data of an answer without errors."""

    async def ask(query: str, *, gateway: int = 0, who: str = "user@north.example", **variables: Any) -> Any:
        async with client_of(apps[gateway]) as client:
            content = {"query": query, "variables": variables}
            answer = await client.post("/graphql", json=content, headers=bearer(who))
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    return ask


@pytest.fixture
def asked(standing: list[Starlette], bearer: Callable[[str], dict[str, str]], systems: Systems) -> Callable[..., Any]:
    """As `ask` of `asking`, over the gateways that stand."""
    return asking(standing, bearer)


def client_of(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal.test")


@pytest_asyncio.fixture
async def client(app: Starlette, systems: Systems) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody yet: `headers=bearer("reader@north.example")` says who asks."""
    async with client_of(app) as made:
        yield made


@pytest.fixture(scope="session")
def bearer(story: World, issuer: DemoIssuer) -> Callable[[str], dict[str, str]]:
    personas = {persona.name: persona for persona in story.personas}

    def headers(name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {issuer.token_for(personas[name])}"}

    return headers


@pytest.fixture
def logging_kept() -> Iterator[None]:
    """For tests that configure the process's logging: it is as before when they end."""
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    levels = {name: logging.getLogger(name).level for name in QUIET}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**config)
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)


@pytest.fixture
def own_systems(story: World) -> Iterator[Systems]:
    """Simulators that this test alone writes to."""
    with simulated(story) as systems:
        yield systems


@pytest.fixture(scope="session")
def peopled_stores(story: World, _story_systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> PeopledStores:
    return PeopledStores(story, _story_systems, tmp_path_factory.mktemp("peopled"))


@pytest_asyncio.fixture(scope="session")
async def standing(
    _story_systems: Systems,
    issuer: DemoIssuer,
    story: World,
    peopled_stores: PeopledStores,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[list[Starlette]]:
    """Two gateways for tests that only read: with the story's people, its documents and names, and a filled index."""
    folder = tmp_path_factory.mktemp("standing")
    addresses = addresses_of(_story_systems, issuer.url)
    store = folder / "portal.db"
    settings = settings_for(addresses, store=store, mail=folder / "mail", cache={"enabled": True})
    write_library(files_of(store) / "documents", story)
    await peopled_stores.put(store, issuer.url)
    apps = [create_app(settings) for _ in range(2)]
    gateway = apps[0].state.gateway
    await seed(gateway.sources, story)
    await gateway.indexing.rebuild()
    yield apps
    for app in apps:
        await app.state.gateway.close()


@pytest_asyncio.fixture
async def gateways(
    own_systems: Systems,
    issuer: DemoIssuer,
    peopled_stores: PeopledStores,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[list[Starlette]]:
    """Two over one store, each with a cache of its own."""
    monkeypatch.setattr(Passwords.__init__, "__defaults__", (CHEAP,))
    addresses = addresses_of(own_systems, issuer.url)
    settings = settings_for(addresses, store=tmp_path / "portal.db", mail=tmp_path / "mail", cache={"enabled": True})
    sap = settings.systems["sap"]
    told: Any = sap.settings  # Any: the connector's own settings
    lacking = {code: value for code, value in told.priorities.items() if code != "5"}
    settings = replace(
        settings,
        deliveries=DeliverySettings.model_validate({"patience": 15, "settle": 1}),
        systems={
            **settings.systems,
            "sap": replace(sap, settings=told.model_copy(update={"timeout": 3.0, "priorities": lacking})),
        },
    )
    await peopled_stores.put(tmp_path / "portal.db", issuer.url)
    apps = [create_app(settings) for _ in range(2)]
    yield apps
    for app in apps:
        await app.state.gateway.close()
