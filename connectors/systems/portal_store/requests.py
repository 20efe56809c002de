"""Requests for access and contact in the store: port `Requests` (F15)."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.errors import SourceConflict
from connectors.people import AccessRequest, AuditEvent, ContactRequest, User
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import access_requests, contact_requests
from connectors.systems.portal_store.users import add_user
from connectors.systems.portal_store.values import columns_of, record_of
from connectors.vocabulary import RequestStatus

R = TypeVar("R", AccessRequest, ContactRequest)


class StoredRequests:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add_access_request(self, request: AccessRequest, event: AuditEvent) -> None:
        await self._add(access_requests, request, event)

    async def access_requests(self) -> Sequence[AccessRequest]:
        return await self._all(access_requests, AccessRequest)

    async def answer_access_request(self, request: AccessRequest, event: AuditEvent, user: User | None) -> None:
        now = self._clock()
        async with self._database.writing() as connection:
            if user is not None:
                await add_user(connection, user, now, by=event.actor)
            await self._answer(connection, access_requests, request)
            await append(connection, now, event)

    async def add_contact_request(self, request: ContactRequest, event: AuditEvent) -> None:
        await self._add(contact_requests, request, event)

    async def contact_requests(self) -> Sequence[ContactRequest]:
        return await self._all(contact_requests, ContactRequest)

    async def answer_contact_request(self, request: ContactRequest, event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            await self._answer(connection, contact_requests, request)
            await append(connection, self._clock(), event)

    async def _add(self, table: Table, request: AccessRequest | ContactRequest, event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(table).values(**columns_of(request, table)))
            await append(connection, self._clock(), event)

    async def _all(self, table: Table, kind: type[R]) -> Sequence[R]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(table).order_by(table.c.created_at, table.c.id))
            return [record_of(kind, row) for row in rows]

    async def _answer(self, connection: AsyncConnection, table: Table, request: AccessRequest | ContactRequest) -> None:
        still_open = (table.c.id == request.id, table.c.status == RequestStatus.OPEN.value)
        done = await connection.execute(update(table).where(*still_open).values(**columns_of(request, table)))
        if done.rowcount != 1:
            raise SourceConflict(self._database.system, "has answered this request already")
