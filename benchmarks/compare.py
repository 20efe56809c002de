"""The product and its alternatives, side by side in one run: `make bench`, or `make bench QUICK=1` for the one scenario
that the goals are about. Writes benchmarks/RESULTS.md and benchmarks/growth.svg."""

import argparse
import asyncio
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.load import Target
from benchmarks.peer_config import ACCOUNTS, account_keys, peer_config
from benchmarks.picture import growth
from benchmarks.query import WHO, dashboard, leaves
from benchmarks.report import CACHED, GATEWAY, STRAWBERRY, Results, page
from benchmarks.rounds import Result, Scenario, measured
from benchmarks.servers import BESIDE, PEERS, node_server, peers_installed, python_server, upstream
from fixtures.simulators.openid_provider import DemoIssuer
from fixtures.world.loader import load_story

_HERE = Path(__file__).parent
_PYTHON = {GATEWAY: "gateway", CACHED: "cached", STRAWBERRY: "strawberry"}
_WORLD = {True: 600, False: 3_300}  # assets, quick or not; a third of them are the viewer's
_SLOWEST = frozenset({STRAWBERRY})  # left out where one query of theirs takes longer than a round

FULL = [Scenario(assets, at_once, delay) for assets in (10, 100, 1000) for at_once in (1, 16) for delay in (0.0, 0.02)]
QUICK = [Scenario(100, 16, 0.0)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=1.0, help="of each variant in each round, about")
    chosen = options.parse_args()
    os.sched_setaffinity(0, {BESIDE % (os.cpu_count() or 1)})
    with upstream(_WORLD[chosen.quick]) as systems, ExitStack() as servers:
        issuer = DemoIssuer.from_jwk(systems.started.key, url=systems.started.addresses.identity)
        token = issuer.token_for(next(each for each in load_story().personas if each.name == WHO))
        targets = {
            name: Target(*servers.enter_context(python_server(variant, systems)), token)
            for name, variant in _PYTHON.items()
        }
        results, counted = asyncio.run(_compare(targets, servers, systems, token, chosen))
    for scenario in results:
        sys.stdout.write(f"{scenario}\n")
        for name, row in results[scenario].items():
            sys.stdout.write(f"  {name:34} {row.queries_a_second:8.1f} q/s  {row.cpu:7.2f} ms CPU\n")
    if not chosen.quick:
        (_HERE / "RESULTS.md").write_text(page(results, counted), encoding="utf-8")
        (_HERE / "growth.svg").write_text(growth(_costs(results)), encoding="utf-8")


async def _compare(
    targets: dict[str, Target], servers: ExitStack, systems: Any, token: str, chosen: argparse.Namespace
) -> tuple[Results, dict[int, int]]:
    if peers_installed():
        accounts = account_keys(await targets[GATEWAY].ask(msgspec.json.encode({"query": ACCOUNTS})))
        config = peer_config(systems, accounts)
        for name, command in PEERS.items():
            targets[name] = Target(*servers.enter_context(node_server(command, config)), token)
    scenarios = QUICK if chosen.quick else FULL
    counted = await _checked(targets, sorted({scenario.assets for scenario in scenarios}))
    results: dict[Scenario, dict[str, Result]] = {}
    for scenario in scenarios:
        sys.stderr.write(f"{scenario}\n")
        asked = {name: target for name, target in targets.items() if scenario.assets < 1000 or name not in _SLOWEST}
        results[scenario] = await measured(
            asked, scenario, rounds=chosen.rounds, seconds=chosen.seconds, control=systems.control
        )
    for target in targets.values():
        await target.close()
    return results, counted


async def _checked(targets: dict[str, Target], sizes: list[int]) -> dict[int, int]:
    """The leaves of an answer by its assets; ends the run where one variant answers something else than another."""
    counted = {}
    for assets in sizes:
        body = msgspec.json.encode({"query": dashboard(assets)})
        expected = None
        for name, target in targets.items():
            sys.stderr.write(f"recording what {name} asks the systems for {assets} assets\n")
            answer = msgspec.json.decode(await target.ask(body))
            data = _in_one_order(answer["data"]) if not answer.get("errors") else answer
            expected = data if expected is None else expected
            if data != expected:
                sys.exit(f"{name} answers something else for {assets} assets, so its time means nothing")
        counted[assets] = leaves(expected)
        if len(expected["installedProducts"]["nodes"]) != assets:  # type: ignore[index]  # there is a target
            sys.exit(f"the world holds fewer than {assets} assets of the viewer")
    return counted


def _in_one_order(data: Any) -> Any:
    """The peers know one order of cases and lines; which it is does not matter here."""
    for node in data["installedProducts"]["nodes"]:
        node["cases"]["nodes"].sort(key=lambda case: case["number"])
        node["contractLines"].sort(key=lambda line: (line["contractNumber"], line["number"]))
    return data


def _costs(results: Results) -> dict[str, dict[int, float]]:
    costs: dict[str, dict[int, float]] = {}
    for scenario, by_variant in results.items():
        if (scenario.concurrency, scenario.delay) == (16, 0.0):
            for name, row in by_variant.items():
                costs.setdefault(name, {})[scenario.assets] = row.cpu
    return costs


if __name__ == "__main__":
    main()
