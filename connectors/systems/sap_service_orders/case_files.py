"""Files of cases in SAP (API_CV_ATTACHMENT_SRV): listed by GetAllOriginals, read by `$value`, added by POST."""

from collections.abc import Callable, Mapping
from urllib.parse import quote

import msgspec

from connectors.case_writing import CaseFile
from connectors.queries import Keys
from connectors.records import CaseAttachment, Provenance
from connectors.systems.sap_service_orders.client import ODataClient
from connectors.systems.sap_service_orders.instants import instant_of
from connectors.systems.sap_service_orders.literals import NOTIFICATION, can_be, encoded, padded, resource, string
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.values import number, text
from connectors.systems.sap_service_orders.wire import Envelope, Scalar, reader
from connectors.systems.sap_service_orders.writes import ODataWrites

_SET = "AttachmentContentSet"
_KEY = (
    "DocumentInfoRecordDocType",
    "DocumentInfoRecordDocNumber",
    "DocumentInfoRecordDocVersion",
    "DocumentInfoRecordDocPart",
    "LogicalDocument",
    "ArchiveDocumentID",
    "LinkedSAPObjectKey",
    "BusinessObjectTypeName",
)


class _FileRow(msgspec.Struct, frozen=True):
    DocumentInfoRecordDocType: Scalar = None
    DocumentInfoRecordDocNumber: Scalar = None
    DocumentInfoRecordDocVersion: Scalar = None
    DocumentInfoRecordDocPart: Scalar = None
    LogicalDocument: Scalar = None
    ArchiveDocumentID: Scalar = None
    LinkedSAPObjectKey: Scalar = None
    BusinessObjectTypeName: Scalar = None
    FileName: Scalar = None
    FileSize: Scalar = None
    MimeType: Scalar = None
    CreationDateTime: Scalar = None


_ROWS = reader(msgspec.json.Decoder(Envelope[_FileRow]))


class CaseFiles:
    def __init__(
        self, client: ODataClient, settings: SapServiceOrdersSettings, provenance: Callable[[], Provenance]
    ) -> None:
        self._client = client
        self._writes = ODataWrites(client, settings)
        self._service = settings.attachment_service
        self._object = settings.attachment_object
        self._provenance = provenance

    async def case_attachments(self, case_ids: Keys) -> Mapping[str, tuple[CaseAttachment, ...]]:
        """Oldest first. One call for one case, one $batch for each 20 of several (settings)."""
        found: dict[str, list[CaseAttachment]] = {case_id: [] for case_id in case_ids}
        asked = [case_id for case_id in found if can_be(case_id, NOTIFICATION)]
        rows = await self._client.read(self._service, [self._originals(case_id) for case_id in asked], _ROWS)
        provenance = self._provenance()
        for row in rows:
            attachment = self._attachment(row, provenance)
            if attachment.case_id in found:
                found[attachment.case_id].append(attachment)
        return {case_id: tuple(sorted(files, key=_oldest_first)) for case_id, files in found.items()}

    async def attachment_content(self, place: str) -> bytes:
        return (await self._client.get(self._service, f"{place}/$value", accept="*/*")).body

    async def attach_to_case(self, case_id: str, file: CaseFile) -> None:
        page = await self._client.page(self._service, self._originals(case_id), _ROWS)
        if file.name in (text(row.FileName) for row in page.rows):
            return
        headers = {
            "Slug": quote(file.name),
            "BusinessObjectTypeName": self._object,
            "LinkedSAPObjectKey": padded(case_id, NOTIFICATION),
            "Content-Type": file.media_type,
        }
        await self._writes.create_media(self._service, _SET, headers, file.content)

    def _originals(self, case_id: str) -> str:
        owner = {
            "BusinessObjectTypeName": string(self._object),
            "LinkedSAPObjectKey": string(padded(case_id, NOTIFICATION)),
        }
        return resource("GetAllOriginals", owner)

    def _attachment(self, row: _FileRow, provenance: Provenance) -> CaseAttachment:
        size = text(row.FileSize) or ""
        key = ",".join(f"{name}={encoded(string(text(getattr(row, name)) or ''))}" for name in _KEY)
        return CaseAttachment(
            provenance=provenance,
            case_id=number(row.LinkedSAPObjectKey) or "",
            name=text(row.FileName) or "file",
            media_type=text(row.MimeType),
            size=int(size) if size.isascii() and size.isdigit() else None,
            created_at=instant_of(row.CreationDateTime),
            place=f"{_SET}({key})",
        )


def _oldest_first(attachment: CaseAttachment) -> tuple[bool, float, str]:
    """One without a time comes last."""
    at = attachment.created_at
    return at is None, at.timestamp() if at else 0.0, attachment.place
