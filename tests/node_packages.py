"""Programs of Node that tests use: installed once on a machine, from their lock."""

import hashlib
import shutil
import subprocess
import tempfile
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

NPM = pytest.mark.skipif(shutil.which("npm") is None, reason="what it uses comes from npm")


def installed(source: Path) -> Path:
    """A folder with what `source` names in its package-lock.json, and with its programs (`*.mjs`)."""
    lock = (source / "package-lock.json").read_bytes()
    folder = Path(tempfile.gettempdir()) / f"portal-{source.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as file:
        flock(file, LOCK_EX)  # the workers of a test run install it together
        if not (folder / "node_modules" / ".installed").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, folder)
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)  # noqa: S607  # as the machine has it
            (folder / "node_modules" / ".installed").touch()
        for program in source.glob("*.mjs"):
            shutil.copy(program, folder)
    return folder
