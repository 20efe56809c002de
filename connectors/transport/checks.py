"""Trying a system for `portal check`: what was tried, how it went, and what a person can do about it."""

from collections.abc import Awaitable, Callable
from time import monotonic

from connectors.errors import (
    ConnectorError,
    SourceBusy,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceRejected,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.ports import CheckResult

_HINTS: tuple[tuple[type[ConnectorError], str], ...] = (
    (SourceUnreachable, "check the address in the settings, the network, and the system itself"),
    (SourceTimeout, "the system is slow or hangs; raise `timeout` if that is usual for it"),
    (SourceMisconfigured, "check user, password and path in the settings, and the user's rights in the system"),
    (SourceMisanswered, "something else than the system answers: check path and version in the settings"),
    (SourceRejected, "the system's own words tell why; its administrator can help"),
    (SourceBusy, "the system's limit of requests is used up: try again later"),
    (SourceFailed, "the system fails by itself: its administrator can help"),
)


async def tried(what: str, work: Callable[[], Awaitable[object]]) -> CheckResult:
    """Run `work` and tell how it went. Never raises, and tells no host and no payload."""
    started = monotonic()
    try:
        await work()
    except ConnectorError as error:
        return CheckResult(what, False, monotonic() - started, f"{error.message}: {_advice(error)}")
    except Exception as error:
        # A check must show every fault, also one of ours.
        return CheckResult(what, False, monotonic() - started, f"a fault of the gateway: {type(error).__name__}")
    return CheckResult(what, True, monotonic() - started)


def _advice(error: ConnectorError) -> str:
    return next((hint for kind, hint in _HINTS if isinstance(error, kind)), "see the log")
