"""Rows in a Redis that several gateways share. While it can't be used, a store in the process stands in."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from connectors.records import (
    Account,
    ArchivedCase,
    Case,
    InstalledProduct,
    Location,
    ServiceContract,
    ServiceOrder,
    Warranty,
)
from connectors.transport.cache.entries import Entry, Key
from connectors.transport.cache.metrics import CacheMetrics
from connectors.transport.cache.stores import MemoryStore

log = structlog.get_logger(__name__)

_PREFIX = "portal:rows:"
_PAUSE = 5.0  # seconds that a Redis which failed is left alone
_GENERATIONS_LAST = 7 * 86_400  # seconds; no entry lasts as long

_DECODERS: dict[str, Any] = {  # Any: decoders of entries of each record
    "accounts": msgspec.msgpack.Decoder(Entry[Account]),
    "locations": msgspec.msgpack.Decoder(Entry[Location]),
    "installed_products": msgspec.msgpack.Decoder(Entry[InstalledProduct]),
    "cases": msgspec.msgpack.Decoder(Entry[Case]),
    "service_orders": msgspec.msgpack.Decoder(Entry[ServiceOrder]),
    "contracts": msgspec.msgpack.Decoder(Entry[ServiceContract]),
    "warranties": msgspec.msgpack.Decoder(Entry[Warranty]),
    "archived_cases": msgspec.msgpack.Decoder(Entry[ArchivedCase]),
}


class RedisStore:
    """Never an error to who reads. What can't be read as rows of its record is not there."""

    def __init__(
        self,
        redis: Redis,
        stand_in: MemoryStore,
        metrics: CacheMetrics,
        *,
        timeout: float,
        max_entry_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._stand_in = stand_in
        self._metrics = metrics
        self._timeout = timeout
        self._max_entry_bytes = max_entry_bytes
        self._clock = clock
        self._away_until = 0.0

    async def get(self, key: Key) -> tuple[Entry[Any] | None, int]:
        if self._is_away():
            return await self._stand_in.get(key)
        try:
            async with asyncio.timeout(self._timeout):
                packed, generation = await self._redis.mget(_entry(key), _generation(key.system, key.record))
        except (RedisError, OSError, TimeoutError) as error:
            self._left(error)
            return await self._stand_in.get(key)
        return _decoded(key, packed), int(generation or 0)

    async def put(self, key: Key, entry: Entry[Any], *, seconds: float) -> None:
        if self._is_away():
            await self._stand_in.put(key, entry, seconds=seconds)
            return
        packed = msgspec.msgpack.encode(entry)
        if len(packed) > self._max_entry_bytes:
            return
        try:
            async with asyncio.timeout(self._timeout):
                await self._redis.set(_entry(key), packed, px=max(1, int(seconds * 1000)))
        except (RedisError, OSError, TimeoutError) as error:
            self._left(error)

    async def invalidate(self, system: str, record: str) -> None:
        await self._stand_in.invalidate(system, record)
        try:
            async with asyncio.timeout(self._timeout):
                pipeline = self._redis.pipeline(transaction=True)
                pipeline.incr(_generation(system, record))
                pipeline.expire(_generation(system, record), _GENERATIONS_LAST)
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._left(error)

    async def close(self) -> None:
        await self._stand_in.close()
        await self._redis.aclose()

    def _is_away(self) -> bool:
        return self._clock() < self._away_until

    def _left(self, error: Exception) -> None:
        """What stands in starts empty: it has missed what others invalidated meanwhile."""
        self._away_until = self._clock() + _PAUSE
        self._stand_in.clear()
        self._metrics.store_failures.inc()
        log.warning("cache.redis_away", error=type(error).__name__, seconds=_PAUSE)


def _entry(key: Key) -> str:
    return f"{_PREFIX}{key.digest()}"


def _generation(system: str, record: str) -> str:
    return f"{_PREFIX}generation:{system}:{record}"


def _decoded(key: Key, packed: bytes | str | None) -> Entry[Any] | None:
    if not isinstance(packed, bytes):
        return None
    try:
        entry: Entry[Any] = _DECODERS[key.record].decode(packed)
    except msgspec.MsgspecError:
        log.warning("cache.unreadable", system=key.system, record=key.record)
        return None
    return entry
