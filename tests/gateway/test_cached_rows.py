"""The gateway as it is built from settings: rows are shared by who has the same rights, decisions are made anew."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from connectors.transport.cache import CacheSettings
from gateway.app import create_app
from gateway.settings import Settings
from tests.gateway.conftest import client_of
from tests.portal import Systems

Bearer = Callable[[str], dict[str, str]]
QUERY = {"query": "{ installedProducts(first: 5) { nodes { serialNumber provenance { stale } account { name } } } }"}
RELATED = {"query": "{ accounts(filter: {access: RELATED}) { nodes { name } } }"}


@pytest.fixture
def cached(settings: Settings) -> Starlette:
    return create_app(replace(settings, cache=CacheSettings.model_validate({})))


async def ask(client: httpx.AsyncClient, headers: Mapping[str, str], body: Mapping[str, str]) -> httpx.Response:
    answer = await client.post("/graphql", json=body, headers=dict(headers))
    assert answer.status_code == 200
    return answer


@pytest.mark.rule("R10")
async def test_the_same_rights_share_rows_and_others_do_not(
    cached: Starlette, bearer: Bearer, systems: Systems
) -> None:
    async with client_of(cached) as client:
        first = await ask(client, bearer("manager@north.example"), QUERY)
        systems.behave()
        again = await ask(client, bearer("manager@north.example"), QUERY)
        assert (again.json(), systems.calls()) == (first.json(), {})
        other = await ask(client, bearer("manager@south.example"), QUERY)
        assert other.json() != first.json()
        assert systems.calls()["crm"] > 0
    await cached.state.gateway.close()


async def test_rows_stand_in_for_a_system_that_is_away(cached: Starlette, bearer: Bearer, systems: Systems) -> None:
    query = {"query": "{ cases(first: 1) { nodes { number } } installedProducts(first: 1) { nodes { assetId } } }"}
    async with client_of(cached) as client:
        first = await ask(client, bearer("analyst@maker.example"), query)
        for conduct in systems.conducts.values():
            conduct.misbehave(fail=503)
        assert (await ask(client, bearer("analyst@maker.example"), query)).json() == first.json()
    await cached.state.gateway.close()


@pytest.mark.rule("R4")
async def test_who_is_related_is_decided_anew_and_not_without_the_system(
    cached: Starlette, bearer: Bearer, systems: Systems
) -> None:
    async with client_of(cached) as client:
        first = (await ask(client, bearer("user@north.example"), RELATED)).json()
        assert first["data"]["accounts"]["nodes"]
        systems.conducts["crm"].misbehave(fail=503)
        refused = (await ask(client, bearer("user@north.example"), RELATED)).json()
        assert refused["data"]["accounts"] is None
        assert refused["errors"][0]["extensions"]["code"] == "SOURCE_UNAVAILABLE"
    await cached.state.gateway.close()


async def test_metrics_are_told_where_the_settings_allow_it(
    settings: Settings, bearer: Bearer, systems: Systems
) -> None:
    server = settings.server.model_copy(update={"metrics": True})
    told = create_app(replace(settings, server=server, cache=CacheSettings.model_validate({})))
    async with client_of(told) as client:
        await ask(client, bearer("manager@north.example"), QUERY)
        await ask(client, bearer("manager@north.example"), QUERY)
        text = (await client.get("/metrics")).text
    await told.state.gateway.close()
    assert 'portal_cache_reads_total{outcome="fresh",record="installed_products",system="crm"} 1.0' in text
    silent = create_app(settings)
    async with client_of(silent) as client:
        assert (await client.get("/metrics")).status_code == 404
    await silent.state.gateway.close()
