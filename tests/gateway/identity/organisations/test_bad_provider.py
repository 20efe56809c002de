"""A provider that answers what none should: nobody is signed in, and the page tells nothing of why."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import pytest_asyncio
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from connectors.people import AuditAction, AuditEvent, Identity
from fixtures.simulators.server import listen, running, url_of
from tests.gateway.identity.organisations.conftest import Browser, House, MakeHouse

EVENT = AuditEvent(action=AuditAction.IDENTITY_LINKED)
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


def unsigned(header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join([*parts, ""])


@dataclass
class BadProvider:
    """Signs whatever it is told to sign, or answers something else."""

    url: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True))
    metadata: dict[str, object] = field(default_factory=dict)
    claims: dict[str, object] = field(default_factory=dict)
    token: Callable[[dict[str, object]], str] | None = None
    answer: Callable[[], Response] | None = None
    slow: float = 0.0
    nonce: str = ""

    def token_of(self, **changes: object) -> str:
        now = int(time.time())
        usual: dict[str, object] = {
            "iss": self.url,
            "aud": "portal",
            "sub": "manager",
            "iat": now,
            "exp": now + 60,
            "nonce": self.nonce,
        }
        claims = {name: value for name, value in (usual | self.claims | changes).items() if value is not None}
        if self.token is not None:
            return self.token(claims)
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key, algorithms=["ES256"])

    def app(self) -> Starlette:
        async def discovery(_: Request) -> Response:
            found = {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
            }
            return JSONResponse(found | self.metadata)

        async def jwks(_: Request) -> Response:
            return JSONResponse({"keys": [self.key.as_dict(private=False)]})

        async def token(_: Request) -> Response:
            await asyncio.sleep(self.slow)
            return self.answer() if self.answer is not None else JSONResponse({"id_token": self.token_of()})

        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", discovery),
                Route("/jwks", jwks),
                Route("/token", token, methods=["POST"]),
            ]
        )


@pytest_asyncio.fixture
async def bad() -> AsyncIterator[BadProvider]:
    provider = BadProvider()
    with running(provider.app()) as provider.url:
        yield provider


@pytest_asyncio.fixture
async def house(house_at: MakeHouse, bad: BadProvider) -> House:
    listener = listen()
    assert url_of(listener)
    made = await house_at(listener, bad.url)
    user = await made.people.users.by_email("manager@north.example")
    assert user is not None
    await made.people.users.link(user.id, Identity(bad.url, "manager"), EVENT)
    return made


async def come_back(house: House, bad: BadProvider, **changes: str) -> tuple[Browser, Any]:
    """To the provider, which sends back at once; `changes` are of what it sends. Any: the page's status and text."""
    browser = Browser()
    leaving = await browser.send("GET", f"{house.origin}/sign-in/with/1?next=/sessions")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(leaving.headers["location"]).query).items()}
    bad.nonce = asked["nonce"]
    given = {"state": asked["state"], "code": "a code"} | changes
    answer = await browser.open(f"{asked['redirect_uri']}?{urlencode({k: v for k, v in given.items() if v})}")
    return browser, (answer.status_code, answer.text)


async def test_one_that_answers_as_it_should_signs_in(house: House, bad: BadProvider) -> None:
    browser, _ = await come_back(house, bad)
    assert await house.viewer(browser) is not None


def with_other_key(claims: dict[str, object]) -> str:
    other = ECKey.generate_key("P-256", auto_kid=True)
    return jwt.encode({"alg": "ES256"}, claims, other, algorithms=["ES256"])


def with_secret(claims: dict[str, object]) -> str:
    secret = OctKey.import_key("portal-secret:+%" * 4)
    registry = jws.JWSRegistry(algorithms=["HS256"], strict_check_header=False)
    return jws.serialize_compact({"alg": "HS256"}, json.dumps(claims), secret, registry=registry)


def without_signature(claims: dict[str, object]) -> str:
    return unsigned({"alg": "none"}, claims)


def as_access_token(claims: dict[str, object]) -> str:
    return unsigned({"alg": "ES256", "typ": "at+jwt"}, claims)


