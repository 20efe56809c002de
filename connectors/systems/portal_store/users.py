"""Users and their assignments in the store: port `Users`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.errors import SourceConflict
from connectors.people import AuditEvent, Identity, User
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.endings import end_everything
from connectors.systems.portal_store.tables import assignments, attestations, identities, users
from connectors.systems.portal_store.values import can_be_kept, column_value, columns_of, record_of
from connectors.transport.chunks import chunked
from connectors.vocabulary import UserStatus

_KEYS_A_STATEMENT = 500  # SQLite's oldest limit on variables is 999

_SHUT_OUT = (UserStatus.DISABLED, UserStatus.DEACTIVATED)

with_assignments = select(users, assignments.c.account_number).outerjoin(assignments)
"""A row for each assignment of a user, or one without."""


def users_of(rows: Collection[Any]) -> list[User]:  # Any: rows of `with_assignments`
    """One user for all the rows of its assignments, in the rows' order."""
    accounts: dict[str, set[str]] = {}
    first: dict[str, Any] = {}
    for row in rows:
        first.setdefault(row.id, row)
        held = accounts.setdefault(row.id, set())
        if row.account_number is not None:
            held.add(row.account_number)
    return [record_of(User, row, accounts=frozenset(accounts[key])) for key, row in first.items()]


# Made once: it is asked with nearly every request, and making it takes longer than asking.
_OF_IDENTITY = with_assignments.where(
    users.c.id.in_(
        select(identities.c.user_id).where(
            identities.c.issuer == bindparam("issuer"), identities.c.subject == bindparam("subject")
        )
    )
)


class StoredUsers:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def by_id(self, ids: Collection[str]) -> Mapping[str, User]:
        found: list[User] = []
        async with self._database.reading() as connection:
            for some in chunked(sorted(filter(can_be_kept, set(ids))), at_most=_KEYS_A_STATEMENT):
                found += await _read(connection, with_assignments.where(users.c.id.in_(some)))
        return {user.id: user for user in found}

    async def by_email(self, email: str, *, older_portal: bool = False) -> User | None:
        if not can_be_kept(email):
            return None
        matches = (users.c.email_folded == email.strip().casefold(), users.c.older_portal == older_portal)
        return await self._one(with_assignments.where(*matches))

    async def by_identity(self, identity: Identity) -> User | None:
        if not can_be_kept(identity.subject):
            return None
        return await self._one(_OF_IDENTITY, issuer=identity.issuer, subject=identity.subject)

    async def identity_at(self, user_id: str, issuer: str) -> Identity | None:
        held = (identities.c.user_id == user_id, identities.c.issuer == issuer)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(identities).where(*held))).first()
        return None if row is None else Identity(row.issuer, row.subject)

    async def all(self, *, parent_account: str | None = None) -> Sequence[User]:
        query = with_assignments.order_by(users.c.created_at, users.c.id)
        if parent_account is not None:
            query = query.where(users.c.parent_account == parent_account)
        async with self._database.reading() as connection:
            return await _read(connection, query)

    async def add(self, user: User, event: AuditEvent) -> None:
        now = self._clock()
        async with self._database.writing() as connection:
            await add_user(connection, user, now, by=event.actor)
            await append(connection, now, event)

    async def change(self, user: User, event: AuditEvent, **changes: Any) -> User:
        now = self._clock()
        accounts = changes.pop("accounts", None)
        columns = {name: column_value(value) for name, value in changes.items()}
        if "email" in columns:
            columns["email_folded"] = columns["email"].strip().casefold()
        async with self._database.writing() as connection:
            done = await connection.execute(
                update(users)
                .where(users.c.id == user.id, users.c.version == user.version)
                .values(**columns, version=user.version + 1)
            )
            if done.rowcount != 1:
                raise SourceConflict(self._database.system, "has changed this user meanwhile")
            if changes.get("status") in _SHUT_OUT:
                await end_everything(connection, user.id, now)
            if accounts is not None and accounts != user.accounts:
                await _assign(connection, user, accounts, now, by=event.actor)
            await append(connection, now, event)
            return (await _read(connection, with_assignments.where(users.c.id == user.id)))[0]

    async def attest(self, user: User, statement: str, event: AuditEvent) -> User:
        now = self._clock()
        async with self._database.writing() as connection:
            known = await connection.execute(
                select(attestations.c.user_id).where(
                    attestations.c.user_id == user.id, attestations.c.statement == statement
                )
            )
            if known.first() is None:
                values = {"statement": statement, "attested_at": now, "network": event.network}
                await connection.execute(insert(attestations).values(user_id=user.id, **values))
                await connection.execute(update(users).where(users.c.id == user.id).values(attested_at=now))
                await append(connection, now, event)
            return (await _read(connection, with_assignments.where(users.c.id == user.id)))[0]

    async def link(self, user_id: str, identity: Identity, event: AuditEvent) -> None:
        now = self._clock()
        values = {"issuer": identity.issuer, "subject": identity.subject, "user_id": user_id}
        async with self._database.writing() as connection:
            await connection.execute(insert(identities).values(**values))
            await append(connection, now, event)

    async def seen(self, user_id: str, at: datetime) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(users).where(users.c.id == user_id).values(last_active_at=at, warned_at=None)
            )

    async def _one(self, query: Select[Any], **values: str) -> User | None:
        async with self._database.glancing() as connection:
            found = await _read(connection, query, values)
        return found[0] if found else None


async def add_user(connection: AsyncConnection, user: User, now: datetime, *, by: str | None) -> None:
    columns = columns_of(user, users) | {"email_folded": user.email.strip().casefold()}
    await connection.execute(insert(users).values(**columns))
    await _insert_assignments(connection, user.id, user.accounts, now, by)


async def _assign(
    connection: AsyncConnection, user: User, accounts: frozenset[str], now: datetime, *, by: str | None
) -> None:
    gone = user.accounts - accounts
    if gone:
        held = (assignments.c.user_id == user.id, assignments.c.account_number.in_(sorted(gone)))
        await connection.execute(delete(assignments).where(*held))
    await _insert_assignments(connection, user.id, accounts - user.accounts, now, by)


async def _insert_assignments(
    connection: AsyncConnection, user_id: str, accounts: Collection[str], now: datetime, by: str | None
) -> None:
    if accounts:
        rows = [
            {"user_id": user_id, "account_number": number, "assigned_at": now, "assigned_by": by}
            for number in sorted(accounts)
        ]
        await connection.execute(insert(assignments), rows)


async def _read(connection: AsyncConnection, query: Select[Any], values: Mapping[str, str] | None = None) -> list[User]:
    return users_of((await connection.execute(query, values)).all())
