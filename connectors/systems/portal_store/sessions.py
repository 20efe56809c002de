"""Browser sessions in the store: port `Sessions`."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from connectors.people import AuditEvent, Identity, Session, User
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import grants, sessions, users
from connectors.systems.portal_store.users import users_of, with_assignments
from connectors.systems.portal_store.values import Columns, columns_of, record_of

_TOUCHED_EVERY = timedelta(minutes=1)


class StoredSessions:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def open(self, session: Session, event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(sessions).values(**_columns(session)))
            await append(connection, self._clock(), event)

    async def use(
        self, digest: str, at: datetime, *, idle_since: datetime, passing: bool = False
    ) -> tuple[Session, User] | None:
        in_force = (
            sessions.c.digest == digest,
            sessions.c.expires_at > at,
            sessions.c.last_used_at > idle_since,
        )
        async with self._database.glancing() as connection:
            row = (await connection.execute(select(sessions).where(*in_force))).mappings().first()
            if row is None:
                return None
            session = _session(dict(row))
            whose = users_of((await connection.execute(with_assignments.where(users.c.id == session.user_id))).all())
        if not whose:
            return None  # removed between the two looks
        if not passing and at - session.last_used_at > _TOUCHED_EVERY:
            async with self._database.writing() as connection:
                await connection.execute(update(sessions).where(sessions.c.id == session.id).values(last_used_at=at))
        return session, whose[0]

    async def of_user(self, user_id: str, at: datetime, *, idle_since: datetime) -> Sequence[Session]:
        in_force = (sessions.c.user_id == user_id, sessions.c.expires_at > at, sessions.c.last_used_at > idle_since)
        query = select(sessions).where(*in_force).order_by(sessions.c.last_used_at.desc())
        async with self._database.reading() as connection:
            return [_session(dict(row)) for row in (await connection.execute(query)).mappings()]

    async def end(self, ids: Iterable[str], event: AuditEvent) -> None:
        now, ended = self._clock(), sorted(set(ids))
        async with self._database.writing() as connection:
            done = await connection.execute(delete(sessions).where(sessions.c.id.in_(ended)))
            await connection.execute(
                update(grants)
                .where(grants.c.session_id.in_(ended), grants.c.revoked_at.is_(None))
                .values(revoked_at=now)
            )
            if done.rowcount:
                await append(connection, now, event)

    async def at_provider(self, issuer: str, *, subject: str | None, session: str | None) -> Sequence[Session]:
        query = select(sessions).where(sessions.c.issuer == issuer)
        if subject is not None:
            query = query.where(sessions.c.subject == subject)
        if session is not None:
            query = query.where(sessions.c.provider_session == session)
        if subject is None and session is None:
            return []
        async with self._database.reading() as connection:
            return [_session(dict(row)) for row in (await connection.execute(query)).mappings()]


def _columns(session: Session) -> Columns:
    provider = session.provider
    return columns_of(session, sessions) | {
        "issuer": provider.issuer if provider else None,
        "subject": provider.subject if provider else None,
    }


def _session(row: Columns) -> Session:
    issuer, subject = row.pop("issuer"), row.pop("subject")
    return record_of(Session, row, provider=Identity(issuer, subject) if issuer is not None else None)
