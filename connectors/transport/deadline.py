"""The moment by which an answer is of use: set once for a request, obeyed by every call made for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """What runs in the block is due in `seconds`, or earlier where a deadline outside says so."""
    due = monotonic() + seconds
    outer = _deadline.get()
    token = _deadline.set(due if outer is None else min(due, outer))
    try:
        yield
    finally:
        _deadline.reset(token)


@contextmanager
def no_deadline() -> Iterator[None]:
    """For work that serves others too: one caller's haste is not theirs."""
    token = _deadline.set(None)
    try:
        yield
    finally:
        _deadline.reset(token)


def remaining(at_most: float) -> float:
    """Seconds left, at most `at_most`, never below zero."""
    due = _deadline.get()
    return at_most if due is None else max(0.0, min(at_most, due - monotonic()))
