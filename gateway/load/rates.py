"""How much each user, client and network may ask for in a minute, in objects (`gateway.costs`).

Counts live in Redis where there is one, for all gateways; while it is away, each gateway counts by itself. What is told
of them follows the IETF's RateLimit header fields (draft-ietf-httpapi-ratelimit-headers).
"""

import asyncio
from collections.abc import Mapping
from time import monotonic, time
from typing import NamedTuple

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from auth.viewer import Viewer
from connectors.transport.redis_counts import close_counts, redis_counts
from gateway.load.settings import LoadSettings
from gateway.refusal import Refusal
from schema.errors import ErrorCode

log = structlog.get_logger(__name__)

LEAST = 100
"""What any request counts, whatever it asks for."""

REFUSED = 4000
"""What one counts that could not be executed: names are not to be guessed by the million."""

_WINDOW = 60
_AWAY = 5.0
"""Seconds that Redis is not asked again once it did not answer."""


class _Share(NamedTuple):
    kind: str
    whose: str
    limit: RateLimitItemPerMinute


class Rates:
    def __init__(self, settings: LoadSettings, redis_url: str | None = None, *, timeout: float = 0.25) -> None:
        self._limits = {
            kind: RateLimitItemPerMinute(amount)
            for kind, amount in (("user", settings.user), ("client", settings.client), ("address", settings.address))
            if amount
        }
        self._local = MemoryStorage()
        self._shared: RedisStorage | None = None
        if redis_url is not None:
            self._shared = redis_counts(redis_url, timeout=timeout)
        self._away_until = 0.0

    async def charge(self, viewer: Viewer, network: str, cost: int) -> Mapping[str, str]:
        """Count what is asked for; the headers that tell what is left. Raises Refusal where nothing is."""
        shares = self._shares(viewer, network)
        counted = max(cost, LEAST)
        if self._shared is not None and monotonic() >= self._away_until:
            try:
                return await self._charge(self._shared, shares, counted)
            except Refusal:
                raise
            except Exception as error:  # what is raised is up to the storage's own library
                self._away_until = monotonic() + _AWAY
                log.warning("rates.redis_away", error=type(error).__name__)
        return await self._charge(self._local, shares, counted)

    async def close(self) -> None:
        if self._local.timer is not None:
            self._local.timer.cancel()
        if self._shared is not None:
            await close_counts(self._shared)

    def _shares(self, viewer: Viewer, network: str) -> list[_Share]:
        whose = {"user": viewer.subject, "client": viewer.client or "", "address": network}
        return [_Share(kind, whose[kind], limit) for kind, limit in self._limits.items() if whose[kind]]

    async def _charge(self, storage: Storage, shares: list[_Share], cost: int) -> Mapping[str, str]:
        limiter = SlidingWindowCounterRateLimiter(storage)
        hits = [
            limiter.hit(share.limit, share.kind, share.whose, cost=min(cost, share.limit.amount)) for share in shares
        ]
        # In the process there is nothing to wait for, and tasks of their own would cost more than the counting.
        taken = [await hit for hit in hits] if storage is self._local else await asyncio.gather(*hits)
        if not shares:
            return {}
        spent = next((share for share, allowed in zip(shares, taken, strict=True) if not allowed), None)
        told = spent or shares[0]
        reset, left = await limiter.get_window_stats(told.limit, told.kind, told.whose)
        seconds = max(1, round(reset - time()))
        headers = {
            "ratelimit-policy": f'"{told.kind}";q={told.limit.amount};w={_WINDOW}',
            "ratelimit": f'"{told.kind}";r={left};t={seconds}',
        }
        if spent is not None:
            log.info("rates.spent", kind=spent.kind)
            raise Refusal(
                429,
                f"Too much was asked for in a minute. Ask again in {seconds} seconds.",
                code=ErrorCode.RATE_LIMITED,
                headers={**headers, "retry-after": str(seconds)},
                retryAfter=seconds,
            )
        return headers
