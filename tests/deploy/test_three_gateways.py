"""Three gateways behind nginx, nothing shared but PostgreSQL and Redis: one is killed under load, one told to end. No
write that was accepted is lost, nothing is written twice, and no more fails than what was under way where it died."""

import asyncio
import itertools
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.deploy.test_storm import in_sap, until_delivered
from tests.deployment import Deployment
from tests.gateway.test_serve import free_port
from tests.portal import Systems
from tests.served import NO_TLS

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="there is no nginx on this machine")

ROOT = Path(__file__).parents[2]
USER = "user@north.example"
WORKERS = 8
PAUSE = 0.1  # seconds in which somebody reads what they got
CREATE = "mutation ($input: CreateCaseInput!) { createCase(input: $input) { case { number } errors { code } } }"
READ = "{ cases(first: 5) { nodes { number installedProduct { assetId } } } }"
ASSETS = "{ installedProducts(first: 20) { nodes { id assetId } } }"


@pytest.fixture
def sections(sections: str) -> str:
    """What the killed one had begun is taken up again soon."""
    return f"{sections}\n[deliveries]\nlease = 4"


@pytest_asyncio.fixture
async def nginx(deployment: Deployment, tmp_path: Path) -> AsyncIterator[str]:
    """The deployment's own configuration of nginx, with this machine's ports in it."""
    port = free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for number, own in enumerate(deployment.ports, start=1):
        text = text.replace(f"gateway-{number}:8000", f"127.0.0.1:{own}")
    text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
    folders = "\n".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/nginx.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{folders}\n{text}\n}}\n"
    )
    process = await asyncio.create_subprocess_exec("nginx", "-c", str(config), "-p", str(tmp_path))
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient() as client, asyncio.timeout(10):
        while True:
            try:
                await client.get(f"{address}/healthz")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    yield address
    process.terminate()
    await process.wait()


class Load:
    """People who read and report, one after the other; `failed` is what was not answered as it should."""

    def __init__(self, address: str, headers: dict[str, str], assets: list[str]) -> None:
        self._address = address
        self._headers = headers
        self._assets = assets
        self._numbers = itertools.count()
        self.accepted: list[str] = []
        self.failed: list[str] = []
        self.answered = 0
        self.over = asyncio.Event()

    async def work(self) -> None:
        async with httpx.AsyncClient(
            base_url=self._address, headers=self._headers, timeout=20, verify=NO_TLS
        ) as client:
            while not self.over.is_set():
                number = next(self._numbers)
                if number % 4:
                    await self._ask(client, READ)
                else:
                    await self._report(client, number)
                await asyncio.sleep(PAUSE)

    async def _report(self, client: httpx.AsyncClient, number: int) -> None:
        told = {
            "installedProductId": self._assets[number % len(self._assets)],
            "description": f"Case {number}",
            "priority": "SYSTEM_DOWN",
            "idempotencyKey": f"three-{number}",
        }
        data = await self._ask(client, CREATE, input=told)
        if data is not None:
            assert data["createCase"]["errors"] == []
            self.accepted.append(data["createCase"]["case"]["number"])

    async def _ask(self, client: httpx.AsyncClient, query: str, **variables: Any) -> Any:
        try:
            answer = await client.post("/graphql", json={"query": query, "variables": variables})
        except httpx.TransportError as error:
            self.failed.append(type(error).__name__)
            return None
        if answer.status_code != 200 or "errors" in answer.json():
            self.failed.append(f"{answer.status_code} {answer.text[:200]}")
            return None
        self.answered += 1
        return answer.json()["data"]


async def test_one_is_killed_and_one_is_told_to_end_under_load(
    deployment: Deployment,
    nginx: str,
    own_systems: Systems,
    database: str,
    bearer: Callable[[str], dict[str, str]],
) -> None:
    headers = bearer(USER)
    async with httpx.AsyncClient(base_url=nginx, headers=headers) as client:
        nodes = (await client.post("/graphql", json={"query": ASSETS})).json()["data"]["installedProducts"]["nodes"]
    load = Load(nginx, headers, [each["id"] for each in nodes if each["assetId"]])

    async def trouble() -> int:
        await asyncio.sleep(2)
        await deployment.kill(0)
        await asyncio.sleep(2)
        failed_by_kill = len(load.failed)
        assert failed_by_kill <= WORKERS, load.failed
        assert await deployment.end(1) == 0
        await asyncio.sleep(2)
        load.over.set()
        return failed_by_kill

    async with asyncio.timeout(60):
        troubled = asyncio.create_task(trouble())
        await asyncio.gather(troubled, *(load.work() for _ in range(WORKERS)))
    failed = troubled.result()
    assert load.failed[failed:] == []  # who is told to end loses nothing
    assert load.answered > 50
    await until_delivered(database)
    written = in_sap(own_systems)
    assert set(load.accepted) <= set(written)
    assert set(written.values()) == {1}
    # What was accepted, and at most what was under way where the gateway died.
    assert sum(written.values()) - len(load.accepted) <= failed
    assert Counter(load.accepted).most_common(1)[0][1] == 1
