"""Deliveries in the store: port `Deliveries`, a transactional outbox."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.deliveries import Delivery, DeliveryKind, DeliveryStatus, Waiting
from connectors.people import AuditEvent
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import deliveries as table
from connectors.systems.portal_store.values import columns_of, record_of
from connectors.transport.chunks import chunked

_KEYS_A_STATEMENT = 500
_LOCK = 7_340_003  # of several submissions of one actor one is looked at a time (PostgreSQL)

_waits = table.c.status == DeliveryStatus.WAITING.value
_refused = table.c.status == DeliveryStatus.REFUSED.value
_registers = table.c.kind == DeliveryKind.REGISTER_CASE.value


class StoredDeliveries:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def submit(self, deliveries: Sequence[Delivery], event: AuditEvent, *, repeated_since: datetime) -> Delivery:
        async with self._database.writing() as connection:
            first = deliveries[0]
            earlier = await _earlier(connection, first, repeated_since)
            if earlier is not None:
                return earlier
            for delivery in deliveries:
                columns = columns_of(delivery, table)
                del columns["number"]
                await connection.execute(insert(table).values(columns))
            kept = (await connection.execute(select(table).where(table.c.id == first.id))).one()
            await append(connection, first.created_at, event)
        return record_of(Delivery, kept)

    async def of_key(self, actor: str, key: str) -> Delivery | None:
        query = select(table).where(table.c.actor == actor, table.c.key == key)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else record_of(Delivery, row)

    async def take(self, at: datetime, *, until: datetime, at_most: int, lane: str | None = None) -> Sequence[Delivery]:
        due = _unobstructed().where(_waits, table.c.due_at <= at).order_by(table.c.number).limit(at_most)
        if lane is not None:
            due = due.where(table.c.lane == lane)
        async with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                due = due.with_for_update(skip_locked=True, of=table)
            rows = [record_of(Delivery, row) for row in await connection.execute(due)]
            if rows:
                taken = {"due_at": until, "attempts": table.c.attempts + 1}
                numbers = [row.number for row in rows]
                await connection.execute(update(table).where(table.c.number.in_(numbers)).values(**taken))
                found = await connection.execute(
                    select(table).where(table.c.number.in_(numbers)).order_by(table.c.number)
                )
                rows = [record_of(Delivery, row) for row in found]
        return rows

    async def first_waiting(self, lane: str) -> Delivery | None:
        query = select(table).where(table.c.lane == lane, _waits).order_by(table.c.number).limit(1)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else record_of(Delivery, row)

    async def sending(self, delivery: Delivery, at: datetime) -> bool:
        async with self._database.writing() as connection:
            done = await connection.execute(update(table).where(_held(delivery)).values(sent_at=at))
            return done.rowcount == 1

    async def postpone(self, delivery: Delivery, due_at: datetime, *, code: str, words: str) -> None:
        async with self._database.writing() as connection:
            later = {"due_at": due_at, "code": code, "words": words}
            await connection.execute(update(table).where(_held(delivery)).values(**later))

    async def finish(
        self, delivery: Delivery, status: DeliveryStatus, at: datetime, *, case_id: str | None, code: str, words: str
    ) -> None:
        arrived = status is DeliveryStatus.DELIVERED
        where = table.c.id == delivery.id if arrived else _held(delivery)
        values = {"status": status.value, "finished_at": at, "case_id": case_id, "code": code, "words": words}
        async with self._database.writing() as connection:
            await connection.execute(update(table).where(where).values(**values))

    async def hasten(self, at: datetime) -> None:
        async with self._database.writing() as connection:
            # What was never postponed is under way, or due as it is.
            later = (_waits, table.c.due_at > at, table.c.code != "")
            await connection.execute(update(table).where(*later).values(due_at=at, code=""))

    async def by_id(self, ids: Collection[str]) -> Mapping[str, Delivery]:
        rows = await self._of_keys(table.c.id, ids)
        return {row.id: row for row in rows}

    async def of_cases(self, case_numbers: Collection[str]) -> Sequence[Delivery]:
        return await self._of_keys(table.c.case_number, case_numbers)

    async def case_ids(self, case_numbers: Collection[str]) -> Mapping[str, str]:
        rows = await self._of_keys(table.c.case_number, case_numbers, _registers)
        return {row.case_number: row.case_id for row in rows if row.case_id is not None}

    async def submitted_cases(self, *, delivered_since: datetime) -> Sequence[Delivery]:
        here = or_(_waits, _refused, table.c.finished_at >= delivered_since)
        given_up = table.c.status != DeliveryStatus.DISCARDED.value
        query = select(table).where(_registers, here, given_up).order_by(table.c.number)
        async with self._database.glancing() as connection:
            return [record_of(Delivery, row) for row in await connection.execute(query)]

    async def listed(self, statuses: Collection[DeliveryStatus], *, at_most: int) -> Sequence[Delivery]:
        wanted = table.c.status.in_(sorted(status.value for status in statuses))
        query = select(table).where(wanted).order_by(table.c.number).limit(at_most)
        async with self._database.reading() as connection:
            return [record_of(Delivery, row) for row in await connection.execute(query)]

    async def retry(self, delivery_id: str, at: datetime, event: AuditEvent) -> bool:
        again = {
            "status": DeliveryStatus.WAITING.value,
            "due_at": at,
            "finished_at": None,
            "code": "",
            "words": "",
        }
        async with self._database.writing() as connection:
            unfinished = (table.c.id == delivery_id, or_(_waits, _refused))
            done = await connection.execute(update(table).where(*unfinished).values(**again))
            if done.rowcount:
                await append(connection, at, event)
            return bool(done.rowcount)

    async def discard(self, delivery_id: str, at: datetime, event: AuditEvent) -> bool:
        given_up = {"status": DeliveryStatus.DISCARDED.value, "finished_at": at}
        async with self._database.writing() as connection:
            unfinished = (table.c.id == delivery_id, or_(_waits, _refused))
            row = (await connection.execute(select(table).where(*unfinished))).first()
            if row is None:
                return False
            concerned: ColumnElement[bool] = table.c.id == delivery_id
            if row.kind == DeliveryKind.REGISTER_CASE.value:
                concerned = table.c.case_number == row.case_number
            await connection.execute(update(table).where(concerned, or_(_waits, _refused)).values(**given_up))
            await append(connection, at, event)
        return True

    async def waiting(self) -> Mapping[DeliveryStatus, Waiting]:
        query = select(table.c.status, func.count(), func.min(table.c.created_at)).group_by(table.c.status)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        found = {DeliveryStatus(status): Waiting(number, oldest) for status, number, oldest in rows}
        return {status: found.get(status, Waiting(0, None)) for status in DeliveryStatus}

    async def _of_keys(
        self,
        column: Any,  # Any: a column, of whichever type
        keys: Collection[str],
        *conditions: ColumnElement[bool],
    ) -> list[Delivery]:
        found: list[Delivery] = []
        if not keys:
            return found
        async with self._database.reading() as connection:
            for chunk in chunked(sorted(set(keys)), at_most=_KEYS_A_STATEMENT):
                query = select(table).where(column.in_(chunk), *conditions).order_by(table.c.number)
                found += [record_of(Delivery, row) for row in await connection.execute(query)]
        return found


def _unobstructed() -> Select[Any]:  # Any: the table's row
    """Those before which nothing of their lane waits, and whose case was not refused."""
    before = table.alias("before")
    case = table.alias("own_case")
    lane_waits = exists().where(
        before.c.lane == table.c.lane,
        before.c.status == DeliveryStatus.WAITING.value,
        before.c.number < table.c.number,
    )
    case_is_missing = exists().where(
        case.c.case_number == table.c.case_number,
        case.c.kind == DeliveryKind.REGISTER_CASE.value,
        case.c.status.in_([DeliveryStatus.REFUSED.value, DeliveryStatus.DISCARDED.value]),
        case.c.number < table.c.number,
    )
    return select(table).where(~lane_waits.correlate(table), ~case_is_missing.correlate(table))


def _held(delivery: Delivery) -> ColumnElement[bool]:
    """Whether nobody has taken it up since."""
    return and_(table.c.id == delivery.id, _waits, table.c.attempts == delivery.attempts)


async def _earlier(connection: AsyncConnection, first: Delivery, since: datetime) -> Delivery | None:
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:key, hashtext(:actor))")
        await connection.execute(lock, {"key": _LOCK, "actor": first.actor})
    if first.key is not None:
        same = table.c.key == first.key
    else:
        # What was given up, and a change that was refused, may be sent anew; a refused case is still here to be mended.
        over = or_(table.c.status == DeliveryStatus.DISCARDED.value, and_(_refused, ~_registers))
        same = and_(table.c.fingerprint == first.fingerprint, table.c.key.is_(None), table.c.created_at >= since, ~over)
    query = select(table).where(table.c.actor == first.actor, same).order_by(table.c.number.desc()).limit(1)
    row = (await connection.execute(query)).first()
    return None if row is None else record_of(Delivery, row)
