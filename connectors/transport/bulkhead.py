"""How many calls a system is given at once: fewer where it is overloaded, more again where it keeps up."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

_LEAST = 2.0
_SHRINK = 0.7
_PAUSE = 1.0
"""Seconds between two shrinkings: what was sent before the first tells nothing of it."""


class QueueFull(Exception):
    """More wait already than can be served in time."""


class Bulkhead:
    """At most `most` at once, and `queue` who wait; first come, first served."""

    def __init__(self, most: int, queue: int, *, clock: Callable[[], float] = monotonic) -> None:
        self.limit = float(most)
        self.in_flight = 0
        self._most = float(most)
        self._queue = queue
        self._clock = clock
        self._shrunk_at = -_PAUSE
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def enter(self) -> None:
        """Wait for one's turn; `leave` ends it. Raises QueueFull."""
        if self.in_flight < int(self.limit) and not self._waiting:
            self.in_flight += 1
            return
        if len(self._waiting) >= self._queue:
            raise QueueFull
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.leave()  # it had come to its turn at that moment
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def leave(self, *, overloaded: bool | None = None) -> None:
        """`overloaded`: it showed that it has too much to do; False: it kept up."""
        if overloaded:
            self._shrink()
        elif overloaded is False and self.in_flight >= self.limit * 0.8:
            self.limit = min(self._most, self.limit + 1 / self.limit)
        self.in_flight -= 1
        while self._waiting and self.in_flight < int(self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self.in_flight += 1
                turn.set_result(None)

    def _shrink(self) -> None:
        now = self._clock()
        if now - self._shrunk_at >= _PAUSE:
            self._shrunk_at = now
            self.limit = max(_LEAST, self.limit * _SHRINK)
