"""The built-in OpenID provider, asked as nobody should ask it."""

import pytest

from connectors.people import AuditAction
from tests.gateway.identity.peopled import ORIGIN, Peopled
from tests.gateway.identity.relying_party import CALLBACK, Asked, redeem, sent, token_endpoint, tokens, viewer


async def test_an_id_token_is_no_access_token(web: Peopled) -> None:
    found = await tokens(web)
    assert await viewer(web, found["access_token"]) is not None
    assert await viewer(web, found["id_token"]) is None


async def test_a_code_is_good_once_and_what_it_gave_ends_with_the_second_try(web: Peopled) -> None:
    asked, browser = Asked(), await web.signed_in("manager@north.example")
    code = sent(await browser.get(asked.address))["code"]
    first = (await redeem(web, code, asked)).json()
    assert await viewer(web, first["access_token"]) is not None
    again = await redeem(web, code, asked)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert await viewer(web, first["access_token"]) is None
    assert (
        await token_endpoint(web, grant_type="refresh_token", refresh_token=first["refresh_token"], client_id="web")
    ).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "x" * 64}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"redirect_uri": "https://web.example/callback"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"client_id": "other", "client_secret": "other's secret"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_client"),
        ({"client_id": "other", "client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "unknown"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"grant_type": "password", "username": "x", "password": "y"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, "unsupported_grant_type"),
        ({"code": "ż\x00'\"<>"}, "invalid_grant"),
        ({"grant_type": "ż'\"<>"}, None),
        ({"client_id": "ż'\"<>"}, None),
    ],
    ids=str,
)
async def test_a_code_in_wrong_hands_is_worth_nothing(web: Peopled, changes: dict[str, str], error: str | None) -> None:
    asked, browser = Asked(), await web.signed_in("manager@north.example")
    code = sent(await browser.get(asked.address))["code"]
    answer = await redeem(web, code, asked, **changes)
    assert answer.status_code in (400, 401)
    assert "access_token" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    if error is not None:
        assert answer.json()["error"] == error


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://web.example/callback",
        "https://web.example/callback?from=portal&x=1",
        "https://web.example/callback?from=portal#",
        "https://web.example/callback/../callback?from=portal",
        "https://web.example/callback/?from=portal",
        "https://WEB.example/callback?from=portal",
        "https://web.example:443/callback?from=portal",
        "https://web.example.evil.test/callback?from=portal",
        "https://web.example@evil.test/callback?from=portal",
        "https://evil.test/https://web.example/callback?from=portal",
        "http://web.example/callback?from=portal",
        "https://web.example/%63allback?from=portal",
        "https://web.example/callback?from=portal ",
        " https://web.example/callback?from=portal",
        "https://web.example\\@evil.test/callback?from=portal",
        "//web.example/callback?from=portal",
        "/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://web.example/callback?from=ż\"'<>",
        "https://other.example/",
        "",
    ],
)
async def test_nobody_is_sent_anywhere_but_to_the_clients_own_address(web: Peopled, redirect_uri: str) -> None:
    browser = await web.signed_in("manager@north.example")
    answer = await browser.get(Asked(redirect_uri=redirect_uri).address)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": ""}, "unsupported_response_type"),
        ({"scope": "openid introspect"}, "invalid_scope"),
        ({"scope": "openid everything"}, "invalid_scope"),
    ],
    ids=str,
)
async def test_what_is_not_offered_is_told_to_the_client_with_our_name(
    web: Peopled, changes: dict[str, str], error: str
) -> None:
    browser = await web.signed_in("manager@north.example")
    answer = await browser.get(Asked(**changes).address)
    if answer.status_code == 400:  # told on a page, where the client can't be told
        assert "location" not in answer.headers
        return
    assert answer.headers["location"].startswith(CALLBACK)
    told = sent(answer)
    assert (told["error"], told["iss"]) == (error, ORIGIN)
    assert "code" not in told


async def test_a_refresh_token_is_good_once_and_a_second_use_ends_everything(web: Peopled) -> None:
    first = await tokens(web)
    form = {"grant_type": "refresh_token", "client_id": "web"}
    second = (await token_endpoint(web, refresh_token=first["refresh_token"], **form)).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert await viewer(web, second["access_token"]) is not None
    reused = await token_endpoint(web, refresh_token=first["refresh_token"], **form)
    assert reused.json()["error"] == "invalid_grant"
    assert (await token_endpoint(web, refresh_token=second["refresh_token"], **form)).status_code == 400
    assert await viewer(web, second["access_token"]) is None
    actions = [entry.action for entry in await web.identity.people.audit.entries(at_most=3)]
    assert AuditAction.TOKEN_REUSED in actions


async def test_a_refresh_token_is_its_clients_alone_and_gives_no_more_than_before(web: Peopled) -> None:
    first = await tokens(web, scope="openid offline_access")
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    theirs = await token_endpoint(web, client_id="other", client_secret="other's secret", **form)
    assert theirs.status_code == 400
    more = await token_endpoint(web, client_id="web", scope="openid portal", **form)
    assert more.json()["error"] == "invalid_scope"


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
async def test_forms_of_another_kind_or_without_end_are_refused(web: Peopled, path: str) -> None:
    client = web.browser()
    assert (await client.get(path)).status_code == 405
    assert (await client.post(path, json={"token": "x"})).status_code == 415
    huge = await client.post(path, data={"token": "x" * 100_000})
    assert huge.status_code == 413
    double = "token=a&grant_type=refresh_token&grant_type=refresh_token&client_id=web&client_id=web"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post(path, content=double, headers=headers)).status_code == 400
    assert (await client.post(path, content=b"\xff=\xfe&%", headers=headers)).status_code in (400, 401)
