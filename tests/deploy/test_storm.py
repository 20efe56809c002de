"""Two gateways as processes, over one PostgreSQL and one Redis, killed again and again while the service system fails
in every way: each accepted case is there once in the end, with its file (F1, F2)."""

import asyncio
import itertools
import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connectors.deliveries import DeliveryStatus
from connectors.registry import utc_now
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from fixtures.simulators.sap_service_orders.attachment_model import ATTACHMENT
from fixtures.simulators.sap_service_orders.notification_model import NOTIFICATION
from tests.connectors.attachments.makers import jpeg
from tests.deployment import Deployment
from tests.portal import Systems
from tests.served import NO_TLS

pytestmark = [pytest.mark.rule("F1"), pytest.mark.rule("F2")]

LEAST = int(os.environ.get("PORTAL_STORM_OF_PROCESSES", "30"))
"""Cases; `make storm` takes more."""

KILLS = 2

USER = "user@north.example"
CREATE = "mutation ($input: CreateCaseInput!) { createCase(input: $input) { case { number } errors { code } } }"
ASSETS = "{ installedProducts(first: 50) { nodes { id assetId } } }"
FAULTS: list[dict[str, Any]] = [
    {"fail": 503, "done": True},
    {"fail": 500},
    {"hang": True, "done": True},
    {"delay": 0.6},
    {"hang": True},
]


@pytest.fixture
def count() -> int:
    return 2


@pytest.fixture
def sections() -> str:
    return "[server]\nstop_timeout = 1\n[deliveries]\npatience = 1\nsettle = 2\nlease = 4"


@pytest.fixture
def sap() -> str:
    return "timeout = 1.0"


class Client:
    """A person's program, which sends again what it has no answer to."""

    def __init__(self, deployment: Deployment, headers: dict[str, str]) -> None:
        self._deployment = deployment
        self._headers = headers
        self.repeats = 0

    async def ask(self, first: int, **content: Any) -> Any:
        for attempt in itertools.count(first):
            try:
                async with httpx.AsyncClient(
                    base_url=self._deployment.address(attempt), timeout=15, verify=NO_TLS
                ) as client:
                    answer = await client.post("/graphql", headers=self._headers, **content)
                if answer.status_code == 200 and "errors" not in answer.json():
                    return answer.json()["data"]
            except httpx.TransportError:
                pass
            self.repeats += 1
            await asyncio.sleep(0.1)
        return None

    async def create(self, number: int, asset: str, *, photo: bool) -> str:
        """The case's number."""
        told: dict[str, Any] = {
            "installedProductId": asset,
            "description": f"Case {number}",
            "priority": "SYSTEM_DOWN",
            "idempotencyKey": f"storm-{number}",
        }
        if not photo:
            data = await self.ask(number, json={"query": CREATE, "variables": {"input": told}})
        else:
            operation = {"query": CREATE, "variables": {"input": {**told, "attachments": [{"file": None}]}}}
            form = {
                "operations": (None, json.dumps(operation)),
                "map": (None, json.dumps({"0": ["variables.input.attachments.0.file"]})),
                "0": ("photo.jpg", jpeg(), "image/jpeg"),
            }
            data = await self.ask(number, files=form)
        assert data["createCase"]["errors"] == []
        return str(data["createCase"]["case"]["number"])


async def test_two_processes_that_are_killed_in_a_storm_lose_nothing_and_send_nothing_twice(
    deployment: Deployment, own_systems: Systems, database: str, bearer: Callable[[str], dict[str, str]]
) -> None:
    client = Client(deployment, bearer(USER) | {"graphql-require-preflight": "1"})
    nodes = (await client.ask(0, json={"query": ASSETS}))["installedProducts"]["nodes"]
    assets = [each["id"] for each in nodes if each["assetId"]]
    counted, numbers = itertools.count(), dict[int, str]()
    over = asyncio.Event()

    async def work() -> None:
        for number in counted:
            if number >= LEAST and deployment.kills >= KILLS:
                break
            numbers[number] = await client.create(number, assets[number % len(assets)], photo=number % 10 == 0)

    async def trouble() -> None:
        for number in itertools.count():
            own_systems.conducts["sap"].misbehave(method="POST", times=3, **FAULTS[number % len(FAULTS)])
            await asyncio.sleep(0.4)
            if over.is_set():
                break

    async def death() -> None:
        for number in itertools.count():
            await asyncio.sleep(1.0)
            if over.is_set():
                break
            await deployment.kill(number % 2)
            await deployment.start(number % 2)
            await deployment.ready(number % 2)

    async def all_work() -> None:
        await asyncio.gather(*(work() for _ in range(6)))
        over.set()

    async with asyncio.timeout(90 + LEAST):
        await asyncio.gather(all_work(), trouble(), death())
    own_systems.behave()
    await until_delivered(database)
    assert len(set(numbers.values())) == len(numbers) >= LEAST
    assert in_sap(own_systems) == Counter(dict.fromkeys(numbers.values(), 1))
    assert files_in_sap(own_systems) == Counter({told: 1 for number, told in numbers.items() if number % 10 == 0})


async def until_delivered(database: str) -> None:
    store = MANIFEST.connect("store", MANIFEST.settings.model_validate({"url": database}), utc_now)
    assert isinstance(store, PortalStore)
    try:
        async with asyncio.timeout(60 + LEAST / 10):
            while (await store.deliveries.waiting())[DeliveryStatus.WAITING].deliveries:  # noqa: ASYNC110  # of processes
                await asyncio.sleep(0.1)
        waiting = await store.deliveries.waiting()
    finally:
        await store.close()
    assert waiting[DeliveryStatus.REFUSED].deliveries == 0


def _rows(systems: Systems, entity_set: str) -> list[Any]:
    table = systems.apps["sap"].state.store.tables[entity_set]
    return list(table.rows(table.keys()))


def in_sap(systems: Systems) -> Counter[str]:
    """How often each portal number is there."""
    place = NOTIFICATION.position["MaintNotifExtReferenceNumber"]
    told = (str(row[place]) for row in _rows(systems, "MaintenanceNotification"))
    return Counter(number for number in told if number.startswith("WEB-"))


def files_in_sap(systems: Systems) -> Counter[str]:
    """How many files each case has there, by its portal number."""
    number = NOTIFICATION.position["MaintenanceNotification"]
    reference = NOTIFICATION.position["MaintNotifExtReferenceNumber"]
    names = {row[number]: str(row[reference]) for row in _rows(systems, "MaintenanceNotification")}
    owner = ATTACHMENT.position["LinkedSAPObjectKey"]
    return Counter(names[row[owner]] for row in _rows(systems, "AttachmentContentSet"))
