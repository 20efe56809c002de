"""Mails that wait in the store: port `Mails`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from connectors.people import OutgoingMail
from connectors.registry import Clock
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import mails
from connectors.systems.portal_store.values import columns_of, record_of


class StoredMails:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, mail: OutgoingMail) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(mails).values(**columns_of(mail, mails), due_at=self._clock()))

    async def take(self, at: datetime, *, until: datetime, at_most: int) -> Sequence[OutgoingMail]:
        due = select(mails).where(mails.c.due_at <= at).order_by(mails.c.due_at, mails.c.id).limit(at_most)
        async with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                due = due.with_for_update(skip_locked=True)
            taken = [record_of(OutgoingMail, row) for row in await connection.execute(due)]
            if taken:
                ids = [mail.id for mail in taken]
                counted = {"due_at": until, "attempts": mails.c.attempts + 1}
                await connection.execute(update(mails).where(mails.c.id.in_(ids)).values(**counted))
        return taken

    async def sent(self, mail_id: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(mails).where(mails.c.id == mail_id))

    async def failed(self, mail_id: str, *, again_at: datetime) -> None:
        async with self._database.writing() as connection:
            await connection.execute(update(mails).where(mails.c.id == mail_id).values(due_at=again_at))

    async def waiting(self) -> int:
        async with self._database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(mails))).scalar_one()
