"""Reads through the cache: fresh rows at once, old ones marked, and everything else from the system."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from connectors.errors import ConnectorError, Retryable, SourceTimeout, TryLater
from connectors.queries import Query, Rows
from connectors.transport.cache.entries import Entry, Key, stale
from connectors.transport.cache.flights import Flights
from connectors.transport.cache.metrics import CacheMetrics
from connectors.transport.cache.settings import CacheSettings
from connectors.transport.cache.stores import Store
from connectors.transport.deadline import remaining

R = TypeVar("R")
Q = TypeVar("Q", bound=Query)

log = structlog.get_logger(__name__)

_LONGEST_WAIT = 300.0  # seconds, where no deadline says otherwise


class RowCache:
    """`clock` gives seconds since the epoch: several gateways may share a store."""

    def __init__(
        self,
        settings: CacheSettings,
        store: Store,
        metrics: CacheMetrics,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._freshness: dict[str, float] = settings.freshness.model_dump()
        self._flights = Flights()
        self._refreshing: set[asyncio.Task[None]] = set()

    async def read(self, system: str, record: str, query: Q, ask: Callable[[Q], Awaitable[Rows[R]]]) -> Rows[R]:
        """The rows of a read. One without a fingerprint prepares a decision: it always reaches the system.

        Raises what the system's read raises, unless rows that are not too old can stand in.
        """
        if not query.scope.fingerprint:
            self._count(system, record, "bypass")
            return await ask(query)
        key = Key(system, record, query)
        fresh_for = self._freshness[record]
        if not self._settings.enabled or fresh_for == 0:
            self._count(system, record, "bypass")
            return await self._joined(key, lambda: ask(query))
        entry, generation = await self._store.get(key)
        if entry is not None and entry.generation != generation:
            entry = None
        age = self._clock() - entry.stored_at if entry is not None else 0.0
        if entry is not None and age < fresh_for:
            self._count(system, record, "fresh")
            return entry.rows

        async def fetch() -> Rows[R]:
            rows = await ask(query)
            kept_for = fresh_for + max(self._settings.stale_while_revalidate, self._settings.stale_if_error)
            await self._store.put(key, Entry(rows, self._clock(), generation), seconds=kept_for)
            return rows

        if query.deciding:  # an entitlement is never decided by old rows
            entry = None
        if entry is not None and age < fresh_for + self._settings.stale_while_revalidate:
            self._refresh(key, fetch)
            self._count(system, record, "stale")
            return stale(entry.rows)
        try:
            rows = await self._joined(key, fetch)
        except (Retryable, TryLater, SourceTimeout) as error:
            if entry is None or age >= fresh_for + self._settings.stale_if_error:
                raise
            log.warning("cache.stale_instead", system=system, record=record, error=type(error).__name__)
            self._count(system, record, "stale")
            return stale(entry.rows)
        self._count(system, record, "miss")
        return rows

    async def invalidate(self, system: str, record: str) -> None:
        """We have written there: what is kept of that record is not to be shown any more."""
        await self._store.invalidate(system, record)

    async def close(self) -> None:
        for task in self._refreshing:
            task.cancel()
        await asyncio.gather(*self._refreshing, return_exceptions=True)
        await self._flights.end()
        await self._store.close()

    async def _joined(self, key: Key, work: Callable[[], Awaitable[Rows[R]]]) -> Rows[R]:
        if not self._settings.join:
            return await work()
        if key in self._flights:
            self._metrics.joined.inc()
        seconds = remaining(_LONGEST_WAIT)
        try:
            async with asyncio.timeout(seconds):
                rows: Rows[R] = await self._flights.do(key, work)
        except TimeoutError as error:
            raise SourceTimeout(key.system, f"did not answer within {seconds:.1f} seconds") from error
        return rows

    def _refresh(self, key: Key, fetch: Callable[[], Awaitable[Rows[R]]]) -> None:
        """Read anew in the background, once for all who were shown the old rows."""
        if key in self._flights:
            return

        async def refresh() -> None:
            try:
                await self._flights.do(key, fetch)
            except ConnectorError as error:
                log.warning("cache.not_refreshed", system=key.system, record=key.record, error=type(error).__name__)

        task = asyncio.ensure_future(refresh())
        self._refreshing.add(task)
        task.add_done_callback(self._refreshing.discard)

    def _count(self, system: str, record: str, outcome: str) -> None:
        self._metrics.reads.labels(system, record, outcome).inc()
