"""Reading once more: what was broken off may work the second time, within the time that is left."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from connectors.errors import Retryable
from connectors.transport.deadline import remaining

T = TypeVar("T")

_LONGEST = 300.0


async def read_again(read: Callable[[], Awaitable[T]], *, attempts: int) -> T:
    """Call `read` until it answers, at most `attempts` times and not past the deadline. For reads only."""
    if attempts == 1:
        return await read()
    try:
        return await read()  # answered at once, as nearly all are, it needs no preparations for a second time
    except Retryable as error:
        failures = [error]
    seconds = remaining(_LONGEST)
    if seconds == 0:
        raise failures.pop()
    async for attempt in stamina.retry_context(
        on=Retryable, attempts=attempts, timeout=seconds, wait_initial=0.05, wait_max=1.0, wait_jitter=0.1
    ):
        with attempt:
            if failures:
                raise failures.pop()
            return await read()
    raise AssertionError("stamina raises the last failure itself")
