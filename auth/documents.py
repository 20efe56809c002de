"""Documents about equipment as they are shown and opened (F6): who sees the asset sees what is written about it, and
its uptime and service quality reports where a line entitles to them (V26)."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from auth.attachments import UNKNOWN_TYPE, DocumentReference, Opened
from auth.entitlement import uptime_report_entitled
from auth.rules import Action, decide
from auth.viewer import Viewer
from auth.visibility import Visibility
from connectors.files import FileStore
from connectors.records import Document, InstalledProduct


class AssetDocument(msgspec.Struct, frozen=True):
    """A document as one of an asset. `asset`: its CRM Id."""

    asset: str
    document: Document


def reference_to(row: AssetDocument) -> DocumentReference:
    document = row.document
    return DocumentReference(
        installed_product_id=row.asset, document_id=document.id, name=document.file.rpartition("/")[2]
    )


async def documents_of(visible: Visibility, assets: Sequence[InstalledProduct]) -> Mapping[str, list[AssetDocument]]:
    """By the asset's CRM Id, the newest first of each kind."""
    return _rows(await visible.documents.of_assets(assets))


async def reports_of(
    visible: Visibility, viewer: Viewer, assets: Sequence[InstalledProduct], today: date
) -> Mapping[str, list[AssetDocument]]:
    """The store's uptime and service quality reports of entitled assets, the latest period first."""
    entitled = await entitled_of(visible, viewer, assets, today)
    return _rows(await visible.documents.reports_of_assets([asset for asset in assets if asset.id in entitled]))


async def entitled_of(
    visible: Visibility, viewer: Viewer, assets: Sequence[InstalledProduct], today: date
) -> frozenset[str]:
    """The CRM Ids of assets whose uptime report the viewer is entitled to."""
    if not decide(viewer, Action.READ_CONTRACTS).allowed:
        return frozenset()
    numbers = [asset.asset_id for asset in assets if asset.asset_id is not None]
    lines = await visible.contracts.lines_of_assets(numbers)
    return frozenset(asset.id for asset in assets if uptime_report_entitled(lines.get(asset.asset_id or "", ()), today))


async def document_to_open(
    visible: Visibility, viewer: Viewer, reference: DocumentReference, today: date
) -> Document | None:
    """None: it is not there (any more), or not the viewer's (any more)."""
    asset = (await visible.installed_products.by_id([reference.installed_product_id])).get(
        reference.installed_product_id
    )
    if asset is None:
        return None
    for found in (await documents_of(visible, [asset]), await reports_of(visible, viewer, [asset], today)):
        for row in found.get(asset.id, ()):
            if row.document.id == reference.document_id:
                return row.document
    return None


async def open_document(
    store: FileStore, document: Document, name: str, *, start: int = 0, end: int | None = None
) -> Opened | None:
    opened = await store.open_file(document.file, start=start, end=end)
    if opened is None:
        return None
    return Opened(name, document.media_type, document.media_type != UNKNOWN_TYPE, opened.size, opened.content)


def _rows(found: Mapping[str, list[Document]]) -> Mapping[str, list[AssetDocument]]:
    return {
        asset: [AssetDocument(asset, document) for document in sorted(documents, key=_newest_first)]
        for asset, documents in found.items()
    }


def _newest_first(document: Document) -> tuple[str, float, str, str]:
    day = document.period_start or document.issued_on
    return document.kind.value, -day.toordinal() if day else 0.0, document.title, document.id
