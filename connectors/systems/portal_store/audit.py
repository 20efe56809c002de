"""The audit trail in the store: append only, each entry holding the hash of the one before it, so that a gap shows."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.people import AuditAction, AuditEntry, AuditEvent
from connectors.registry import Clock
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import audit
from connectors.systems.portal_store.values import columns_of, record_of

_LOCK = 7_340_002  # of several writers one appends at a time (PostgreSQL)
FIRST = "0" * 64
"""What stands for the entry before the first."""


def hash_of(entry: AuditEntry, before: str) -> str:
    """SHA-256 over the entry and the hash of the one before it."""
    content = (
        before,
        entry.number,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.action.value,
        entry.actor,
        entry.subject,
        sorted(entry.details.items()),
        entry.network,
        entry.request_id,
    )
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


async def append(connection: AsyncConnection, at: datetime, *events: AuditEvent) -> None:
    """Add entries at the end, as the last thing of a transaction: whoever comes next waits for its end."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    newest = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    last = (await connection.execute(newest)).first()
    number, before = (last.number, last.hash) if last is not None else (0, FIRST)
    for event in events:
        number += 1
        entry = AuditEntry(number=number, at=at, hash="", **msgspec.structs.asdict(event))
        before = hash_of(entry, before)
        await connection.execute(insert(audit).values(columns_of(msgspec.structs.replace(entry, hash=before), audit)))


def first_fault(entries: Iterable[AuditEntry], before: str = FIRST, number: int = 0) -> int | None:
    """The number of the first entry that does not follow from the one before it; None where all do."""
    for entry in entries:
        number += 1
        if entry.number != number or hash_of(entry, before) != entry.hash:
            return number
        before = entry.hash
    return None


class StoredAudit:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def record(self, *events: AuditEvent) -> None:
        async with self._database.writing() as connection:
            await append(connection, self._clock(), *events)

    async def entries(
        self,
        *,
        actions: Collection[AuditAction] | None = None,
        about: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int | None = None,
        newest_first: bool = True,
        at_most: int | None = None,
    ) -> Sequence[AuditEntry]:
        query = select(audit).order_by(audit.c.number.desc() if newest_first else audit.c.number)
        if actions is not None:
            query = query.where(audit.c.action.in_(sorted(action.value for action in actions)))
        if about is not None:
            query = query.where(or_(audit.c.actor == about, audit.c.subject == about))
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        if after is not None:
            query = query.where(audit.c.number < after if newest_first else audit.c.number > after)
        if at_most is not None:
            query = query.limit(at_most)
        async with self._database.reading() as connection:
            return [record_of(AuditEntry, row) for row in await connection.execute(query)]

    async def holds(self, digest: str) -> bool:
        """Whether an entry has that hash."""
        async with self._database.reading() as connection:
            return (await connection.execute(select(audit.c.number).where(audit.c.hash == digest))).first() is not None

    async def verify(self) -> tuple[int, str, int | None]:
        """How many entries there are, the newest one's hash, and the number of the first at fault (None: none is)."""
        number, newest = 0, FIRST
        while batch := await self.entries(after=number, newest_first=False, at_most=5000):
            fault = first_fault(batch, newest, number)
            if fault is not None:
                return number, newest, fault
            number, newest = batch[-1].number, batch[-1].hash
        return number, newest, None
