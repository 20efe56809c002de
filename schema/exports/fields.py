"""Tables in the graph (F9): a link to one, and tables that are made while their progress is watched."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import strawberry

from auth.directory import Fault, Unfit
from auth.rules import Action
from connectors import people
from connectors.vocabulary import ExportStatus
from schema.access import Access
from schema.batch import batched
from schema.changes import changing, key_of
from schema.computed import computed
from schema.context import Context
from schema.errors import BadInput
from schema.exports.inputs import ExportInput, export_of
from schema.labels import label_field
from schema.node import id_field, parse_id
from schema.user_errors import UserError

_LOOKED_AT_EVERY = 0.4  # seconds
_LONGEST_LINK = 6_000  # characters: what comes in between takes no longer addresses


@strawberry.type(
    description="A table that is made for the viewer (F9), and kept for a day.",
    directives=[Access(action=Action.READ_SELF)],
)
class Export:
    id: strawberry.ID = id_field("Export")
    name: str = strawberry.field(description="What the file is called.")
    created_at: datetime
    expires_at: datetime

    @computed("Where it is. FAILED: `reason` says why; ask for it anew.", needs=[])
    def status(record: people.ExportJob, context: Context) -> ExportStatus:
        return record.status

    status_label: str = label_field("status")

    @computed("How much of it is done, per cent.", needs=[])
    def progress(record: people.ExportJob, context: Context) -> int:
        if record.status is ExportStatus.DONE:
            return 100
        return 99 * record.rows_done // record.rows_total if record.rows_total else 0

    @computed("How many rows it has. Null as long as they are looked for.", needs=[])
    def row_count(record: people.ExportJob, context: Context) -> int | None:
        return record.rows_total

    @computed("Why it failed.", needs=[])
    def reason(record: people.ExportJob, context: Context) -> str | None:
        return record.reason or None

    @computed(
        "A link to the file, for the viewer alone and for a few minutes; null before it is done. Once the viewer's "
        "rights have changed it leads nowhere: the file was made with the former ones.",
        needs=[],
    )
    def url(record: people.ExportJob, context: Context) -> str | None:
        return context.exports.result_link(context.viewer, record) if record.status is ExportStatus.DONE else None


@strawberry.type(description="The table, or what was wrong.", directives=[Access(action=Action.READ_SELF)])
class ExportPayload:
    export: Export | None = strawberry.field(default=None, description="Null where nothing was done.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What was wrong.")


@strawberry.input
class CancelExportInput:
    export_id: strawberry.ID


@batched(
    str | None,
    description="A link to a list as a table (F9), for the viewer alone and for a few minutes; it is made while it is "
    "sent. For a large one rather `startExport`, whose progress can be watched.",
    needs=[],
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
async def export_url(parents: Any, context: Context, *, of: ExportInput) -> Any:
    try:
        link = context.exports.link(context.viewer, export_of(context, of))
    except Unfit as unfit:
        raise BadInput("Name one table, and columns or none at all.", field=f"of.{unfit.field}") from None
    if len(link) > _LONGEST_LINK:
        raise BadInput("This filter is too long for a link: use startExport.", field="of")
    return [link for _ in parents]


@changing(
    ExportPayload,
    action=Action.READ_EQUIPMENT,
    description="Make a table of a list (F9). A small one is DONE when this answers; of a large one, `exportProgress` "
    "tells how far it is.",
)
async def start_export(context: Context, input: ExportInput) -> Any:
    of = export_of(context, input)
    if not context.viewer.kept:
        raise Unfit(Fault.NOT_FOUND)
    return _payload(await context.exports.start(context.viewer, of, context.where))


@changing(ExportPayload, action=Action.READ_EQUIPMENT, description="Give up a table that is being made.")
async def cancel_export(context: Context, input: CancelExportInput) -> Any:
    key = key_of(input.export_id, "Export", "exportId")
    job = await own_job(context, key)
    if job is None:
        raise Unfit(Fault.NOT_FOUND, "exportId")
    jobs = context.membership.people.export_jobs
    if not await jobs.end(key, ExportStatus.CANCELLED, context.now):
        raise Unfit(Fault.WRONG_STATUS, "exportId")
    return _payload(await jobs.job(key))


async def export_progress(context: Context, export_id: str) -> AsyncIterator[people.ExportJob]:
    """As it gets on, until it comes to an end. Tells nothing of one that is not the viewer's."""
    asked = parse_id(export_id, field="exportId")
    key = asked.key if asked.type_name == "Export" else ""
    told: people.ExportJob | None = None
    while (job := await own_job(context, key)) is not None:
        if job != told:
            told = job
            yield job
        if job.status is not ExportStatus.RUNNING:
            return
        await asyncio.sleep(_LOOKED_AT_EVERY)


async def own_job(context: Context, key: str) -> people.ExportJob | None:
    if not context.viewer.kept:
        return None
    job = await context.membership.people.export_jobs.job(key)
    return job if job is not None and job.subject == context.viewer.subject else None


async def own_jobs(context: Context) -> list[people.ExportJob]:
    if not context.viewer.kept:
        return []
    found = await context.membership.people.export_jobs.of_subject(context.viewer.subject)
    return [job for job in found if job.expires_at > context.now]


def _payload(job: Any) -> Any:  # Any: the record that the type is a view over
    return ExportPayload(export=job)
