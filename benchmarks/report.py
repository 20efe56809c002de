"""Results as a page: ratios first, since figures of another machine or day are not to be compared."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.rounds import Result, Scenario

GATEWAY, CACHED, STRAWBERRY = "gateway", "gateway, warm cache", "Strawberry, data loaders, httpx"

Results = Mapping[Scenario, Mapping[str, Result]]

PEERS_DO_NOT = """The peers answer the same query with the same answer, compared before anything is timed, from the
same bytes of the same systems. They do **not** check a token, know no viewer, role or scope (they are given the
accounts to read), check no row that comes back, know one language and one order, follow no limits of size or time, and
tell no errors apart. Strawberry's variant is the gateway with all its rules, its graph executed by graphql-core through
data loaders, its systems called over httpx; its connectors are those of the gateway. Hive Gateway's three subgraphs run
in its own process."""


class Goal(NamedTuple):
    what: str
    wanted: str
    measured: str
    reached: bool


def page(results: Results, leaves: Mapping[int, int]) -> str:
    """`leaves` are the leaves of an answer, by its assets."""
    parts = [
        "# What a query costs, side by side",
        "",
        f"Written by `make bench` on {date.today().isoformat()}; not by hand.",  # noqa: DTZ011 - the reader's day
        "",
        *_machine(),
        "",
        "One core for the server, the other for the systems and the load. Medians of interleaved rounds; the gateway "
        "with every access rule on, its token checked, and reads in flight not joined (but CRM queries of one moment, "
        "whoever's, share a composite call, as in production: fewer calls than four with 16 at a time).",
        "",
        PEERS_DO_NOT,
        "",
        "## The goals",
        "",
        "| goal | wanted | measured | |",
        "|---|---|---|---|",
        *(
            f"| {goal.what} | {goal.wanted} | {goal.measured} | {'reached' if goal.reached else '**missed**'} |"
            for goal in goals(results, leaves)
        ),
        "",
        "![CPU of a query by rows](growth.svg)",
        "",
    ]
    for scenario, by_variant in results.items():
        parts += [*_table(scenario, by_variant), ""]
    return "\n".join(parts)


def goals(results: Results, leaves: Mapping[int, int]) -> list[Goal]:
    """The figures to reach, as far as what they compare was measured."""
    busy = results.get(Scenario(100, 16, 0.0), {})
    found = [
        _ratio(busy, GATEWAY, STRAWBERRY, 40),
        _ratio(busy, GATEWAY, "Apollo Server", 8),
        _ratio(busy, GATEWAY, "Hive Gateway", 15),
        _ratio(busy, GATEWAY, "mercurius, JIT, tuned", 2),
        _ratio(busy, CACHED, GATEWAY, 2),
    ]
    if GATEWAY in busy:
        spread = busy[GATEWAY].p99 / busy[GATEWAY].p50
        found.append(Goal("p99 against p50, 16 at a time", "under 3", f"{spread:.1f}", spread < 3))
    slow = results.get(Scenario(100, 1, 0.02), {}).get(GATEWAY)
    if slow is not None:
        over = slow.p50 - 40
        found.append(Goal("p50 over the floor of two levels at 20 ms", "4 ms", f"{over:.1f} ms", over <= 4))
    small, large = (results.get(Scenario(assets, 16, 0.0), {}).get(GATEWAY) for assets in (10, 1000))
    if small is not None and large is not None:
        a_leaf = (large.cpu - small.cpu) * 1000 / max(1, leaves[1000] - leaves[10])
        found.append(Goal("CPU of a further leaf", "under 5 µs", f"{a_leaf:.1f} µs", a_leaf < 5))
    return [goal for goal in found if goal is not None]


def _goal_row(goal: Goal) -> str:
    return f"| {goal.what} | {goal.wanted} | {goal.measured} | {'reached' if goal.reached else '**missed**'} |"


def _ratio(results: Mapping[str, Result], one: str, other: str, wanted: float) -> Goal | None:
    if one not in results or other not in results:
        return None
    ratio = results[one].queries_a_second / results[other].queries_a_second
    return Goal(f"{one} against {other}, queries a second", f"{wanted:g} ×", f"{ratio:.1f} ×", ratio >= wanted)


def _table(scenario: Scenario, by_variant: Mapping[str, Result]) -> Sequence[str]:
    ours = by_variant[GATEWAY].queries_a_second
    head = f"## {scenario.assets} assets, {scenario.concurrency} at a time, systems take {scenario.delay * 1000:g} ms"
    return [
        head,
        "",
        "| variant | queries/s | gateway is | p50 ms | p99 ms | CPU ms | memory MB | calls | KB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(_row(name, row, ours) for name, row in by_variant.items()),
    ]


def _row(name: str, row: Result, ours: float) -> str:
    cells = [
        name,
        f"{row.queries_a_second:.1f}",
        f"{ours / row.queries_a_second:.2f} ×",
        f"{row.p50:.1f}",
        f"{row.p99:.1f}",
        f"{row.cpu:.2f}",
        f"{row.memory:.0f}",
        f"{row.calls:.1f}",
        f"{row.kilobytes:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _machine() -> list[str]:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ("strawberry-graphql", "graphql-core", "msgspec", "httptools", "uvloop", "uvicorn", "httpx", "lxml")
    return [
        f"- {cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}",
        f"- Python {platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in libraries),
        f"- Node {_node()}",
    ]


def _node() -> str:
    try:
        return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return "is missing: the peers were left out"
