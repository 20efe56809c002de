"""`portal demo`: the simulators in a process beside this one, the gateway here, until Ctrl-C."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Literal, TypeAlias

from gateway.demo.state import DemoError, Running, announce, mail_folder, retract, store_path
from gateway.server import PortTaken, listen, serve

if TYPE_CHECKING:
    from gateway.demo.settings import Started

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

_SECONDS_TO_END = 2.0


def run_demo(port: int, *, assets: int, seed: int, log_level: LogLevel) -> None:
    """Run until a signal ends it. `assets` grows the story to so many. Raises DemoError."""
    try:
        listener = listen("127.0.0.1", port)
    except PortTaken as error:
        raise DemoError(f"port {port} is taken. Choose another: portal demo --port {port + 1}") from error
    port = listener.getsockname()[1]
    with listener, simulators_beside(assets, seed) as output:
        # While the simulators start, this process reads its own modules.
        from gateway.demo.gateway import prepare

        started = first_line(output)
        running = Running(pid=os.getpid(), port=port, issuer=started.addresses.identity, key=started.key)
        retract(port)
        demo = prepare(running, started.addresses, store_path(port), mail_folder(port), log_level)
        announce(running)
        try:
            serve(demo.app, listener, stop_timeout=1, on_ready=demo.welcome)
        finally:
            retract(port)


@contextmanager
def simulators_beside(assets: int, seed: int) -> Iterator[IO[bytes]]:
    """Their process, for the block; gives its output. It ends when its input does, so that it never outlives us."""
    command = [sys.executable, "-m", "gateway.demo.simulators", "--assets", str(assets), "--seed", str(seed)]
    # In a process group of its own: Ctrl-C is for us, and we end it.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)  # noqa: S603
    assert process.stdin is not None  # noqa: S101  # both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        yield process.stdout
    finally:
        process.stdin.close()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def first_line(output: IO[bytes]) -> "Started":
    import msgspec

    from gateway.demo.settings import Started

    line = output.readline()
    if not line:
        raise DemoError("the simulated systems did not start; what they said stands above")
    return msgspec.json.decode(line, type=Started)
