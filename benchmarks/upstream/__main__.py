"""`python -m benchmarks.upstream --assets 600`: simulators of every system, and the replay in front of them.

Writes one line of JSON once all answer (`Upstream`), and ends when its input does.
"""

import argparse
import asyncio
import os
import sys
import threading
from functools import partial

import msgspec
import uvloop

from benchmarks.upstream.replay import Connection, Control, Memory, System
from gateway.demo.run import first_line, simulators_beside
from gateway.demo.settings import Addresses, Started


class Upstream(msgspec.Struct, frozen=True):
    """Where the replayed systems answer, what signs tokens, and where the replay is told what to do."""

    started: Started
    control: str


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--assets", type=int, default=600)
    chosen = options.parse_args()
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    with simulators_beside(chosen.assets, 1) as output:
        uvloop.run(_serve(first_line(output)))


async def _serve(simulated: Started) -> None:
    loop = asyncio.get_running_loop()
    targets: dict[str, str] = msgspec.structs.asdict(simulated.addresses)
    memory = Memory({})
    here: dict[str, str] = {}
    for name, target in targets.items():
        server = await loop.create_server(partial(Connection, System(name, target, memory)), "127.0.0.1", 0)
        here[name] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        memory.addresses[target] = here[name]
    # Tokens name their issuer, so that one system answers at its own address.
    here["identity"] = targets["identity"]
    del memory.addresses[targets["identity"]]
    control = await loop.create_server(partial(Control, memory), "127.0.0.1", 0)
    told = Upstream(
        Started(addresses=Addresses(**here), key=simulated.key),
        f"http://127.0.0.1:{control.sockets[0].getsockname()[1]}",
    )
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()
    await asyncio.Event().wait()


def _end_with_the_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
