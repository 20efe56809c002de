"""A circuit breaker: a system that fails is left alone for a while, so that it can come to itself and nobody waits."""

import random
from collections import deque
from collections.abc import Callable
from time import monotonic

WINDOW = 30.0
"""Seconds that an outcome counts."""

_MOST_OUTCOMES = 200
_SHORTEST, _LONGEST = 2.0, 30.0


class Breaker:
    """Opens where `failures` of the last calls failed, and half of them at least; then lets one call through after a
    while, which decides. With no `failures` it never opens."""

    def __init__(self, failures: int, *, clock: Callable[[], float] = monotonic) -> None:
        self._failures = failures
        self._clock = clock
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=_MOST_OUTCOMES)
        self._rest = _SHORTEST
        self._opens_at: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        return self._opens_at is not None

    def refuses(self) -> float:
        """Seconds to wait; 0: the call may go (where it is open, as the one that decides)."""
        if self._opens_at is None:
            return 0.0
        left = self._opens_at - self._clock()
        if left > 0 or self._trying:
            return max(left, 0.5)
        self._trying = True
        return 0.0

    def record(self, ok: bool | None) -> None:
        """What came of a call. None: nothing that tells of the system, as where nobody waited for it any more."""
        if self._opens_at is not None:
            self._decide(ok)
            return
        if ok is None or not self._failures:
            return
        now = self._clock()
        self._outcomes.append((now, ok))
        if ok:
            return
        while self._outcomes and self._outcomes[0][0] < now - WINDOW:
            self._outcomes.popleft()
        failed = sum(not each for _, each in self._outcomes)
        if failed >= self._failures and failed * 2 >= len(self._outcomes):
            self._open()

    def _decide(self, ok: bool | None) -> None:
        if not self._trying:
            return  # one that was under way when it opened
        self._trying = False
        if ok:
            self._opens_at, self._rest = None, _SHORTEST
            self._outcomes.clear()
        elif ok is False:
            self._rest = min(self._rest * 2, _LONGEST)
            self._open()

    def _open(self) -> None:
        # Gateways that saw it fail together don't come back together.
        self._opens_at = self._clock() + self._rest * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
