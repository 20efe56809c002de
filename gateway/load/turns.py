"""How many operations are executed at once: fewer while the gateway is behind with its work, small ones first."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.load.settings import LoadSettings
from gateway.refusal import Refusal
from schema.errors import ErrorCode

SMALL = 250
"""Objects: what asks for no more goes before what does."""

SLOW = 2.0
"""Seconds after which an operation is taken to wait for a slow system."""

_MOST_SLOW = 8  # times as many as are executed at once
_LEAST = 4.0
_SHRINK = 0.8
_EVERY = 0.05
_LOOKED_AT = 4
"""Looks at the loop, one after the other, that tell whether it is behind: all of them."""


class Turns:
    """`start` begins to look how far the event loop is behind; without it, `at_once` is what it is."""

    def __init__(self, settings: LoadSettings) -> None:
        self.limit = float(settings.at_once)
        self.running = 0
        self.slow = 0
        self.refused = 0
        self.lag = 0.0
        """Seconds that the event loop was behind, at the last look."""
        self._settings = settings
        self._waiting: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque())  # small ones, others
        self._lags: deque[float] = deque(maxlen=_LOOKED_AT)
        self._watching: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        return sum(len(each) for each in self._waiting)

    def start(self) -> None:
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    @property
    def room(self) -> int:
        """How many requests may be inside the gateway at once."""
        return int(self.limit) + self._settings.queue + self.slow

    @property
    def is_full(self) -> bool:
        return self.running >= int(self.limit) and self.waiting >= self._settings.queue

    @asynccontextmanager
    async def turn(self, cost: int) -> AsyncIterator[None]:
        """Raises Refusal where too many wait, or it would take too long."""
        await self._enter(cost)
        turn = _Turn()
        lending = asyncio.get_running_loop().call_later(SLOW, self._lend, turn)
        try:
            yield
        finally:
            lending.cancel()
            if turn.lent:
                self.slow -= 1
            else:
                self.running -= 1
            self._admit()

    def _lend(self, turn: "_Turn") -> None:
        """One that takes so long waits for a system, and not for us: its place is for others meanwhile."""
        if self.slow < self._settings.at_once * _MOST_SLOW:
            turn.lent = True
            self.slow += 1
            self.running -= 1
            self._admit()

    async def _enter(self, cost: int) -> None:
        if self.running < int(self.limit) and not self.waiting:
            self.running += 1
            return
        if self.is_full:
            self.refused += 1
            raise busy()
        turn = asyncio.get_running_loop().create_future()
        line = self._waiting[0 if cost <= SMALL else 1]
        line.append(turn)
        try:
            async with asyncio.timeout(self._settings.patience):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # it had come to its turn at that moment
                self.running -= 1
                self._admit()
            elif turn in line:
                line.remove(turn)
            if isinstance(error, TimeoutError):
                self.refused += 1
                raise busy() from None
            raise

    def _admit(self) -> None:
        for line in self._waiting:
            while line and self.running < int(self.limit):
                turn = line.popleft()
                if not turn.done():
                    self.running += 1
                    turn.set_result(None)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _EVERY
            await asyncio.sleep(_EVERY)
            self.look(loop.time() - due)

    def look(self, lag: float) -> None:
        """Adapt to how far the loop is behind. One long step of work is none: a standing lag is one in each look."""
        self.lag = lag
        self._lags.append(lag)
        if len(self._lags) == _LOOKED_AT and min(self._lags) > self._settings.lag:
            self.limit = max(_LEAST, min(self.limit, float(self.running + 1)) * _SHRINK)
            self._lags.clear()
        elif lag < self._settings.lag and self.running >= int(self.limit):
            self.limit = min(float(self._settings.at_once), self.limit + 1)
            self._admit()


class _Turn:
    __slots__ = ("lent",)

    def __init__(self) -> None:
        self.lent = False


def busy() -> Refusal:
    return Refusal(
        503,
        "The gateway has too much to do at the moment. Ask again in a second.",
        code=ErrorCode.RATE_LIMITED,
        headers={"retry-after": "1"},
        retryAfter=1,
    )
