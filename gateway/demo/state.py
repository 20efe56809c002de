"""What running demos tell other processes of the same user, so that `portal demo-token` works from any folder."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import msgspec


class DemoError(Exception):
    """Something a person must do otherwise; the message says what."""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """One demo. `key` is the private key that signs its personas' tokens."""

    pid: int
    port: int
    issuer: str
    key: dict[str, str | list[str]]


def folder() -> Path:
    """The user's own folder for demos, made when it is missing. Raises DemoError where it isn't the user's alone."""
    path = Path(tempfile.gettempdir()) / f"portal-demo-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise DemoError(f"{path} is not a folder of yours alone: remove it, or set TMPDIR to another place")
    return path


def store_path(port: int) -> Path:
    """The SQLite file of the demo on that port."""
    return folder() / f"{port}.db"


def mail_folder(port: int) -> Path:
    """Where that demo puts the mails it would send."""
    return folder() / f"{port}-mail"


def announce(running: Running) -> None:
    """Let other processes know. The file is readable by the user alone from its first moment on."""
    path = _path(running.port)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(running))


def retract(port: int) -> None:
    """Forget the demo on that port, with what it kept."""
    for path in (_path(port), *(folder().glob(f"{port}.db*"))):
        path.unlink(missing_ok=True)
    shutil.rmtree(store_path(port).with_suffix(".files"), ignore_errors=True)
    shutil.rmtree(mail_folder(port), ignore_errors=True)


def running_demos() -> list[Running]:
    """The demos that run now, by port. What a demo left behind that was killed is removed."""
    demos = []
    for path in folder().glob("*.json"):
        try:
            demo = msgspec.json.decode(path.read_bytes(), type=Running)
        except (OSError, msgspec.MsgspecError):
            continue  # just removed, or of another version
        if _lives(demo.pid):
            demos.append(demo)
        else:
            retract(demo.port)
    return sorted(demos, key=lambda demo: demo.port)


def choose(port: int | None) -> Running:
    """The demo on that port, or the only one there is. Raises DemoError where there is none, or several."""
    demos = running_demos()
    chosen = [demo for demo in demos if port in (None, demo.port)]
    if len(chosen) == 1:
        return chosen[0]
    if not demos:
        raise DemoError("no demo is running: start one with `portal demo` or `make run`")
    ports = ", ".join(str(demo.port) for demo in demos)
    if chosen:
        raise DemoError(f"several demos are running: choose one with --port ({ports})")
    raise DemoError(f"no demo is running on port {port}; there is one on {ports}")


def _path(port: int) -> Path:
    return folder() / f"{port}.json"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # the number went to a process of somebody else
    return True
