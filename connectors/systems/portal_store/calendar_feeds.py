"""Calendars that are read by a secret address: port `CalendarFeeds`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from connectors.people import AuditEvent, CalendarFeed
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import calendar_feeds as table
from connectors.systems.portal_store.values import columns_of, record_of


class StoredCalendarFeeds:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, feed: CalendarFeed, event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(table).values(**columns_of(feed, table)))
            await append(connection, self._clock(), event)

    async def of_user(self, user_id: str) -> Sequence[CalendarFeed]:
        query = select(table).where(table.c.user_id == user_id).order_by(table.c.created_at, table.c.id)
        async with self._database.reading() as connection:
            return [record_of(CalendarFeed, row) for row in await connection.execute(query)]

    async def feed(self, feed_id: str) -> CalendarFeed | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.id == feed_id))).first()
        return None if row is None else record_of(CalendarFeed, row)

    async def used(self, feed_id: str, at: datetime) -> None:
        async with self._database.writing() as connection:
            await connection.execute(update(table).where(table.c.id == feed_id).values(last_used_at=at))

    async def revoke(self, user_id: str, feed_id: str, event: AuditEvent) -> bool:
        own = (table.c.id == feed_id, table.c.user_id == user_id)
        async with self._database.writing() as connection:
            done = await connection.execute(delete(table).where(*own))
            if done.rowcount:
                await append(connection, self._clock(), event)
            return bool(done.rowcount)
