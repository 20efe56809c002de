"""Passwords and links in the store: port `Credentials`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.errors import SourceConflict
from connectors.people import AuditEvent, Link, User
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.endings import end_everything
from connectors.systems.portal_store.tables import links, passwords, users
from connectors.systems.portal_store.values import columns_of, record_of
from connectors.vocabulary import UserStatus


class StoredCredentials:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def passwords(self, user_id: str, *, at_most: int) -> Sequence[str]:
        query = select(passwords.c.hashed).where(passwords.c.user_id == user_id)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(passwords.c.number.desc()).limit(at_most))
            return [row.hashed for row in found]

    async def set_password(
        self, user: User, hashed: str, event: AuditEvent, *, link: Link | None = None, at: datetime
    ) -> bool:
        async with self._database.writing() as connection:
            if link is not None and not await _use(connection, link, at):
                return False
            changes: dict[str, Any] = {"password_changed_at": at, "last_active_at": at, "version": user.version + 1}
            if user.status in (UserStatus.INVITED, UserStatus.DEACTIVATED):
                changes |= {"status": UserStatus.ACTIVE.value, "deactivated_at": None, "warned_at": None}
            done = await connection.execute(
                update(users).where(users.c.id == user.id, users.c.version == user.version).values(**changes)
            )
            if done.rowcount != 1:
                raise SourceConflict(self._database.system, "has changed this user meanwhile")
            await connection.execute(insert(passwords).values(user_id=user.id, hashed=hashed, created_at=at))
            await end_everything(connection, user.id, at)
            await append(connection, at, event)
        return True

    async def add_link(self, link: Link, event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            former = (links.c.user_id == link.user_id, links.c.kind == link.kind.value)
            await connection.execute(delete(links).where(*former))
            await connection.execute(insert(links).values(**columns_of(link, links)))
            await append(connection, self._clock(), event)

    async def link(self, digest: str, at: datetime) -> Link | None:
        good = (links.c.digest == digest, links.c.used_at.is_(None), links.c.expires_at > at)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(links).where(*good))).first()
        return None if row is None else record_of(Link, row)


async def _use(connection: AsyncConnection, link: Link, at: datetime) -> bool:
    """Of several that use a link at once, one does."""
    good = (links.c.id == link.id, links.c.used_at.is_(None), links.c.expires_at > at)
    return (await connection.execute(update(links).where(*good).values(used_at=at))).rowcount == 1
