"""Live changes, as a running gateway keeps them going: what we wrote, and what the service system changed (F18)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from connectors.changes import CaseEvent, ChangeFeed, LocalFeed
from connectors.errors import ConnectorError
from connectors.ports import Connector, ServiceCases
from connectors.queries import AccountScope, CaseQuery
from connectors.registry import Clock
from connectors.transport.cache import RowCache
from gateway.settings import LiveSettings

if TYPE_CHECKING:
    from connectors.transport.redis_feed import RedisFeed

log = structlog.get_logger(__name__)

_EVERYTHING = AccountScope(unrestricted=True)
_LOOKED_AT = frozenset({"number", "asset_id", "updated_at"})
_OVERLAP = timedelta(seconds=5)  # a change may show a moment later than it says of itself
_LEASE = 3.0  # looks that a gateway may miss before another one looks


class LiveService:
    """Looks for changed cases as long as somebody wants to know; with Redis one gateway looks for all."""

    def __init__(
        self,
        cases: ServiceCases,
        cache: RowCache,
        local: LocalFeed,
        shared: "RedisFeed | None",
        clock: Clock,
        settings: LiveSettings,
    ) -> None:
        self.feed: ChangeFeed = shared or local
        self._cases = cases
        self._system = cases.system if isinstance(cases, Connector) else ""
        self._cache = cache
        self._local = local
        self._shared = shared
        self._clock = clock
        self._every = settings.poll
        self._since = clock()
        self._told: dict[str, datetime] = {}
        self._tasks: Sequence[asyncio.Task[None]] = ()

    def start(self) -> None:
        """Look and listen until `close`."""
        self._tasks = [asyncio.create_task(self._look_often())]
        if self._shared is not None:
            self._tasks = [*self._tasks, asyncio.create_task(self._shared.run())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._shared is not None:
            await self._shared.close()

    async def look(self) -> int:
        """One look at what has changed since the last; how many cases did. Raises a ConnectorError."""
        now = self._clock()
        query = CaseQuery(scope=_EVERYTHING, updated_from=self._since - _OVERLAP, fields=_LOOKED_AT)
        rows = (await self._cases.cases(query)).rows
        changed = [row for row in rows if row.updated_at is not None and self._told.get(row.id) != row.updated_at]
        if changed:
            await self._cache.invalidate(self._system, "cases")
        for row in changed:
            await self.feed.publish(CaseEvent(number=row.number, asset_id=row.asset_id))
        self._told = {row.id: row.updated_at for row in rows if row.updated_at is not None}
        self._since = now
        return len(changed)

    async def _look_often(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            if not await self._is_asked():
                self._since = self._clock()
                continue
            try:
                await self.look()
            except ConnectorError as error:
                log.warning("changes.not_looked_for", reason=str(error))
            except Exception:  # of ours: the next look may go well
                log.exception("changes.look_failed")

    async def _is_asked(self) -> bool:
        if self._shared is None:
            return self._local.has_listeners
        return await self._shared.leads(seconds=self._every * _LEASE)
