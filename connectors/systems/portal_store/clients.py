"""The built-in provider's clients, grants, codes, refresh tokens and keys in the store: port `Clients`."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.people import (
    AuditAction,
    AuditEvent,
    AuthorizationCode,
    Client,
    Grant,
    Identity,
    RefreshToken,
    SigningKey,
    User,
)
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import (
    authorization_codes,
    clients,
    grants,
    identities,
    refresh_tokens,
    signing_keys,
    users,
)
from connectors.systems.portal_store.users import users_of, with_assignments
from connectors.systems.portal_store.values import can_be_kept, columns_of, record_of


class StoredClients:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def client(self, client_id: str) -> Client | None:
        async with self._database.glancing() as connection:
            return await _client(connection, client_id)

    async def by_identity(self, identity: Identity) -> Client | None:
        if not can_be_kept(identity.subject):
            return None
        known = select(identities.c.client_id).where(
            identities.c.issuer == identity.issuer, identities.c.subject == identity.subject
        )
        async with self._database.glancing() as connection:
            row = (await connection.execute(select(clients).where(clients.c.id.in_(known)))).first()
        return None if row is None else record_of(Client, row, identity=identity)

    async def clients(self) -> Sequence[Client]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(clients).order_by(clients.c.created_at, clients.c.id))
            return [record_of(Client, row) for row in rows]

    async def add(self, client: Client, event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(clients).values(**columns_of(client, clients)))
            if client.identity is not None:
                held = {"issuer": client.identity.issuer, "subject": client.identity.subject, "client_id": client.id}
                await connection.execute(insert(identities).values(**held))
            await append(connection, self._clock(), event)

    async def disable(self, client_id: str, at: datetime, event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            await connection.execute(update(clients).where(clients.c.id == client_id).values(disabled_at=at))
            in_force = (grants.c.client_id == client_id, grants.c.revoked_at.is_(None))
            await connection.execute(update(grants).where(*in_force).values(revoked_at=at))
            await append(connection, at, event)

    async def add_grant(self, grant: Grant, code: AuthorizationCode | None, event: AuditEvent | None) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(grants).values(**columns_of(grant, grants)))
            if code is not None:
                await connection.execute(insert(authorization_codes).values(**columns_of(code, authorization_codes)))
            if event is not None:
                await append(connection, self._clock(), event)

    async def redeem_code(self, digest: str, at: datetime) -> AuthorizationCode | None:
        table = authorization_codes
        async with self._database.writing() as connection:
            row = (await connection.execute(select(table).where(table.c.digest == digest))).first()
            if row is None or row.expires_at <= at:
                return None
            unused = (table.c.digest == digest, table.c.used_at.is_(None))
            done = await connection.execute(update(table).where(*unused).values(used_at=at))
            if done.rowcount == 1:
                return record_of(AuthorizationCode, row)
            # RFC 6749, 4.1.2: a code that is used twice was stolen, and what was given for it ends.
            await _revoke(connection, row.grant_id, at)
            reused = AuditEvent(action=AuditAction.TOKEN_REUSED, actor=row.user_id, subject=row.client_id)
            await append(connection, at, reused)
        return None

    async def grant(self, grant_id: str) -> Grant | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(grants).where(grants.c.id == grant_id))).first()
        return None if row is None else record_of(Grant, row)

    async def grant_holder(self, grant_id: str) -> tuple[Grant, User | None, Client] | None:
        if not can_be_kept(grant_id):
            return None
        in_force = (grants.c.id == grant_id, grants.c.revoked_at.is_(None))
        async with self._database.glancing() as connection:
            row = (await connection.execute(select(grants).where(*in_force))).first()
            if row is None:
                return None
            grant = record_of(Grant, row)
            client = await _client(connection, grant.client_id)
            whose = with_assignments.where(users.c.id == grant.user_id)
            holders = users_of((await connection.execute(whose)).all()) if grant.user_id is not None else []
        if client is None or client.disabled_at is not None:
            return None
        return grant, holders[0] if holders else None, client

    async def revoke_grant(self, grant_id: str, at: datetime, event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            if await _revoke(connection, grant_id, at):
                await append(connection, at, event)

    async def add_refresh_token(self, token: RefreshToken) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(refresh_tokens).values(**columns_of(token, refresh_tokens)))

    async def refresh_token(self, digest: str) -> RefreshToken | None:
        async with self._database.reading() as connection:
            found = await connection.execute(select(refresh_tokens).where(refresh_tokens.c.digest == digest))
            row = found.first()
        return None if row is None else record_of(RefreshToken, row)

    async def use_refresh_token(self, digest: str, at: datetime) -> bool:
        unused = (refresh_tokens.c.digest == digest, refresh_tokens.c.used_at.is_(None))
        async with self._database.writing() as connection:
            done = await connection.execute(update(refresh_tokens).where(*unused).values(used_at=at))
        return done.rowcount == 1

    async def signing_keys(self) -> Sequence[SigningKey]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(signing_keys).order_by(signing_keys.c.created_at.desc()))
            return [record_of(SigningKey, row) for row in rows]

    async def add_signing_key(self, key: SigningKey, *, unless_newer_than: datetime) -> None:
        async with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                await connection.exec_driver_sql("LOCK TABLE signing_keys IN EXCLUSIVE MODE")
            newer = select(signing_keys.c.id).where(signing_keys.c.created_at > unless_newer_than)
            if (await connection.execute(newer)).first() is None:
                await connection.execute(insert(signing_keys).values(**columns_of(key, signing_keys)))

    async def drop_signing_keys(self, ids: Collection[str]) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(signing_keys).where(signing_keys.c.id.in_(sorted(ids))))


async def _client(connection: AsyncConnection, client_id: str) -> Client | None:
    if not can_be_kept(client_id):
        return None
    row = (await connection.execute(select(clients).where(clients.c.id == client_id))).first()
    return None if row is None else record_of(Client, row)


async def _revoke(connection: AsyncConnection, grant_id: str, at: datetime) -> bool:
    in_force = (grants.c.id == grant_id, grants.c.revoked_at.is_(None))
    return (await connection.execute(update(grants).where(*in_force).values(revoked_at=at))).rowcount == 1
