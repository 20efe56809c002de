"""Rounds of load on servers in turn, so that what disturbs the machine disturbs all of them alike."""

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from benchmarks.load import Measured, Target, peak_megabytes
from benchmarks.query import dashboard


class Scenario(NamedTuple):
    assets: int
    concurrency: int
    delay: float  # seconds that each answer of a system takes


class Result(NamedTuple):
    """Medians over the rounds. Latencies in milliseconds, CPU in milliseconds a query, memory in megabytes."""

    queries_a_second: float
    p50: float
    p99: float
    cpu: float
    memory: float
    calls: float
    kilobytes: float


async def measured(
    targets: Mapping[str, Target], scenario: Scenario, *, rounds: int, seconds: float, control: str
) -> dict[str, Result]:
    """Each variant's result. A round takes about so many seconds of each, and 8 queries at least."""
    body = msgspec.json.encode({"query": dashboard(scenario.assets)})
    await told(control, scenario.delay)
    sizes: dict[str, int] = {}
    for name, target in targets.items():
        first = await target.measure(body, queries=scenario.concurrency + 4, concurrency=scenario.concurrency)
        sizes[name] = max(8, scenario.concurrency, int(first.queries_a_second * seconds))
    taken: dict[str, list[Measured]] = {name: [] for name in targets}
    upstream: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for name, target in targets.items():
            await told(control, scenario.delay)
            taken[name].append(await target.measure(body, queries=sizes[name], concurrency=scenario.concurrency))
            counted = await told(control, scenario.delay)
            upstream[name] = (_total(counted["calls"]) / sizes[name], _total(counted["bytes"]) / sizes[name] / 1024)
    return {name: _result(taken[name], targets[name].pid, *upstream[name]) for name in targets}


def _result(rounds: Sequence[Measured], pid: int, calls: float, kilobytes: float) -> Result:
    median = statistics.median
    return Result(
        queries_a_second=median(each.queries_a_second for each in rounds),
        p50=median(each.percentile(0.50) for each in rounds) * 1000,
        p99=median(each.percentile(0.99) for each in rounds) * 1000,
        cpu=median(each.cpu for each in rounds) * 1000,
        memory=peak_megabytes(pid),
        calls=calls,
        kilobytes=kilobytes,
    )


async def told(control: str, delay: float) -> dict[str, dict[str, int]]:
    """Set the systems' delay, count from zero, and give what was counted."""
    parts = urlsplit(control)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"POST /?delay={delay} HTTP/1.1\r\nhost: replay\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    counted: dict[str, dict[str, int]] = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
    return counted


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts.values())
