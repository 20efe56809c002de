"""The built-in OpenID provider, asked as front ends and partners ask it."""

import base64
import hashlib
from datetime import timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from gateway.demo.settings import CLIENT_SECRET
from tests.gateway.identity.peopled import ORIGIN, Peopled, ask
from tests.gateway.identity.relying_party import (
    CALLBACK,
    EVENT,
    VIEWER,
    Asked,
    redeem,
    sent,
    token_endpoint,
    tokens,
    viewer,
)


async def test_a_front_end_gets_tokens_by_code_and_asks_the_graph(web: Peopled) -> None:
    asked, browser = Asked(), await web.signed_in("manager@north.example")
    back = await browser.get(asked.address)
    assert back.headers["location"].startswith(f"{CALLBACK}&code=")
    assert (sent(back)["state"], sent(back)["iss"]) == ("a state", ORIGIN)
    token = (await redeem(web, sent(back)["code"], asked)).json()
    party = httpx.AsyncClient(transport=httpx.ASGITransport(web.app), base_url=ORIGIN)
    party.headers["authorization"] = f"Bearer {token['access_token']}"
    answer = await party.post("/graphql", json={"query": VIEWER})
    told = (await party.get("/oauth/userinfo")).json()
    keys = KeySet.import_key_set((await party.get("/oauth/jwks")).json())
    assert answer.json()["data"]["viewer"]["email"] == "manager@north.example"
    assert (told["email"], told["email_verified"]) == ("manager@north.example", True)
    claims = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ORIGIN, "web", "a nonce")
    assert claims["sub"] == told["sub"] == web.id_of("manager@north.example")
    half = hashlib.sha256(token["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    access = jwt.decode(token["access_token"], keys, algorithms=["ES256"])
    assert access.header["typ"] == "at+jwt"
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} <= access.claims.keys(), "RFC 9068, 2.2"
    assert access.claims["aud"] == "urn:gateway"


async def test_who_is_not_signed_in_signs_in_first_and_comes_back(web: Peopled) -> None:
    browser, asked = web.browser(), Asked()
    away = await browser.get(asked.address)
    assert away.headers["location"].startswith("/sign-in?next=%2Foauth%2Fauthorize%3F")
    back = sent(away)["next"]
    form = {"name": "manager@north.example", "password": "Portal-demo-1!", "next": back}
    entered = await browser.post("/sign-in", data=form)
    assert entered.status_code == 200, "a page that goes on: a form's redirect to another site would be stopped"
    assert 'http-equiv="refresh"' in entered.text
    assert "code" in sent(await browser.get(back))


async def test_prompts_are_kept_to(web: Peopled) -> None:
    nobody = web.browser()
    told = sent(await nobody.get(Asked(prompt="none").address))
    assert (told["error"], told["state"], told["iss"]) == ("login_required", "a state", ORIGIN)
    browser = await web.signed_in("manager@north.example")
    assert "code" in sent(await browser.get(Asked(prompt="none").address))
    assert "code" in sent(await browser.get(Asked(prompt="login").address)), "who just signed in has done so"


@pytest.mark.rule("R8")
async def test_a_password_that_is_too_old_refreshes_nothing(web: Peopled) -> None:
    found = await tokens(web)
    user = await web.user("manager@north.example")
    old = web.gateway.clock() - timedelta(days=90)
    await web.identity.people.users.change(user, EVENT, password_changed_at=old)
    form = {"grant_type": "refresh_token", "client_id": "web", "refresh_token": found["refresh_token"]}
    assert (await token_endpoint(web, **form)).status_code == 400


async def test_without_offline_access_there_is_no_refresh_token(web: Peopled) -> None:
    assert "refresh_token" not in await tokens(web, scope="openid portal")


async def test_a_token_without_a_scope_of_the_graph_reads_nothing_of_it(web: Peopled) -> None:
    found = await tokens(web, scope="openid email")
    told = await viewer(web, found["access_token"])
    assert told is not None
    assert told["permissions"] == ["READ_SELF", "SUBMIT_REQUESTS"]


async def test_a_partner_reads_what_it_was_granted(web: Peopled) -> None:
    form = {"grant_type": "client_credentials", "client_id": "partner-north", "client_secret": CLIENT_SECRET}
    found = (await token_endpoint(web, **form)).json()
    assert "refresh_token" not in found
    client = web.browser(authorization=f"Bearer {found['access_token']}")
    data = await ask(client, "{ viewer { role accountNumbers } installedProducts { totalCount } }")
    assert data["viewer"]["role"] == "PARTNER"
    assert data["viewer"]["accountNumbers"] == sorted(web.personas["partner-north"].accounts)
    assert data["installedProducts"]["totalCount"] > 0
    narrow = (await token_endpoint(web, scope="accounts:read", **form)).json()
    client = web.browser(authorization=f"Bearer {narrow['access_token']}")
    answer = await client.post("/graphql", json={"query": "{ installedProducts { totalCount } }"})
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await token_endpoint(web, scope="portal", **form)).json()["error"] == "invalid_scope"
    for secret in ("", "wrong", CLIENT_SECRET + "x"):
        refused = await token_endpoint(web, **form | {"client_secret": secret})
        assert refused.json()["error"] == "invalid_client"
    front = await token_endpoint(web, grant_type="client_credentials", client_id="web")
    assert front.status_code in (400, 401)


