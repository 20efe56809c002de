"""The simulated systems, all in one process beside the gateway's: `python -m gateway.demo.simulators`.

It writes one line of JSON to its output (`Started`) once every system answers, and ends when its input does: with the
gateway, however that ends.
"""

import argparse
import asyncio
import os
import sys
import threading

import msgspec
import uvloop
from starlette.types import ASGIApp

from fixtures.simulators.conduct import Conduct
from fixtures.simulators.openid_provider import DemoIssuer
from fixtures.simulators.openid_provider import create_app as openid_provider
from fixtures.simulators.salesforce_installed_base.app import create_app as salesforce
from fixtures.simulators.sap_service_orders.app import create_app as sap
from fixtures.simulators.server import listen, server_for, url_of
from fixtures.simulators.soap_case_archive import create_app as case_archive
from fixtures.simulators.soap_contracts import create_app as contracts
from fixtures.world.generator import generate
from fixtures.world.model import World
from gateway.demo.settings import CLIENT_ID, CLIENT_SECRET, PASSWORD, USER, Addresses, Started


def applications(world: World, issuer: DemoIssuer) -> dict[str, ASGIApp]:
    """Every system over that world, by its name among the addresses."""
    return {
        "installed_base": salesforce(world, Conduct(), client_id=CLIENT_ID, client_secret=CLIENT_SECRET),
        "service_orders": sap(world, Conduct(), user=USER, password=PASSWORD),
        "contracts": contracts(world, Conduct(), user=USER, password=PASSWORD),
        "case_archive": case_archive(world, Conduct(), user=USER, password=PASSWORD),
        "identity": openid_provider(world.personas, conduct=Conduct(), issuer=issuer, client_secret=CLIENT_SECRET),
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--assets", type=int, default=0)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    threading.Thread(target=_end_with_the_gateway, daemon=True).start()
    uvloop.run(_serve(generate(chosen.assets, chosen.seed)))


async def _serve(world: World) -> None:
    issuer = DemoIssuer("", algorithm="ES256")
    served = {name: (server_for(app), listen()) for name, app in applications(world, issuer).items()}
    addresses = Addresses(**{name: url_of(listener) for name, (_, listener) in served.items()})
    issuer.url = addresses.identity
    async with asyncio.TaskGroup() as group:
        for server, listener in served.values():
            group.create_task(server.serve(sockets=[listener]))
        # They listen already: a call that comes before its server is up waits in the backlog.
        started = Started(addresses=addresses, key=issuer.private_jwk())
        sys.stdout.buffer.write(msgspec.json.encode(started) + b"\n")
        sys.stdout.buffer.flush()


def _end_with_the_gateway() -> None:
    sys.stdin.buffer.read()
    os._exit(0)  # nothing here outlives the process


if __name__ == "__main__":
    main()
