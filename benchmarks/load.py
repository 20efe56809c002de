"""Load on one server: so many clients, each asking again as soon as it is answered, for a bounded number of queries."""

import asyncio
import os
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from connectors.transport.http_pool import HttpPool
from connectors.transport.http_requests import request_bytes

_LARGEST = 64 * 1024 * 1024


class Measured(NamedTuple):
    """One round. Latencies in seconds, in order; `cpu` is the server's, in seconds a query."""

    queries_a_second: float
    latencies: list[float]
    cpu: float

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


class Target:
    """A server as the load meets it."""

    def __init__(self, port: int, pid: int, token: str) -> None:
        self._pool = HttpPool(f"http://127.0.0.1:{port}", connections=64, tls=None)
        self._port = port
        self._token = token
        self.pid = pid

    async def ask(self, body: bytes) -> bytes:
        headers = {
            "host": f"127.0.0.1:{self._port}",
            "authorization": f"Bearer {self._token}",
            "content-type": "application/json",
            "accept": "application/json",
        }
        request = request_bytes("POST", "/graphql", b"", headers, body)
        received = await self._pool.exchange(request, max_bytes=_LARGEST, repeatable=True)
        if received.status != 200:
            raise RuntimeError(f"HTTP {received.status}: {received.body[:300]!r}")
        return received.body

    async def measure(self, body: bytes, *, queries: int, concurrency: int) -> Measured:
        left = iter(range(queries))
        latencies: list[float] = []

        async def client() -> None:
            for _ in left:
                began = perf_counter()
                await self.ask(body)
                latencies.append(perf_counter() - began)

        cpu, began = cpu_seconds(self.pid), perf_counter()
        await asyncio.gather(*(client() for _ in range(concurrency)))
        taken = perf_counter() - began
        return Measured(queries / taken, sorted(latencies), (cpu_seconds(self.pid) - cpu) / queries)

    async def close(self) -> None:
        await self._pool.close()


def cpu_seconds(pid: int) -> float:
    """What the process and its threads have spent, in user and kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    """The most memory the process has held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