FAULTS: dict[str, dict[str, Any]] = {
    "for another": {"claims": {"aud": "another"}},
    "for others": {"claims": {"aud": ["another", "x"]}},
    "for us and others": {"claims": {"aud": ["portal", "another"]}},
    "given to another": {"claims": {"azp": "another"}},
    "for nobody": {"claims": {"aud": None}},
    "of another sign-in": {"claims": {"nonce": "another"}},
    "of no sign-in": {"claims": {"nonce": None}},
    "of another provider": {"claims": {"iss": "https://another.example"}},
    "over": {"claims": {"exp": 1}},
    "without end": {"claims": {"exp": None}},
    "of tomorrow": {"claims": {"iat": 4_000_000_000}},
    "about nobody": {"claims": {"sub": None}},
    "about an empty name": {"claims": {"sub": ""}},
    "about several": {"claims": {"sub": ["manager"]}},
    "signed by another": {"token": with_other_key},
    "signed with our secret": {"token": with_secret},
    "unsigned": {"token": without_signature},
    "an access token": {"token": as_access_token},
    "no token": {"token": lambda claims: "nonsense"},
    "an endless token": {"token": lambda claims: "x." * 20_000},
    "a refusal": {"answer": lambda: JSONResponse({"error": "invalid_grant"}, 400)},
    "no id token": {"answer": lambda: JSONResponse({"access_token": "x"})},
    "a list": {"answer": lambda: JSONResponse(["id_token"])},
    "a page": {"answer": lambda: Response("<html>Sign in</html>", media_type="text/html")},
    "no text": {"answer": lambda: Response(b"\xff\xfe")},
    "megabytes": {"answer": lambda: Response(b" " * 2_000_000)},
    "elsewhere": {"answer": lambda: Response(status_code=302, headers={"location": "https://another.example"})},
    "a failure": {"answer": lambda: Response(status_code=500)},
    "nothing in time": {"slow": 5.0},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_whatever_is_wrong_with_its_answer_nobody_is_signed_in(
    house: House, bad: BadProvider, fault: dict[str, Any]
) -> None:
    for name, value in fault.items():
        setattr(bad, name, value)
    with capture_logs() as logs:
        browser, (status, text) = await come_back(house, bad)
    assert status in (403, 503)
    assert "did not sign you in" in text or "does not answer" in text
    assert await house.viewer(browser) is None
    told = repr(logs)
    assert "identity.sign_in_refused" in told or "identity.organisation_unavailable" in told
    assert "eyJ" not in told, "no token is logged"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "another"},
        {"state": ""},
        {"code": ""},
        {"iss": "https://another.example"},
        {"code": "", "error": "access_denied"},
        {"error": "<script>alert(1)</script>"},
    ],
    ids=str,
)
async def test_whatever_is_wrong_with_the_way_back_nobody_is_signed_in(
    house: House, bad: BadProvider, changes: dict[str, str]
) -> None:
    browser, (status, text) = await come_back(house, bad, **changes)
    assert status in (400, 403)
    assert "<script>" not in text
    assert await house.viewer(browser) is None


async def test_a_provider_that_promises_its_name_has_to_give_it(house: House, bad: BadProvider) -> None:
    bad.metadata = {"authorization_response_iss_parameter_supported": True}
    browser, (status, _) = await come_back(house, bad)
    assert status == 403
    browser, _ = await come_back(house, bad, iss=bad.url)
    assert await house.viewer(browser) is not None


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": "http://another.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
        {"token_endpoint": 5},
    ],
    ids=str,
)
async def test_metadata_that_is_not_the_providers_own_leads_nowhere(
    house: House, bad: BadProvider, metadata: dict[str, object]
) -> None:
    bad.metadata = metadata
    answer = await Browser().send("GET", f"{house.origin}/sign-in/with/1")
    assert answer.status_code == 503


async def back_channel(house: House, token: str) -> int:
    answer = await Browser().send("POST", f"{house.origin}/sign-out/backchannel/1", data={"logout_token": token})
    return answer.status_code


async def test_a_logout_token_ends_the_session_it_names_once(house: House, bad: BadProvider) -> None:
    bad.claims = {"sid": "a session there"}
    browser, _ = await come_back(house, bad)
    bad.claims = {}
    logout: dict[str, object] = {
        "events": {LOGOUT: {}},
        "jti": "one",
        "nonce": None,
        "sub": None,
        "sid": "a session there",
    }
    faults: list[dict[str, object]] = [
        {"events": None},
        {"events": {}},
        {"events": {LOGOUT: True}},
        {"nonce": "n"},
        {"aud": "another"},
        {"exp": 1},
        {"jti": None},
        {"sid": None},
        {"iss": "https://another.example"},
    ]
    for changes in faults:
        assert await back_channel(house, bad.token_of(**logout | changes)) == 400, changes
    assert await back_channel(house, bad.token_of()) == 400, "an id token is no logout token"
    assert await back_channel(house, "nonsense") == 400
    assert await house.viewer(browser) is not None
    token = bad.token_of(**logout)
    assert await back_channel(house, token) == 200
    assert await house.viewer(browser) is None
    assert await back_channel(house, token) == 400, "a token is good once"


async def test_a_logout_token_without_a_session_ends_all_of_the_person(house: House, bad: BadProvider) -> None:
    browsers = [(await come_back(house, bad))[0] for _ in range(2)]
    token = bad.token_of(events={LOGOUT: {}}, jti="two", nonce=None)
    assert await back_channel(house, token) == 200
    assert [await house.viewer(browser) for browser in browsers] == [None, None]


async def test_front_channel_logout_needs_the_sessions_name_and_the_providers(house: House, bad: BadProvider) -> None:
    bad.claims = {"sid": "a session there"}
    browser, _ = await come_back(house, bad)
    there = f"{house.origin}/sign-out/frontchannel/1"
    for query in ("", "?sid=a+session+there", f"?iss={bad.url}", f"?iss={bad.url}&sid=", "?iss=x&sid=a+session+there"):
        assert (await Browser().send("GET", there + query)).status_code == 400
    assert (await Browser().send("GET", f"{there}?iss={bad.url}&sid=another")).status_code == 200
    assert await house.viewer(browser) is not None
    answer = await Browser().send("GET", f"{there}?iss={bad.url}&sid=a+session+there")
    assert answer.status_code == 200
    assert f"frame-ancestors {bad.url}" in answer.headers["content-security-policy"]
    assert await house.viewer(browser) is None


async def test_addresses_of_providers_that_there_are_not(house: House) -> None:
    for path in ("/sign-in/with/2", "/sign-in/callback/2?state=x"):
        assert (await Browser().send("GET", house.origin + path)).status_code in (400, 404)
    answer = await Browser().send("POST", f"{house.origin}/sign-out/backchannel/2", data={"logout_token": "x"})
    assert answer.status_code == 400