async def about(web: Peopled, endpoint: str, token: str, client: str = "", secret: str = "") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web.app), base_url=ORIGIN) as party:
        form = {"token": token, "client_id": client} | ({"client_secret": secret} if secret else {})
        return await party.post(f"/oauth/{endpoint}", data=form)


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_a_revoked_token_is_worthless_at_once(web: Peopled, which: str) -> None:
    found = await tokens(web)
    assert (await about(web, "revoke", found[which], "other", "other's secret")).status_code == 400
    assert await viewer(web, found["access_token"]) is not None, "another client ends nothing"
    assert (await about(web, "revoke", found[which], "web")).status_code == 200
    assert await viewer(web, found["access_token"]) is None
    assert (await about(web, "revoke", "unknown", "web")).status_code == 200


async def test_tokens_are_looked_into_by_who_may(web: Peopled) -> None:
    found = await tokens(web)
    for token in (found["access_token"], found["refresh_token"]):
        told = (await about(web, "introspect", token, "watcher", "watcher's secret")).json()
        assert (told["active"], told["client_id"], told["sub"]) == (True, "web", web.id_of("manager@north.example"))
        assert (await about(web, "introspect", token, "other", "other's secret")).json() == {"active": False}
        assert (await about(web, "introspect", token, "web")).status_code in (400, 401)
    await about(web, "revoke", found["access_token"], "web")
    for token in (found["access_token"], found["refresh_token"], found["id_token"], "unknown", "a.b.c"):
        assert (await about(web, "introspect", token, "watcher", "watcher's secret")).json() == {"active": False}


async def test_tokens_end_with_the_session_the_client_and_the_user(web: Peopled) -> None:
    asked, browser = Asked(), await web.signed_in("manager@north.example")
    found = (await redeem(web, sent(await browser.get(asked.address))["code"], asked)).json()
    assert await viewer(web, found["access_token"]) is not None
    await browser.post("/sign-out", data={"x": ""})
    assert await viewer(web, found["access_token"]) is None
    found = await tokens(web)
    await web.identity.people.clients.disable("web", web.gateway.clock(), EVENT)
    assert await viewer(web, found["access_token"]) is None
    answer = await (await web.signed_in("manager@north.example")).get(Asked().address)
    assert answer.status_code == 400


async def test_what_discovery_names_is_there_and_nothing_else(web: Peopled) -> None:
    client = web.browser()
    found = (await client.get("/.well-known/openid-configuration")).json()
    assert found == (await client.get("/.well-known/oauth-authorization-server")).json()
    assert found["issuer"] == ORIGIN
    for name, address in found.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert address.startswith(f"{ORIGIN}/")
            assert (await client.get(address)).status_code != 404, name
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert set(found["grant_types_supported"]) == {"authorization_code", "refresh_token", "client_credentials"}
    keys = (await client.get("/oauth/jwks")).json()["keys"]
    assert all("d" not in key and key["use"] == "sig" and key["alg"] == "ES256" for key in keys)


async def test_a_client_signs_its_user_out(web: Peopled) -> None:
    asked, browser = Asked(), await web.signed_in("manager@north.example")
    found = (await redeem(web, sent(await browser.get(asked.address))["code"], asked)).json()
    page = await browser.get("/oauth/logout")
    assert page.headers["location"] == "/sign-out", "without a token of ours one is asked first"
    there = {"id_token_hint": found["id_token"], "post_logout_redirect_uri": "https://web.example/bye", "state": "s"}
    for changes in ({"post_logout_redirect_uri": "https://evil.test/"}, {"post_logout_redirect_uri": ""}):
        other = await web.signed_in("reader@north.example")
        answer = await other.get("/oauth/logout", params=there | changes)
        assert answer.headers["location"] == "/sign-out", "somebody else's token signs nobody out"
    answer = await browser.get("/oauth/logout", params=there)
    assert answer.headers["location"] == "https://web.example/bye?state=s"
    assert (await browser.post("/graphql", json={"query": VIEWER})).status_code == 401
