"""How often something may be tried. Delays, never bans: whoever attacks an address can't lock its owner out.

Failures are counted for an address in one network, so that others, elsewhere, are not held up; and for a network as a
whole. Counts live in Redis where there is one, else (and while it is away) in this process.
"""

from collections.abc import Sequence
from time import time
from typing import NamedTuple

import structlog
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

from connectors.transport.redis_counts import close_counts, redis_counts

log = structlog.get_logger(__name__)

_PATIENCE = 1.0  # seconds that Redis may take

Limits = Sequence[RateLimitItem]

FAILED_SIGN_INS: Limits = (RateLimitItemPerMinute(5), RateLimitItemPerMinute(10, 5), RateLimitItemPerMinute(20, 15))
"""Of one address from one network. Who attacks from the owner's own network holds the owner up a quarter of an hour."""

FAILURES_OF_NETWORK: Limits = (RateLimitItemPerMinute(60), RateLimitItemPerHour(600))
"""Of all addresses from one network: a whole hospital may be behind it."""

MAILS_TO_ADDRESS: Limits = (RateLimitItemPerMinute(2), RateLimitItemPerHour(6))
"""Links and confirmations that anybody in one network can have sent to an address."""

REQUESTS_OF_NETWORK: Limits = (RateLimitItemPerMinute(10), RateLimitItemPerHour(60))
"""What the public may send from one network: requests for links, access and contact."""


class Counted(NamedTuple):
    """What is counted: a kind of event, and whose."""

    kind: str
    whose: tuple[str, ...]
    limits: Limits


class Throttle:
    def __init__(self, redis_url: str | None = None) -> None:
        self._local = MemoryStorage()
        self._shared: RedisStorage | None = None
        if redis_url is not None:
            self._shared = redis_counts(redis_url, timeout=_PATIENCE)

    async def wait(self, *counted: Counted) -> int:
        """Seconds to wait before the next try; 0: now. Asking counts nothing."""
        return max([await self._of(one, count=False) for one in counted], default=0)

    async def count(self, *counted: Counted) -> int:
        """Count a try; the seconds that it should have waited (0: it was within the limits)."""
        return max([await self._of(one, count=True) for one in counted], default=0)

    async def forget(self, *counted: Counted) -> None:
        """It went well: what failed before does not count any more."""
        for one in counted:
            for storage in self._storages():
                try:
                    limiter = FixedWindowRateLimiter(storage)
                    for limit in one.limits:
                        await limiter.clear(limit, one.kind, *one.whose)
                    break
                except Exception as error:  # the storage's own library decides what it raises
                    self._report(storage, error)

    async def close(self) -> None:
        if self._local.timer is not None:
            self._local.timer.cancel()
        if self._shared is not None:
            await close_counts(self._shared)

    async def _of(self, one: Counted, *, count: bool) -> int:
        for storage in self._storages():
            try:
                return await self._seconds(FixedWindowRateLimiter(storage), one, count=count)
            except Exception as error:  # as above
                self._report(storage, error)
        return 0

    async def _seconds(self, limiter: FixedWindowRateLimiter, one: Counted, *, count: bool) -> int:
        longest = 0.0
        for limit in one.limits:
            ask = limiter.hit if count else limiter.test
            if not await ask(limit, one.kind, *one.whose):
                stats = await limiter.get_window_stats(limit, one.kind, *one.whose)
                longest = max(longest, stats.reset_time - time())
        return max(1, round(longest)) if longest > 0 else 0

    def _storages(self) -> Sequence[Storage]:
        return (self._shared, self._local) if self._shared is not None else (self._local,)

    def _report(self, storage: Storage, error: Exception) -> None:
        if storage is self._local:
            raise error
        log.warning("throttle.redis_away", error=type(error).__name__)
