"""What becomes of answers when more is asked than can be served: `python -m benchmarks.overload`.

The demo's gateway and its simulators, asked by so many clients as keep it busy, then by 2, 10 and 50 times as many, who
come back soon after a refusal. Reports ratios to the first round, and how long a health check took meanwhile.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from time import perf_counter
from typing import NamedTuple

from tests.gateway.test_serve import free_port, until_it_answers

BUSY = 16
"""Clients that keep the gateway busy."""

TIMES = (1, 2, 10, 50)
SECONDS = 8.0
_IMPATIENCE = 0.1  # seconds after which a client comes back that was refused
QUERY = "{ installedProducts(first: 20) { nodes { assetId description cases(first: 3) { nodes { number } } } } }"


class Round(NamedTuple):
    served: float
    refused: float
    failed: int
    latencies: list[float]
    health: list[float]

    def percentile(self, share: float) -> float:
        return self.latencies[int(share * (len(self.latencies) - 1))]


class Load:
    def __init__(self, port: int, token: str) -> None:
        self._port = port
        body = json.dumps({"query": QUERY}).encode()
        head = f"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n"
        kind = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self._request = (head + kind).encode() + body

    async def round(self, clients: int) -> Round:
        statuses, latencies, health = Counter[int](), list[float](), list[float]()
        until = perf_counter() + SECONDS

        async def client() -> None:
            while perf_counter() < until:
                with suppress(OSError, asyncio.IncompleteReadError):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                    await self._ask(reader, writer, until, statuses, latencies)

        async def check() -> None:
            while perf_counter() < until:
                began = perf_counter()
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                await reader.read()
                writer.close()
                health.append(perf_counter() - began)
                await asyncio.sleep(0.1)

        await asyncio.gather(check(), *(client() for _ in range(clients)))
        refused = statuses[503] + statuses[429]
        failed = statuses.total() - refused - statuses[200]
        return Round(statuses[200] / SECONDS, refused / SECONDS, failed, sorted(latencies), sorted(health))

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        until: float,
        statuses: Counter[int],
        latencies: list[float],
    ) -> None:
        while perf_counter() < until:
            began = perf_counter()
            writer.write(self._request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            _, _, rest = head.partition(b"content-length: ")
            await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
            status = int(head[9:12])
            statuses[status] += 1
            if status == 200:
                latencies.append(perf_counter() - began)
            else:
                await asyncio.sleep(_IMPATIENCE)
        writer.close()


async def measure(port: int, token: str) -> None:
    load = Load(port, token)
    await load.round(BUSY)  # warm
    first: Round | None = None
    print("clients  served  refused/s  failed  p50   p99   health")
    for times in TIMES:
        made = await load.round(BUSY * times)
        first = first or made
        p50, p99 = (made.percentile(share) / first.percentile(share) for share in (0.5, 0.99))
        served = f"{made.served / first.served:.2f}x"
        print(
            f"{times:>5}x  {served:>7} {made.refused:>9.0f}  {made.failed:>6}  {p50:.1f}x  {p99:.1f}x  "
            f"{made.health[-1] * 1000:.0f} ms at most"
        )
    print(f"1x: {first.served:.0f} answers a second, p50 {first.percentile(0.5) * 1000:.0f} ms" if first else "")


def main() -> None:
    port = free_port()
    command = [sys.executable, "-m", "gateway", "demo", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as gateway:  # noqa: S603
        try:
            until_it_answers(f"http://127.0.0.1:{port}/healthz")
            asking = [sys.executable, "-m", "gateway", "demo-token", "manager@north.example", "--port", str(port)]
            token = subprocess.run(asking, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
            asyncio.run(measure(port, token))
        finally:
            gateway.terminate()


if __name__ == "__main__":
    main()
