"""Port `auth.exports.Exports`: tables are made beside the requests, a few at a time, and kept for a day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import structlog

from auth.credentials import Where
from auth.directory import Fault, Unfit
from auth.exports import ExportOf, entitlement_of
from auth.viewer import Viewer
from connectors.errors import ConnectorError, SourceMisconfigured
from connectors.files import FileStore
from connectors.people import AuditAction, AuditEvent, ExportJob
from connectors.people_ports import ExportJobs, People
from connectors.registry import Clock
from connectors.vocabulary import ExportStatus
from gateway.exports.links import Opened, SealedExportLinks
from gateway.exports.making import file_name, make
from gateway.exports.rows import Graph, Problem
from gateway.exports.settings import ExportSettings

log = structlog.get_logger(__name__)

FOLDER = "exports"
_LOOKED_AFTER_EVERY = 60.0  # seconds
_SILENT_FOR = timedelta(minutes=5)  # a maker is at work more often, or gone
_PATIENCE = 2.0  # seconds
_GONE = "The gateway that made it was stopped. Ask for the table anew."


def result_key(job_id: str) -> str:
    return f"{FOLDER}/{job_id}"


class ExportService:
    """Without `people` and `store` there are links alone."""

    def __init__(
        self,
        links: SealedExportLinks,
        people: People | None,
        store: FileStore | None,
        clock: Clock,
        settings: ExportSettings,
    ) -> None:
        self.links = links
        self._people = people
        self._store = store
        self._clock = clock
        self._settings = settings
        self._graph: Graph | None = None
        self._slots = asyncio.Semaphore(settings.at_once)
        self._making: set[asyncio.Task[None]] = set()
        self._keeping: asyncio.Task[None] | None = None

    def over(self, graph: Graph) -> None:
        """Whom rows are asked of: known once the gateway is built."""
        self._graph = graph

    def start_keeping(self) -> None:
        """Remove what is over, until `close`."""
        if self._people is not None and self._store is not None:
            self._keeping = asyncio.create_task(self._look_after(self._people.export_jobs, self._store))

    async def close(self) -> None:
        tasks = [*self._making, *([self._keeping] if self._keeping is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def link(self, viewer: Viewer, of: ExportOf) -> str:
        return self.links.link(Opened(viewer, of=of), file_name(of, viewer, self._known_graph))

    def result_link(self, viewer: Viewer, job: ExportJob) -> str:
        return self.links.link(Opened(viewer, job_id=job.id), job.name)

    async def start(self, viewer: Viewer, of: ExportOf, where: Where) -> ExportJob:
        if self._people is None or self._store is None:
            raise SourceMisconfigured("exports", "can't be kept with the systems that are configured")
        jobs, graph = self._people.export_jobs, self._known_graph
        running = [job for job in await jobs.of_subject(viewer.subject) if job.status is ExportStatus.RUNNING]
        if len(running) >= self._settings.per_person:
            raise Unfit(Fault.TOO_MANY)
        now = self._clock()
        job = ExportJob(
            id=str(uuid4()),
            subject=viewer.subject,
            name=file_name(of, viewer, graph),
            list=of.list,
            entitlement=await _entitlement(graph, viewer, where),
            created_at=now,
            beat_at=now,
            expires_at=now + timedelta(seconds=self._settings.kept),
        )
        await jobs.add(job, exported(viewer, of, where))
        task = asyncio.create_task(self._make(jobs, self._store, job, viewer, of, where))
        self._making.add(task)
        task.add_done_callback(self._making.discard)
        await asyncio.wait([task], timeout=_PATIENCE)
        return await jobs.job(job.id) or job

    async def _make(
        self, jobs: ExportJobs, store: FileStore, job: ExportJob, viewer: Viewer, of: ExportOf, where: Where
    ) -> None:
        """Never raises: what goes wrong becomes the job's end."""

        async def progress(done: int, total: int) -> None:
            if not await jobs.progress(job.id, self._clock(), done=done, total=total):
                raise _GivenUp

        status, reason = ExportStatus.FAILED, _GONE
        try:
            async with self._slots:
                made = await make(self._known_graph, viewer, of, where, progress)
                if made.entitlement != job.entitlement:
                    raise _GivenUp
                await store.put_file(result_key(job.id), _whole(made.pieces))
            status, reason = ExportStatus.DONE, ""
        except _GivenUp:
            status, reason = ExportStatus.CANCELLED, ""
        except Problem as problem:
            reason = str(problem)
        except ConnectorError as error:
            log.error("exports.not_made", reason=str(error))
            reason = f"It can't be kept at the moment: {error.message}."
        except Exception:
            log.exception("exports.failed")
            reason = "Something went wrong here. Tell the helpdesk when it happened."
        finally:
            await self._end(jobs, store, job, status, reason)

    async def _end(self, jobs: ExportJobs, store: FileStore, job: ExportJob, status: ExportStatus, reason: str) -> None:
        try:
            ended = await jobs.end(job.id, status, self._clock(), reason=reason)
            if not ended or status is not ExportStatus.DONE:
                await store.delete_files([result_key(job.id)])
        except ConnectorError as error:
            log.error("exports.not_ended", reason=str(error))

    async def _look_after(self, jobs: ExportJobs, store: FileStore) -> None:
        while True:
            await asyncio.sleep(_LOOKED_AFTER_EVERY)
            now = self._clock()
            try:
                await jobs.fail_silent(now - _SILENT_FOR, now, reason=_GONE)
                over = now - timedelta(seconds=self._settings.kept)
                await store.delete_files([f.key async for f in store.kept_files(FOLDER) if f.changed_at < over])
            except ConnectorError as error:
                log.warning("exports.not_looked_after", reason=str(error))

    @property
    def _known_graph(self) -> Graph:
        assert self._graph is not None  # noqa: S101  # wiring says so before anybody asks
        return self._graph


class _GivenUp(Exception):
    """Nobody wants it any more."""


def exported(viewer: Viewer, of: ExportOf, where: Where) -> AuditEvent:
    return AuditEvent(
        action=AuditAction.EXPORTED,
        actor=viewer.subject,
        subject=viewer.subject,
        details={"list": of.list.value, "format": of.format.value, "columns": " ".join(of.columns)},
        network=where.network,
        request_id=where.request_id,
    )


async def _entitlement(graph: Graph, viewer: Viewer, where: Where) -> str:
    context = graph.context_for(viewer, where)
    try:
        return entitlement_of(await context.visible(), viewer)
    finally:
        context.close()


async def _whole(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """At least one piece, as the store wants it."""
    empty = True
    async for piece in pieces:
        empty = False
        yield piece
    if empty:
        yield b""
