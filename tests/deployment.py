"""Gateways as an orchestrator keeps them: processes of `portal serve` over one PostgreSQL and one Redis."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.gateway.test_serve import free_port
from tests.portal import Systems
from tests.served import NO_TLS

SECRETS = {"CRM_SECRET": "portal-demo-secret", "PASSWORD": "portal-demo"}


def portal_toml(systems: Systems, issuer: str, database: str, *, sections: str = "", sap: str = "") -> str:
    """Settings of every gateway. `sections` are further ones, `sap` further lines of SAP's."""
    urls = systems.urls
    soap = 'user = "PORTAL"\npassword = { env = "PASSWORD" }'
    return f"""
        {sections}
        [[identity.issuers]]
        issuer = "{issuer}"
        [cache]
        redis = {{ env = "REDIS" }}
        [systems.crm]
        connector = "salesforce_installed_base"
        url = "{urls["crm"]}"
        client_id = "portal-demo"
        client_secret = {{ env = "CRM_SECRET" }}
        [systems.sap]
        connector = "sap_service_orders"
        url = "{urls["sap"]}"
        {sap}
        {soap}
        [systems.store]
        connector = "portal_store"
        url = "{database}"
        [systems.files]
        connector = "file_documents"
        """


class Deployment:
    """`count` gateways in `folder`, which holds their portal.toml, each under an address of its own."""

    def __init__(self, folder: Path, redis_url: str, *, count: int) -> None:
        self._folder = folder
        self._environment = {**os.environ, **SECRETS, "REDIS": redis_url}
        self.ports = [free_port() for _ in range(count)]
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self.kills = 0

    def address(self, number: int) -> str:
        return f"http://127.0.0.1:{self.ports[number % len(self.ports)]}"

    def log(self, number: int) -> str:
        return (self._folder / f"{number}.log").read_text()

    async def start(self, number: int) -> None:
        with (self._folder / f"{number}.log").open("ab") as log:
            self._processes[number] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gateway", "serve"),
                cwd=self._folder,
                env=self._environment | {"PORTAL__SERVER__PORT": str(self.ports[number])},
                stdout=log,
                stderr=log,
            )

    async def ready(self, number: int) -> None:
        async with httpx.AsyncClient(base_url=self.address(number), verify=NO_TLS) as client, asyncio.timeout(30):
            while True:
                try:
                    if (await client.get("/healthz")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)

    async def kill(self, number: int) -> None:
        self._processes[number].send_signal(signal.SIGKILL)
        await self._processes[number].wait()
        self.kills += 1

    async def end(self, number: int) -> int:
        """As an orchestrator does: tell it to, and wait. Its exit code."""
        self._processes[number].terminate()
        return await self._processes[number].wait()

    def tell_to_end(self, number: int) -> None:
        self._processes[number].terminate()

    async def stop(self) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.kill()
                await process.wait()


@asynccontextmanager
async def deployed(folder: Path, redis_url: str, *, count: int) -> AsyncIterator[Deployment]:
    made = Deployment(folder, redis_url, count=count)
    try:
        # One after the other: the first makes the tables.
        for number in range(count):
            await made.start(number)
            await made.ready(number)
        yield made
    finally:
        await made.stop()
