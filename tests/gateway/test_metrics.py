"""What the gateway counts has bounded labels, and names no query's text, no host and no row."""

from collections.abc import Callable

import httpx
from starlette.applications import Starlette

from gateway.telemetry.metrics import MOST_OPERATIONS, OTHER, Bounded
from tests.gateway.conftest import AppOf, client_of
from tests.portal import Systems

Bearer = Callable[[str], dict[str, str]]
WHO = "reader@north.example"


def test_there_is_an_end_to_the_names_that_are_told() -> None:
    bounded = Bounded(2)
    assert [bounded(name) for name in ("a", "b", "c", "a", "d")] == ["a", "b", OTHER, "a", OTHER]


async def asked(client: httpx.AsyncClient, who: dict[str, str], query: str) -> None:
    await client.post("/graphql", json={"query": query}, headers=who)


async def test_requests_are_told_by_operation_client_and_outcome(
    app_with: AppOf, bearer: Bearer, systems: Systems
) -> None:
    app: Starlette = app_with(metrics=True)
    async with client_of(app) as client:
        await asked(client, bearer(WHO), "query Mine { viewer { email } }")
        await asked(client, bearer(WHO), "{ viewer { email } }")
        await asked(client, bearer(WHO), "query Wrong { nix }")
        await asked(client, {}, "query Nobody { viewer { email } }")
        systems.conducts["sap"].misbehave(fail=503)
        await asked(client, bearer(WHO), "query Cases { cases(first: 1) { nodes { number } } }")
        text = (await client.get("/metrics")).text
    for line in (
        'portal_requests_total{client="portal-web",operation="Mine",outcome="data"} 1.0',
        'portal_requests_total{client="portal-web",operation="(anonymous)",outcome="data"} 1.0',
        'portal_requests_total{client="portal-web",operation="(unknown)",outcome="refused"} 1.0',
        'portal_requests_total{client="browser",operation="(unknown)",outcome="refused"} 1.0',
        'portal_requests_total{client="portal-web",operation="Cases",outcome="partial"} 1.0',
        "portal_operations_limit 64.0",
    ):
        assert line in text
    assert "127.0.0.1" not in text


async def test_a_client_that_makes_up_names_fills_no_memory(app_with: AppOf, bearer: Bearer) -> None:
    app: Starlette = app_with(metrics=True)
    async with client_of(app) as client:
        for number in range(MOST_OPERATIONS + 20):
            await asked(client, bearer(WHO), f"query Name{number} {{ __typename }}")
        text = (await client.get("/metrics")).text
    assert f'operation="{OTHER}",outcome="data"}} 20.0' in text
    assert f"Name{MOST_OPERATIONS + 1}" not in text
