"""Reading once more: what was broken off may work the second time, within the time that is left and the budget."""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import stamina

from connectors.errors import Retryable
from connectors.transport.deadline import remaining

T = TypeVar("T")

_LONGEST = 300.0
_BURST = 10.0


class RetryBudget:
    """How much of what a system is asked may be asked again: `share` of its calls, and ten at once. A system that fails
    altogether is not asked twice as much for it."""

    def __init__(self, share: float, *, clock: Callable[[], float] = monotonic) -> None:
        self._share = share
        self._clock = clock
        self._tokens = _BURST
        self._since = clock()

    def called(self) -> None:
        """A call was made."""
        self._tokens = min(_BURST, self._tokens + self._share)

    def allows(self) -> bool:
        """Whether there may be one more; if so, it is taken. One comes back each second, so that where little is asked
        there is something."""
        now = self._clock()
        self._tokens = min(_BURST, self._tokens + (now - self._since))
        self._since = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


async def read_again(read: Callable[[], Awaitable[T]], *, attempts: int, budget: RetryBudget) -> T:
    """Call `read` until it answers, at most `attempts` times, not past the deadline nor the budget. For reads only."""
    if attempts == 1:
        return await read()
    try:
        return await read()  # answered at once, as nearly all are, it needs no preparations for a second time
    except Retryable as error:
        failures = [error]
    seconds = remaining(_LONGEST)
    if seconds == 0:
        raise failures.pop()

    def again(error: Exception) -> bool:
        return isinstance(error, Retryable) and budget.allows()

    async for attempt in stamina.retry_context(
        on=again, attempts=attempts, timeout=seconds, wait_initial=0.05, wait_max=1.0, wait_jitter=0.1
    ):
        with attempt:
            if failures:
                raise failures.pop()
            return await read()
    raise AssertionError("stamina raises the last failure itself")
