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
    seconds = remaining(_LONGEST)
    if attempts == 1 or seconds == 0:
        return await read()
    async for attempt in stamina.retry_context(
        on=Retryable, attempts=attempts, timeout=seconds, wait_initial=0.05, wait_max=1.0, wait_jitter=0.1
    ):
        with attempt:
            return await read()
    raise AssertionError("stamina raises the last failure itself")
