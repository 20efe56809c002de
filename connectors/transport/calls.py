"""What was asked of the systems: each call is told once, to whoever listens (metrics) and to who wants their own (a
request that shows what it caused)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import structlog

log = structlog.get_logger(__name__)

ANSWERED = "answered"


class UpstreamCall(NamedTuple):
    """`target` is the path without its query. `started` is of `time.monotonic`. `outcome` is ANSWERED, or the name of
    what was raised (`connectors.errors`). `status` is 0 without an answer."""

    system: str
    method: str
    target: str
    started: float
    seconds: float
    outcome: str
    status: int
    bytes: int


Listener = Callable[[UpstreamCall], None]

_listeners: list[Listener] = []
_recorded: ContextVar[list[UpstreamCall] | None] = ContextVar("recorded", default=None)


def listen(listener: Listener) -> None:
    """To all calls of this process, until `unlisten`."""
    _listeners.append(listener)


def unlisten(listener: Listener) -> None:
    if listener in _listeners:
        _listeners.remove(listener)


@contextmanager
def recorded() -> Iterator[list[UpstreamCall]]:
    """The calls that are made for what runs in the block; those that others wait for, too, are their first asker's."""
    calls: list[UpstreamCall] = []
    token = _recorded.set(calls)
    try:
        yield calls
    finally:
        _recorded.reset(token)


def tell(call: UpstreamCall) -> None:
    mine = _recorded.get()
    if mine is not None:
        mine.append(call)
    for listener in _listeners:
        listener(call)
