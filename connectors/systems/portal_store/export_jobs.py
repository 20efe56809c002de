"""Tables that are made for people: port `ExportJobs`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from connectors.people import AuditEvent, ExportJob
from connectors.registry import Clock
from connectors.systems.portal_store.audit import append
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import export_jobs as table
from connectors.systems.portal_store.values import columns_of, record_of
from connectors.vocabulary import ExportStatus

_running = table.c.status == ExportStatus.RUNNING.value


class StoredExportJobs:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, job: ExportJob, event: AuditEvent) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(table).values(**columns_of(job, table)))
            await append(connection, self._clock(), event)

    async def job(self, job_id: str) -> ExportJob | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.id == job_id))).first()
        return None if row is None else record_of(ExportJob, row)

    async def of_subject(self, subject: str) -> Sequence[ExportJob]:
        query = select(table).where(table.c.subject == subject).order_by(table.c.created_at.desc(), table.c.id)
        async with self._database.reading() as connection:
            return [record_of(ExportJob, row) for row in await connection.execute(query)]

    async def progress(self, job_id: str, at: datetime, *, done: int, total: int) -> bool:
        changed = update(table).where(table.c.id == job_id, _running)
        async with self._database.writing() as connection:
            found = await connection.execute(changed.values(rows_done=done, rows_total=total, beat_at=at))
            return bool(found.rowcount)

    async def end(self, job_id: str, status: ExportStatus, at: datetime, *, reason: str = "") -> bool:
        changed = update(table).where(table.c.id == job_id, _running)
        async with self._database.writing() as connection:
            found = await connection.execute(changed.values(status=status.value, reason=reason, beat_at=at))
            return bool(found.rowcount)

    async def fail_silent(self, before: datetime, at: datetime, *, reason: str) -> int:
        silent = update(table).where(_running, table.c.beat_at < before)
        async with self._database.writing() as connection:
            found = await connection.execute(silent.values(status=ExportStatus.FAILED.value, reason=reason, beat_at=at))
            return found.rowcount
