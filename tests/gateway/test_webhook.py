"""What the CRM tells of its changes counts at once, and nobody else tells anything (F18)."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from starlette.applications import Starlette

from connectors.changes import CaseEvent
from connectors.queries import AccountScope, InstalledProductQuery
from fixtures.simulators.openid_provider import DemoIssuer
from gateway.app import create_app
from gateway.settings import LiveSettings
from tests.databases import sqlite_store
from tests.gateway.conftest import client_of
from tests.portal import Systems, addresses_of, settings_for

pytestmark = pytest.mark.rule("F18")

SECRET = "a secret of thirty-two characters"
MANAGER = "manager@north.example"
ASSET = '{ installedProduct(assetId: "10000003") { id } }'
PRODUCT = "SVMXC__Installed_Product__c"


@pytest_asyncio.fixture
async def app(own_systems: Systems, issuer: DemoIssuer, tmp_path: Path) -> AsyncIterator[Starlette]:
    addresses = addresses_of(own_systems, issuer.url)
    await sqlite_store(tmp_path / "portal.db")
    settings = settings_for(addresses, store=tmp_path / "portal.db", cache={"enabled": True})
    live = LiveSettings.model_validate({"webhook_secret": SecretStr(SECRET)})
    made = create_app(replace(settings, live=live))
    yield made
    await made.state.gateway.close()


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    moment = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-portal-signature": f"t={moment},v1={digest}"}


def notice(*changes: tuple[str, str]) -> bytes:
    return json.dumps({"changes": [{"object": name, "id": key} for name, key in changes]}).encode()


async def tell(
    app: Starlette, body: bytes, headers: dict[str, str] | None = None, system: str = "crm"
) -> httpx.Response:
    async with client_of(app) as client:
        told = signed(body) if headers is None else headers
        return await client.post(f"/webhooks/{system}", content=body, headers=told)


async def crm_calls(app: Starlette, own_systems: Systems, headers: dict[str, str]) -> int:
    """How many calls the same question costs now."""
    own_systems.behave()
    async with client_of(app) as client:
        answer = await client.post("/graphql", json={"query": ASSET}, headers=headers)
    assert "errors" not in answer.json()
    return own_systems.calls().get("crm", 0)


async def test_rows_from_before_are_not_shown_any_more(
    app: Starlette, own_systems: Systems, bearer: Callable[[str], dict[str, str]]
) -> None:
    headers = bearer(MANAGER)
    first = await crm_calls(app, own_systems, headers)
    assert await crm_calls(app, own_systems, headers) == 0 < first
    for changed in ((PRODUCT, "a0X0"), ("Account", "0010")):
        assert (await tell(app, notice(changed))).status_code == 204
        assert await crm_calls(app, own_systems, headers) > 0
        assert await crm_calls(app, own_systems, headers) == 0
    assert (await tell(app, notice(("Opportunity", "0060")))).status_code == 204
    assert await crm_calls(app, own_systems, headers) == 0


async def test_subscribers_are_told_of_the_equipment(app: Starlette, bearer: Callable[[str], dict[str, str]]) -> None:
    gateway = app.state.gateway
    query = InstalledProductQuery(scope=AccountScope(unrestricted=True), asset_ids=("10000003",))
    (asset,) = (await gateway.sources.installed_base.installed_products(query)).rows
    with gateway.live.feed.listening() as listening:
        events = listening.events()
        assert (await tell(app, notice((PRODUCT, asset.id), (PRODUCT, "a0Xunknown")))).status_code == 204
        async with asyncio.timeout(5):
            assert await anext(events) == CaseEvent(asset_id="10000003")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-portal-signature": "t=1,v1=" + "0" * 64},
        {"x-portal-signature": "nonsense"},
        signed(notice(), at=0),
        signed(b"another body"),
        signed(notice(("Account", "1")), secret="another secret of thirty-two characters"),
    ],
)
async def test_who_has_not_signed_it_tells_nothing(
    app: Starlette, own_systems: Systems, bearer: Callable[[str], dict[str, str]], headers: dict[str, str]
) -> None:
    await crm_calls(app, own_systems, bearer(MANAGER))
    answer = await tell(app, notice(("Account", "1")), headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert await crm_calls(app, own_systems, bearer(MANAGER)) == 0


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_an_old_notice_and_one_from_the_future_are_refused(app: Starlette, minutes: int) -> None:
    body = notice(("Account", "1"))
    assert (await tell(app, body, signed(body, at=time.time() + minutes * 60))).status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"changes": 1}', b'{"changes": [{"object": 1}]}', b"\xff", b"x" * 300_000]
)
async def test_what_is_no_notice_is_told_so(app: Starlette, body: bytes) -> None:
    assert (await tell(app, body)).status_code in (400, 413)


async def test_nobody_is_listened_to_without_a_secret_or_under_another_name(
    app: Starlette, gateways: list[Starlette]
) -> None:
    assert (await tell(app, notice(), system="sap")).status_code == 404
    assert (await tell(gateways[0], notice())).status_code == 404
