"""A dashboard of 100 assets with account, location, open cases and contract lines, at concurrency 16.

Three variants over the same simulators (in a process of their own), interleaved:

- `door`: the rows alone, asked for through `auth.visibility` as the graph's resolvers do,
- `graph`: the query executed, without HTTP in front,
- `http`: the query sent to the gateway's application, its token checked and JSON written.

What `graph` takes beyond `door` is execution; what `http` takes beyond `graph` is the process around it.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx
import uvloop
from starlette.applications import Starlette

from auth.claims import viewer_of
from auth.viewer import Viewer
from auth.visibility import Window
from connectors.queries import InstalledProductQuery
from fixtures.simulators.openid_provider import DemoIssuer
from fixtures.world.loader import load_story
from gateway.app import create_app
from gateway.demo.run import first_line, simulators_beside
from gateway.demo.settings import Started, settings_for
from gateway.logging import configure_logging
from gateway.wiring import Gateway
from schema.labels import locales

WHO = "manager@north.example"
QUERY = """{ installedProducts(first: 100) { nodes {
  assetId description serialNumber modalityLabel statusLabel account { name number } location { description city }
  cases(filter: { open: true }) { nodes { number priorityLabel statusLabel description createdAt } }
  contractLines { number contractNumber description endDate expiryStatus }
} } }"""

Run = Callable[[], Awaitable[None]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--assets", type=int, default=600, help="assets of the world; a third of them the viewer's")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--queries", type=int, default=64, help="queries of one variant a round")
    options.add_argument("--concurrency", type=int, default=16)
    chosen = options.parse_args()
    configure_logging("error", "console")
    with simulators_beside(chosen.assets, 1) as output, TemporaryDirectory() as folder:
        uvloop.run(_compare(first_line(output), Path(folder), chosen))


async def _compare(started: Started, folder: Path, chosen: argparse.Namespace) -> None:
    app = create_app(settings_for(started.addresses, store=folder / "portal.db"))
    variants = _variants(app, started)
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for run in variants.values():
        await run()  # warm: signed in, connected, hierarchy known
    for _ in range(chosen.rounds):
        for name, run in variants.items():
            taken[name].append(await _queries_a_second(run, chosen.queries, chosen.concurrency))
    await app.state.gateway.close()
    fastest = statistics.median(taken["door"])
    print(f"{'variant':8} {'queries/s':>10}   of door")
    for name, rates in taken.items():
        middle = statistics.median(rates)
        print(f"{name:8} {middle:10.1f}   {middle / fastest:7.2f}")


async def _queries_a_second(run: Run, queries: int, concurrency: int) -> float:
    left = iter(range(queries))

    async def client() -> None:
        for _ in left:
            await run()

    began = perf_counter()
    await asyncio.gather(*(client() for _ in range(concurrency)))
    return queries / (perf_counter() - began)


def _variants(app: Starlette, started: Started) -> dict[str, Run]:
    gateway: Gateway = app.state.gateway
    issuer = DemoIssuer.from_jwk(started.key, url=started.addresses.identity)
    persona = next(persona for persona in load_story().personas if persona.name == WHO)
    token = issuer.token_for(persona)
    viewer = viewer_of(issuer.verify(token), gateway.settings.identity.issuers[0].claims, locales=locales())
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway", timeout=60)

    async def http() -> None:
        answer = await client.post("/graphql", json={"query": QUERY}, headers={"authorization": f"Bearer {token}"})
        _hold("errors" not in answer.json(), answer.text)

    async def graph() -> None:
        context = gateway.context_for(viewer, "bench")
        answer = await gateway.executor.execute(QUERY, None, None, context)
        _hold(not answer.errors, str(answer.errors))

    return {"door": lambda: _door(gateway, viewer), "graph": graph, "http": http}


async def _door(gateway: Gateway, viewer: Viewer) -> None:
    visible = await gateway.context_for(viewer, "bench").visible()
    page = await visible.installed_products.page(InstalledProductQuery(scope=visible.scope), Window(first=100))
    numbers = [row.asset_id for row in page.rows if row.asset_id is not None]
    await asyncio.gather(
        visible.accounts.assigned_by_id(row.account_id for row in page.rows if row.account_id is not None),
        visible.locations.by_id(row.location_id for row in page.rows if row.location_id is not None),
        visible.cases.open_of_assets(numbers),
        visible.contracts.of_assets(numbers),
    )


def _hold(right: bool, answer: str) -> None:
    if not right:
        sys.exit(f"the answer is wrong, so its time means nothing: {answer[:500]}")


if __name__ == "__main__":
    main()
