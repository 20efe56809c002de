"""A gateway that lets people sign in at an organisation's provider, and a real provider from npm."""

import re
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from starlette.applications import Starlette

from auth.passwords import Passwords
from connectors.people_ports import People
from fixtures.simulators.server import url_of
from gateway.app import create_app
from gateway.identity.service import IdentityService
from gateway.settings import Identity, Server, Settings
from tests.node_packages import installed
from tests.peopled_stores import PeopledStores
from tests.portal import CHEAP, Systems, addresses_of, settings_for
from tests.served import NO_TLS, served

CLIENT_SECRET = "portal-secret:+%"
PROVIDER = Path(__file__).with_name("provider")


@contextmanager
def provided(port: int, gateway: str) -> Iterator[str]:
    """The provider on that port, for the block; its name."""
    process = subprocess.Popen(  # noqa: S603  # the tests' own program
        ["node", "server.mjs", str(port), gateway],  # noqa: S607  # as the machine has it
        cwd=installed(PROVIDER),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "ready"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Browser:
    """Follows redirects among sites on this machine, keeps each site's cookies (the Secure ones too, as browsers do
    on 127.0.0.1), and sends a page's forms."""

    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)

    async def open(self, address: str, form: dict[str, str] | None = None) -> httpx.Response:
        """The page that the address leads to in the end."""
        while True:
            self.visited.append(address)
            answer = await self.send("GET" if form is None else "POST", address, data=form)
            form = None
            if not answer.is_redirect:
                return answer
            address = urljoin(address, answer.headers["location"])

    async def send(self, method: str, address: str, **options: Any) -> httpx.Response:  # Any: httpx's own
        url = urlsplit(address)
        origin = f"{url.scheme}://{url.netloc}"
        jar = self.cookies.setdefault(origin, {})
        headers = {"origin": origin, "cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
        async with httpx.AsyncClient(trust_env=False, timeout=20, verify=NO_TLS) as client:
            answer = await client.request(method, address, headers=headers, **options)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value, _, attributes = rest.partition(";")
            jar[name] = value
            if not value or "max-age=0" in attributes.lower():
                del jar[name]
        return answer

    async def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Send the page's form with these fields beside the hidden ones."""
        action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
        assert action is not None, page.text
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        return await self.open(urljoin(str(page.url), unescape(action[1])), {**hidden, **fields})


@dataclass
class House:
    """A gateway that is served, and knows one provider."""

    app: Starlette
    origin: str
    issuer: str

    @property
    def people(self) -> People:
        identity: IdentityService = self.app.state.gateway.identity
        return identity.people

    async def viewer(self, browser: Browser) -> dict[str, Any] | None:
        """Whom the graph takes the browser for; None for nobody."""
        query = {"query": "{ viewer { email access sessions { atOrganisation } } }"}
        answer = await browser.send("POST", f"{self.origin}/graphql", json=query)
        if answer.status_code == 401:
            return None
        found: dict[str, Any] = answer.json()["data"]["viewer"]
        return found


MakeHouse = Callable[..., Awaitable[House]]


@pytest_asyncio.fixture
async def house_at(
    _story_systems: Systems, peopled_stores: PeopledStores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MakeHouse]:
    """Makes a gateway: `await house_at(listener, issuer, client_secret=…)`; further settings are of `sign_in`."""
    monkeypatch.setattr(Passwords.__init__, "__defaults__", (CHEAP,))
    async with AsyncExitStack() as stack:

        async def make(listener: socket.socket, issuer: str, **changes: object) -> House:
            origin = url_of(listener)
            await peopled_stores.put(tmp_path / "portal.db", "https://nowhere.example")
            app = create_app(_settings(_story_systems, tmp_path, origin, issuer, changes))
            stack.push_async_callback(app.state.gateway.close)
            await stack.enter_async_context(served(app, listener))
            return House(app, origin, issuer)

        yield make


def _settings(systems: Systems, folder: Path, origin: str, issuer: str, changes: Mapping[str, object]) -> Settings:
    addresses = addresses_of(systems, issuer)
    settings = settings_for(addresses, store=folder / "portal.db", mail=folder / "mail")
    provider: dict[str, object] = {
        "issuer": issuer,
        "algorithms": ["ES256"],
        "people": "store",
        "email_domains": ["north.example"],
        "timeout": 2.0,
        "sign_in": {"client_id": "portal", "client_secret": SecretStr(CLIENT_SECRET), "title": "North", **changes},
    }
    identity: dict[str, object] = {"issuers": [provider], "secret": settings.identity.secret, "provider": {}}
    server = Server.model_validate(settings.server.model_dump() | {"public_url": origin})
    return replace(settings, identity=Identity.model_validate(identity), server=server)
