"""The gateway with people of its own: the story's, in a store that each test has for itself."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from auth.passwords import Passwords
from connectors.digests import digest_of
from connectors.people import AuditAction, AuditEvent, Client
from fixtures.simulators.openid_provider import DemoIssuer
from fixtures.world.model import World
from gateway.app import create_app
from gateway.settings import Server, Settings
from tests.gateway.identity.peopled import ORIGIN, Peopled
from tests.gateway.identity.relying_party import CALLBACK, SCOPES
from tests.peopled_stores import PeopledStores
from tests.portal import CHEAP, Systems, addresses_of, settings_for


@pytest.fixture
def people_settings(_story_systems: Systems, issuer: DemoIssuer, tmp_path: Path) -> Callable[..., Settings]:
    """Settings over the story's systems; `store` is another database's address."""
    addresses = addresses_of(_story_systems, issuer.url)

    def made(**server: object) -> Settings:
        found = settings_for(addresses, store=tmp_path / "portal.db", mail=tmp_path / "mail", cache={"enabled": True})
        changed = Server.model_validate(found.server.model_dump() | {"public_url": ORIGIN, **server})
        return replace(found, server=changed)

    return made


@pytest_asyncio.fixture
async def peopled(
    people_settings: Callable[..., Settings],
    story: World,
    issuer: DemoIssuer,
    systems: Systems,
    peopled_stores: PeopledStores,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Peopled]:
    monkeypatch.setattr(Passwords.__init__, "__defaults__", (CHEAP,))
    await peopled_stores.put(tmp_path / "portal.db", issuer.url)
    app = create_app(people_settings())
    yield Peopled(app, tmp_path / "mail", {persona.name: persona for persona in story.personas}, issuer)
    await app.state.gateway.close()


@pytest_asyncio.fixture
async def web(peopled: Peopled) -> AsyncIterator[Peopled]:
    """With a front end among its clients, a second one, and one that may introspect."""
    now, clients = peopled.gateway.clock(), peopled.identity.people.clients
    front = Client(
        id="web",
        name="Web",
        redirect_uris=(CALLBACK,),
        logout_uris=("https://web.example/bye",),
        scopes=frozenset(SCOPES.split()),
        created_at=now,
    )
    other = Client(
        id="other",
        name="Other",
        secret_digest=digest_of("other's secret"),
        redirect_uris=("https://other.example/",),
        scopes=frozenset(SCOPES.split()),
        created_at=now,
    )
    watcher = Client(
        id="watcher",
        name="Watcher",
        secret_digest=digest_of("watcher's secret"),
        scopes=frozenset({"introspect"}),
        created_at=now,
    )
    for client in (front, other, watcher):
        await clients.add(client, AuditEvent(action=AuditAction.CLIENT_ADDED))
    yield peopled
