"""Front ends and partners, as the built-in provider meets them."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from connectors.people import AuditAction, AuditEvent
from tests.gateway.identity.peopled import ORIGIN, Peopled

CALLBACK = "https://web.example/callback?from=portal"
SCOPES = "openid profile email offline_access portal"
VIEWER = "{ viewer { email role permissions } }"
EVENT = AuditEvent(action=AuditAction.CLIENT_ADDED)


class Asked:
    """What a front end sends people to, and what came of it."""

    def __init__(self, **changes: str) -> None:
        self.verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        usual = {
            "response_type": "code",
            "client_id": "web",
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "state": "a state",
            "nonce": "a nonce",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        self.parameters = {name: value for name, value in (usual | changes).items() if value}

    @property
    def address(self) -> str:
        return f"/oauth/authorize?{urlencode(self.parameters)}"


def sent(answer: httpx.Response) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def tokens(web: Peopled, who: str = "manager@north.example", **changes: str) -> dict[str, Any]:
    asked = Asked(**changes)
    browser = await web.signed_in(who)
    code = sent(await browser.get(asked.address))["code"]
    answer = await redeem(web, code, asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def redeem(web: Peopled, code: str, asked: Asked, /, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": "web",
        "code_verifier": asked.verifier,
    }
    return await token_endpoint(web, **form | changes)


async def token_endpoint(web: Peopled, **form: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web.app), base_url=ORIGIN) as client:
        return await client.post("/oauth/token", data={name: value for name, value in form.items() if value})


async def viewer(web: Peopled, access_token: str) -> dict[str, Any] | None:
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(web.app),
        base_url=ORIGIN,
        headers={"authorization": f"Bearer {access_token}"},
    )
    answer = await client.post("/graphql", json={"query": VIEWER})
    if answer.status_code == 401:
        return None
    found: dict[str, Any] = answer.json()["data"]["viewer"]
    return found
