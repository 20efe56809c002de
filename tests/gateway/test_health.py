"""What an orchestrator is told: alive, and ready."""

import asyncio

import httpx
import pytest

from tests.gateway.conftest import AppOf, client_of
from tests.portal import Systems


async def test_the_process_is_alive_whatever_its_systems_do(app_with: AppOf, systems: Systems) -> None:
    systems.conducts["crm"].misbehave(fail=503)
    async with client_of(app_with()) as client:
        assert (await client.get("/healthz")).json() == {"alive": True}


async def test_it_is_ready_when_every_system_answers(app_with: AppOf, systems: Systems) -> None:
    async with client_of(app_with()) as client:
        answer = await client.get("/readyz")
    told = answer.json()
    assert (answer.status_code, told["ready"]) == (200, True)
    assert set(told["systems"]) == {"crm", "sap", "contracts", "archive", "store", "files"}
    assert all(system["reachable"] for system in told["systems"].values())


@pytest.mark.parametrize("name", ["sap", "contracts", "archive"])
async def test_it_stays_ready_without_a_system_that_owns_a_part(app_with: AppOf, systems: Systems, name: str) -> None:
    systems.conducts[name].misbehave(fail=500)
    async with client_of(app_with()) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["systems"][name]["reachable"] is False


async def test_it_is_not_ready_without_the_installed_base(app_with: AppOf, systems: Systems) -> None:
    systems.conducts["crm"].misbehave(fail=500)
    async with client_of(app_with()) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


async def test_a_system_that_hangs_is_waited_for_two_seconds(app_with: AppOf, systems: Systems) -> None:
    systems.conducts["crm"].misbehave(hang=True)
    async with client_of(app_with()) as client:
        answer = await asyncio.wait_for(client.get("/readyz"), 4)
    assert answer.status_code == 503
    assert 1.5 < answer.json()["systems"]["crm"]["seconds"] < 3


async def test_asking_often_asks_the_systems_once(app_with: AppOf, systems: Systems) -> None:
    async with client_of(app_with()) as client:
        await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
        await client.get("/readyz")
    assert systems.calls()["contracts"] <= 2


async def test_nothing_is_told_of_hosts_and_reasons(app_with: AppOf, systems: Systems) -> None:
    systems.conducts["crm"].misbehave(fail=500)
    async with client_of(app_with()) as client:
        answer = await client.get("/readyz")
    assert set(answer.json()["systems"]["crm"]) == {"reachable", "seconds"}


async def test_anyone_may_ask(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).headers["cache-control"] == "no-store"
