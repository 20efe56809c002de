"""Who asks: credentials over HTTP, and what a client learns of its own that are not accepted."""

from collections.abc import Callable

import httpx
import pytest

from fixtures.simulators.openid_provider import DemoIssuer
from fixtures.world.model import Persona, World
from tests.gateway.conftest import AppOf, client_of

Bearer = Callable[[str], dict[str, str]]
QUERY = {"query": "{ viewer { subject email role access accountNumbers locale timeZone olderPortal frozenSince } }"}


async def ask(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await client.post("/graphql", json=QUERY, headers=headers)


async def test_every_persona_can_ask(client: httpx.AsyncClient, story: World, bearer: Bearer) -> None:
    for persona in story.personas:
        answer = await ask(client, bearer(persona.name))
        viewer = answer.json()["data"]["viewer"]
        assert viewer["role"] == persona.role.upper()
        assert viewer["accountNumbers"] == sorted(persona.accounts)
        assert viewer["timeZone"] == ("UTC" if persona.role == "partner" else persona.zone)


@pytest.mark.rule("R6")
async def test_a_user_without_accounts_signs_in_and_sees_nothing(client: httpx.AsyncClient, bearer: Bearer) -> None:
    viewer = (await ask(client, bearer("idle@north.example"))).json()["data"]["viewer"]
    assert viewer["access"] == "NO_ACCOUNTS"


@pytest.mark.rule("R9")
async def test_a_user_of_the_older_portal_is_told_since_when_nothing_changes(
    client: httpx.AsyncClient, bearer: Bearer
) -> None:
    viewer = (await ask(client, bearer("legacy@south.example"))).json()["data"]["viewer"]
    assert viewer["olderPortal"] is True
    assert viewer["frozenSince"] is not None


async def test_without_a_token_one_is_asked_to_sign_in(client: httpx.AsyncClient) -> None:
    answer = await ask(client, {})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(
    "credentials",
    ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer a b", "Bearer \u00e9", "Bearer x.y.z", "bearer x", "x" * 9000],
    ids=lambda text: text[:20],
)
async def test_what_is_wrong_with_a_token_is_not_told(client: httpx.AsyncClient, credentials: str) -> None:
    headers = httpx.Headers([(b"authorization", credentials.encode("latin-1"))])
    answer = await client.post("/graphql", json=QUERY, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    message = "The access token is not accepted. Sign in again."
    assert answer.json()["errors"] == [{"message": message, "extensions": {"code": "UNAUTHENTICATED"}}]


async def test_an_expired_token_and_a_forged_one_get_the_same_answer(
    client: httpx.AsyncClient, story: World, issuer: DemoIssuer
) -> None:
    expired = issuer.token_for(story.personas[0], lifetime=-3600)
    forged = DemoIssuer(issuer.url, algorithm="ES256").token_for(story.personas[0])
    answers = [await ask(client, {"authorization": f"Bearer {token}"}) for token in (expired, forged)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


async def test_two_credentials_are_none(client: httpx.AsyncClient, bearer: Bearer) -> None:
    token = bearer("reader@north.example")["authorization"]
    answer = await client.post("/graphql", json=QUERY, headers=[("authorization", token)] * 2)
    assert answer.status_code == 401


async def test_the_scheme_is_read_in_any_case(client: httpx.AsyncClient, bearer: Bearer) -> None:
    token = bearer("reader@north.example")["authorization"].removeprefix("Bearer ")
    assert (await ask(client, {"authorization": f"bEARER  {token}"})).status_code == 200


async def test_a_token_without_a_role_of_the_portal_signs_nobody_in(
    client: httpx.AsyncClient, issuer: DemoIssuer
) -> None:
    token = issuer.token_for(Persona(name="who@north.example", role="wizard"))
    assert (await ask(client, {"authorization": f"Bearer {token}"})).status_code == 401


async def test_a_provider_that_does_not_answer_is_no_fault_of_the_token(
    app_with: AppOf, story: World, issuer: DemoIssuer
) -> None:
    token = issuer.token_for(story.personas[0])
    former = issuer.url
    issuer.url = "https://moved.example"  # its discovery document is now of another issuer
    try:
        async with client_of(app_with()) as client:
            answer = await ask(client, {"authorization": f"Bearer {token}"})
    finally:
        issuer.url = former
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["errors"][0]["extensions"]["code"] == "SOURCE_UNAVAILABLE"
