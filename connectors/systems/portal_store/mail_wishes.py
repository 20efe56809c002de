"""What users want to be told of by mail: port `MailWishes`."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, insert, select

from connectors.people import AuditEvent, User
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import mail_wishes as table
from connectors.systems.portal_store.tables import users
from connectors.systems.portal_store.users import users_of, with_assignments
from connectors.vocabulary import MailTopic, UserStatus


class StoredMailWishes:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_user(self, user_id: str) -> frozenset[MailTopic]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(table.c.topic).where(table.c.user_id == user_id))
            return frozenset(MailTopic(row.topic) for row in rows)

    async def set(self, user_id: str, topics: frozenset[MailTopic], event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(table).where(table.c.user_id == user_id))
            for topic in topics:
                await connection.execute(insert(table).values(user_id=user_id, topic=topic.value))
            await append(connection, self._clock(), event)

    async def stop(self, user_id: str, topic: MailTopic, event: AuditEvent) -> None:
        wish = (table.c.user_id == user_id, table.c.topic == topic.value)
        async with self._database.writing() as connection:
            if (await connection.execute(delete(table).where(*wish))).rowcount:
                await append(connection, self._clock(), event)

    async def wishing(self, topics: Collection[MailTopic]) -> Sequence[tuple[User, frozenset[MailTopic]]]:
        named = sorted(topic.value for topic in topics)
        async with self._database.reading() as connection:
            wishes: dict[str, set[MailTopic]] = {}
            for row in await connection.execute(select(table).where(table.c.topic.in_(named))):
                wishes.setdefault(row.user_id, set()).add(MailTopic(row.topic))
            wanted = select(table.c.user_id).where(table.c.topic.in_(named))
            active = (users.c.id.in_(wanted), users.c.status == UserStatus.ACTIVE.value)
            rows = (await connection.execute(with_assignments.where(*active).order_by(users.c.id))).all()
        return [(user, frozenset(wishes.get(user.id, ()))) for user in users_of(rows)]
