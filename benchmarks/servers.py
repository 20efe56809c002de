"""The servers that are compared, each in a process of its own on one core; the systems and the load have the other."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from benchmarks.upstream.__main__ import Upstream

SERVED, BESIDE = 0, 1
"""The core of the server that is measured, and that of everything around it."""

_HERE = Path(__file__).parent
_ROOT = _HERE.parent
_NODE_MODULES = _ROOT / "var" / "peers"

PEERS: dict[str, tuple[str, ...]] = {
    "mercurius, JIT, tuned": ("node", "--max-semi-space-size=64", "mercurius.mjs"),
    "mercurius, JIT": ("node", "mercurius.mjs"),
    "Apollo Server": ("node", "apollo.mjs"),
    "Hive Gateway": ("node", "hive.mjs"),
}


@contextmanager
def upstream(assets: int) -> Iterator[Upstream]:
    """The replayed systems of a world of that size."""
    with _process([sys.executable, "-m", "benchmarks.upstream", "--assets", str(assets)], BESIDE) as process:
        yield msgspec.json.decode(_line(process), type=Upstream)


@contextmanager
def python_server(variant: str, systems: Upstream) -> Iterator[tuple[int, int]]:
    """The port and process of a Python variant (`benchmarks.serve`)."""
    with _process([sys.executable, "-m", "benchmarks.serve", variant], SERVED) as process:
        _input(process).write(msgspec.json.encode(systems.started) + b"\n")
        _input(process).flush()
        yield int(_line(process)), process.pid


@contextmanager
def node_server(command: Sequence[str], config: bytes) -> Iterator[tuple[int, int]]:
    """The port and process of a peer. `config` is what it reads from its input."""
    with _process(command, SERVED, folder=_NODE_MODULES) as process:
        _input(process).write(config)
        _input(process).close()
        yield int(_line(process)), process.pid


def peers_installed() -> bool:
    """Install the peers into a scratch folder. False, with a word why, where there is no npm."""
    if shutil.which("npm") is None:
        sys.stderr.write("The Node peers are left out: there is no npm.\n")
        return False
    _NODE_MODULES.mkdir(parents=True, exist_ok=True)
    for file in (_HERE / "peers").iterdir():
        if file.is_file():
            shutil.copy(file, _NODE_MODULES)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"]
    done = subprocess.run(command, cwd=_NODE_MODULES, check=False)  # noqa: S603 - of our own lock file
    if done.returncode:
        sys.stderr.write("The Node peers are left out: npm could not install them.\n")
    return done.returncode == 0


@contextmanager
def _process(command: Sequence[str], core: int, folder: Path = _ROOT) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(  # noqa: S603 - the commands stand in this file
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(_ROOT), "NODE_ENV": "production"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    os.sched_setaffinity(process.pid, {core % (os.cpu_count() or 1)})
    try:
        yield process
    finally:
        process.kill()  # there is nothing to lose, and not every server ends when it is asked
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _line(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a server did not start; what it said stands above")
    return line


def _input(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    return process.stdin
