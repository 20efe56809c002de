"""A gateway with the story's people, and browsers that ask it."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from connectors.people import User
from fixtures.simulators.openid_provider import DemoIssuer, subject_of
from fixtures.world.model import Persona
from gateway.demo.people import PASSWORD
from gateway.identity.service import IdentityService
from gateway.identity.sessions import COOKIE
from gateway.wiring import Gateway

ORIGIN = "https://portal.test"


@dataclass
class Peopled:
    """A gateway with the story's people, who all have the demo's password."""

    app: Starlette
    mail: Path
    personas: dict[str, Persona]
    issuer: DemoIssuer

    @property
    def gateway(self) -> Gateway:
        gateway: Gateway = self.app.state.gateway
        return gateway

    @property
    def identity(self) -> IdentityService:
        assert self.gateway.identity is not None
        return self.gateway.identity

    def browser(self, **headers: str) -> httpx.AsyncClient:
        """A browser that shows a page of ours: it keeps cookies, and tells its origin."""
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN, **headers})

    async def signed_in(self, name: str, password: str = PASSWORD, **headers: str) -> httpx.AsyncClient:
        browser = self.browser(**headers)
        answer = await browser.post("/sign-in", data={"name": name, "password": password})
        assert answer.status_code == 303, answer.text
        assert COOKIE in browser.cookies
        return browser

    def bearer(self, name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.issuer.token_for(self.personas[name])}"}

    async def user(self, name: str) -> User:
        key = subject_of(self.personas[name])
        return (await self.identity.people.users.by_id([key]))[key]

    def id_of(self, name: str) -> str:
        return subject_of(self.personas[name])

    async def mails(self, to: str) -> list[str]:
        """The texts of the mails to an address, the oldest first."""
        await self.identity.outbox.deliver_due()
        found = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(self.mail.glob("*.eml"))]
        return [mail.get_body(("plain",)).get_content() for mail in found if mail["to"] == to]  # type: ignore[union-attr]  # every mail has one

    async def link(self, to: str) -> str:
        """The path of the link in the newest mail to an address."""
        found = re.search(rf"{re.escape(self.gateway.settings.server.address)}(/\S+)", (await self.mails(to))[-1])
        assert found is not None
        return found[1]


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> Any:  # Any: JSON
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert "errors" not in content, content
    return content["data"]
