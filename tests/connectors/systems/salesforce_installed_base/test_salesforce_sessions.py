"""Signing in: once for all, again when the session ends, and never in a loop."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.errors import SourceMisanswered, SourceMisconfigured
from connectors.queries import AccountQuery, AccountScope
from connectors.systems.salesforce_installed_base.connector import SalesforceInstalledBase
from connectors.systems.salesforce_installed_base.settings import SalesforceSettings
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.salesforce_installed_base import create_app
from fixtures.simulators.server import running

ACCOUNTS = AccountQuery(scope=AccountScope(unrestricted=True))
Org = Any  # conftest's: a conftest is no module to import from
Connect = Callable[..., Awaitable[SalesforceInstalledBase]]


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


async def test_all_who_wait_share_one_sign_in(connect: Connect, org: Org) -> None:
    crm = await connect(signed_in=False)
    await asyncio.gather(*(crm.accounts(ACCOUNTS) for _ in range(5)))
    assert org.conduct.operations().count("token") == 1


async def test_an_ended_session_is_renewed_once_for_all_and_the_calls_repeated(
    crm: SalesforceInstalledBase, org: Org
) -> None:
    org.app.state.sessions.expire_all()
    answers = await asyncio.gather(*(crm.accounts(ACCOUNTS) for _ in range(5)))
    assert all(len(answer.rows) == len(org.world.accounts) for answer in answers)
    assert org.conduct.operations().count("token") == 1


async def test_a_session_that_is_refused_at_once_is_not_renewed_for_ever(connect: Connect, org: Org) -> None:
    crm = await connect()
    org.conduct.misbehave(fail=401, path="query")
    with pytest.raises(SourceMisconfigured, match="session"):
        await crm.accounts(ACCOUNTS)
    assert len(org.conduct.calls) == 3  # the call, one sign-in, the call again


async def test_a_wrong_secret_is_a_wrong_setting_that_tells_no_secret(connect: Connect) -> None:
    crm = await connect(signed_in=False, client_secret=SecretStr("wrong-secret"))
    with pytest.raises(SourceMisconfigured) as refused:
        await crm.accounts(ACCOUNTS)
    assert "sign-in" in refused.value.message
    assert "invalid_client" in refused.value.detail
    assert "wrong-secret" not in str(refused.value)


async def test_a_key_signs_in_by_assertion(org: Org, connect: Connect, key: RSAKey) -> None:
    public = key.as_pem(private=False).decode()
    with running(create_app(org.world, Conduct(), client_id="signer", jwt_public_key_pem=public)) as url:
        crm = await connect(
            url=url,
            client_id="signer",
            client_secret=None,
            private_key=SecretStr(key.as_pem(private=True).decode()),
            username="gateway@example.com",
        )
        assert (await crm.accounts(ACCOUNTS)).rows


async def test_a_key_that_is_none_is_a_wrong_setting(connect: Connect) -> None:
    crm = await connect(signed_in=False, client_secret=None, private_key=SecretStr("no key"), username="a@example.com")
    with pytest.raises(SourceMisconfigured, match="private_key"):
        await crm.ping()


@pytest.mark.parametrize(
    "grant",
    [
        {},
        {"client_secret": SecretStr("a"), "private_key": SecretStr("b"), "username": "u"},
        {"private_key": SecretStr("b")},
    ],
)
def test_there_is_one_way_to_sign_in(grant: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="private_key"):
        SalesforceSettings.model_validate({"url": "https://crm.example.com", "client_id": "x", **grant})


class Login:
    """Only a token endpoint, which names `instance_url` as the place to call."""

    def __init__(self) -> None:
        self.instance_url: object = None
        self.asked: list[str] = []

    async def token(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return JSONResponse({"access_token": "secret-token", "instance_url": self.instance_url})

    async def anything(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return JSONResponse({"totalSize": 0, "done": True, "records": []})


@pytest.fixture(scope="module")
def login_served() -> Iterator[tuple[Login, str]]:
    login = Login()
    routes = [
        Route("/services/oauth2/token", login.token, methods=["POST"]),
        Route("/{path:path}", login.anything, methods=["GET", "POST"]),
    ]
    with running(Starlette(routes=routes)) as url:
        yield login, url


@pytest.fixture
def login(login_served: tuple[Login, str]) -> tuple[Login, str]:
    login_served[0].asked.clear()
    return login_served


async def test_calls_go_to_the_instance_that_the_sign_in_answered(login: tuple[Login, str], connect: Connect) -> None:
    with running(Starlette(routes=[Route("/{path:path}", Login().anything)])) as instance:
        login[0].instance_url = instance
        crm = await connect(url=login[1])
        await crm.ping()
    assert login[0].asked == ["/services/oauth2/token"]


async def test_a_deployment_can_stay_with_its_own_address(login: tuple[Login, str], connect: Connect) -> None:
    login[0].instance_url = "https://internal.example.com"
    crm = await connect(url=login[1], trust_instance_url=False)
    assert (await crm.accounts(ACCOUNTS)).rows == ()
    assert login[0].asked[-1] == "/services/data/v62.0/query"


@pytest.mark.parametrize(
    "instance", ["http://elsewhere.example.com", "ftp://127.0.0.1", "//x", "http://a@127.0.0.1", "http://[", "/path", 5]
)
async def test_an_instance_that_would_carry_the_token_away_is_refused(
    login: tuple[Login, str], connect: Connect, instance: object
) -> None:
    login[0].instance_url = instance
    crm = await connect(url=login[1], signed_in=False)
    with pytest.raises(SourceMisanswered) as refused:
        await crm.ping()
    assert "secret-token" not in str(refused.value)
    assert login[0].asked == ["/services/oauth2/token"]
