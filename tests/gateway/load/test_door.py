"""Where too many are inside, a query is refused before anything of it is looked at; nothing else is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.load.settings import LoadSettings
from gateway.settings import Settings
from tests.gateway.conftest import AppOf, client_of
from tests.portal import Systems

Bearer = Callable[[str], dict[str, str]]
WHO = "reader@north.example"
CASES = {"query": "{ cases(first: 1) { nodes { number } } }"}


@pytest.fixture
async def narrow(settings: Settings, systems: Systems) -> AsyncIterator[Starlette]:
    load = LoadSettings.model_validate({"at_once": 2, "queue": 1, "patience": 5})
    app = create_app(replace(settings, load=load))
    yield app
    await app.state.gateway.close()


async def test_a_storm_is_answered_at_once_and_what_is_inside_is_served(
    narrow: Starlette, bearer: Bearer, systems: Systems
) -> None:
    systems.conducts["sap"].misbehave(delay=0.3)
    async with client_of(narrow) as client:
        asked = [client.post("/graphql", json=CASES, headers=bearer(WHO)) for _ in range(20)]
        answers = await asyncio.gather(*asked)
        health = await client.get("/healthz")
        again = await client.post("/graphql", json=CASES, headers=bearer(WHO))
    served = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert (len(served), len(refused)) == (3, 17)
    assert all(answer.headers["retry-after"] == "1" for answer in refused)
    assert all(answer.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED" for answer in refused)
    assert all(answer.json()["data"]["cases"]["nodes"] for answer in served)
    assert (health.status_code, again.status_code) == (200, 200)
    assert narrow.state.gateway.turns.refused == 17


async def test_there_is_an_end_to_the_streams_that_are_open_at_once(app_with: AppOf, bearer: Bearer) -> None:
    told = {"query": "subscription { viewerChanged { email } }"}
    headers = bearer(WHO) | {"accept": "text/event-stream"}
    async with client_of(app_with(event_streams=1)) as client:
        stream = asyncio.create_task(client.post("/graphql", headers=headers, json=told))
        await asyncio.sleep(0.3)
        refused = await client.post("/graphql", headers=headers, json=told)
        stream.cancel()
        await asyncio.gather(stream, return_exceptions=True)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")


async def test_streams_that_stay_open_take_nobody_s_place(narrow: Starlette, bearer: Bearer) -> None:
    events = {"accept": "text/event-stream"}
    subscription = {"query": "subscription { viewerChanged { email } }"}
    async with client_of(narrow) as client:
        streams = []
        for _ in range(5):
            request = client.build_request("POST", "/graphql", json=subscription, headers=bearer(WHO) | events)
            streams.append(asyncio.create_task(client.send(request)))
            await asyncio.sleep(0.1)
        answer = await client.post("/graphql", json=CASES, headers=bearer(WHO))
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    assert answer.status_code == 200
