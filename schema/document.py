"""Documents about equipment (F6), and the uptime and service quality reports that the document store has (V26)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry

from auth.documents import AssetDocument as Row
from auth.documents import documents_of, reference_to, reports_of
from auth.rules import Action
from connectors import records
from connectors.vocabulary import DocumentKind
from schema.access import Access
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from schema.labels import label

Assets = Sequence[records.InstalledProduct]

WRITTEN_ABOUT = ("product_code", "serial_number")
"""By which a document is found."""


@strawberry.type(description="A document about equipment.", directives=[Access(action=Action.READ_EQUIPMENT)])
class AssetDocument:
    @computed("The document store's own. One document may be of many pieces of equipment.", needs=[])
    def id(record: Row, context: Context) -> strawberry.ID:
        return strawberry.ID(record.document.id)

    @computed("As it calls itself.", needs=[])
    def title(record: Row, context: Context) -> str:
        return record.document.title

    @computed("What it is.", needs=[])
    def kind(record: Row, context: Context) -> DocumentKind:
        return record.document.kind

    @computed("`kind` in the viewer's language.", needs=[])
    def kind_label(record: Row, context: Context) -> str:
        return label(record.document.kind, context.viewer.locale)

    @computed("Its language, as pl. Null: in none, or in several.", needs=[])
    def language(record: Row, context: Context) -> str | None:
        return record.document.language

    @computed("Its version, as it calls it.", needs=[])
    def version(record: Row, context: Context) -> str | None:
        return record.document.version

    @computed("The day it was issued.", needs=[])
    def issued_on(record: Row, context: Context) -> date | None:
        return record.document.issued_on

    @computed("The first day of the period that it tells of.", needs=[])
    def period_start(record: Row, context: Context) -> date | None:
        return record.document.period_start

    @computed("The last day of that period, included.", needs=[])
    def period_end(record: Row, context: Context) -> date | None:
        return record.document.period_end

    @computed("As application/pdf.", needs=[])
    def media_type(record: Row, context: Context) -> str:
        return record.document.media_type

    @computed("In bytes.", needs=[])
    def size(record: Row, context: Context) -> int:
        return record.document.size

    @computed(
        "A link that opens it in the browser, for the viewer alone and for a few minutes: as the address of a page or "
        "of a frame in it, no pop-up is needed.",
        needs=[],
    )
    def url(record: Row, context: Context) -> str:
        return context.links.link(context.viewer, reference_to(record))

    @computed("The same, to keep it as a file.", needs=[])
    def download_url(record: Row, context: Context) -> str:
        return f"{context.links.link(context.viewer, reference_to(record))}?download"


@batched(
    list[AssetDocument] | None,
    description="What is written about it: of its product, and of the piece itself (F6). By kind, the newest first; "
    "each of some kinds and languages, where they are named.",
    needs=WRITTEN_ABOUT,
)
async def documents(
    parents: Assets,
    context: Context,
    *,
    kinds: list[DocumentKind] | None = None,
    languages: list[str] | None = None,
) -> Sequence[Any]:
    found = await documents_of(await context.visible(), parents)
    return [[row for row in found.get(asset.id, ()) if _is_asked(row.document, kinds, languages)] for asset in parents]


@batched(
    list[AssetDocument] | None,
    description="The uptime and service quality reports that the document store has, the latest period first; none "
    "where no contract line entitles to them (V26). `uptimeReportUrl` makes one of any period.",
    needs=("asset_id", *WRITTEN_ABOUT),
    reads={
        "ServiceContract": ["status"],
        "ContractLine": ["uptime_report", "start_date", "end_date", "open_ended"],
    },
    directives=[Access(action=Action.READ_CONTRACTS)],
)
async def uptime_reports(parents: Assets, context: Context) -> Sequence[Any]:
    found = await reports_of(await context.visible(), context.viewer, parents, context.today)
    return [found.get(asset.id, []) for asset in parents]


def _is_asked(document: records.Document, kinds: list[DocumentKind] | None, languages: list[str] | None) -> bool:
    """A document in no language is for readers of any."""
    if kinds is not None and document.kind not in kinds:
        return False
    return languages is None or document.language is None or document.language in languages
