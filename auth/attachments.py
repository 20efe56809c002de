"""The files of cases as they are shown and opened: those that the service system has, and those on their way to it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from auth.case_files import attached_files
from auth.viewer import Viewer
from connectors.attachments.kinds import kind_of
from connectors.case_writing import AttachedFile
from connectors.deliveries import Deliveries, Delivery, DeliveryStatus
from connectors.errors import ConnectorError
from connectors.files import FileStore, content_key, thumbnail_key
from connectors.ports import CaseAttachments
from connectors.records import Case, CaseAttachment

UNKNOWN_TYPE = "application/octet-stream"


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a case. `delivery_id`: it was added here; `place`: the service system has it there; or both."""

    id: str
    case_id: str
    name: str
    media_type: str | None
    size: int | None
    created_at: datetime | None
    status: DeliveryStatus
    has_thumbnail: bool = False
    delivery_id: str | None = None
    place: str | None = None


class FileReference(msgspec.Struct, frozen=True, kw_only=True, tag="attachment"):
    """What a link leads to. `case_id` is the case's key at the time, by which it is looked up anew."""

    case_id: str
    name: str
    delivery_id: str | None = None
    place: str | None = None
    thumbnail: bool = False


class DocumentReference(msgspec.Struct, frozen=True, kw_only=True, tag="document"):
    """What a link to a document about equipment leads to; both are looked up anew."""

    installed_product_id: str
    document_id: str
    name: str


class Opened(NamedTuple):
    """`size` is that of the whole file; `content` gives the part that was asked for. `safe`: a browser may show it."""

    name: str
    media_type: str
    safe: bool
    size: int
    content: AsyncIterator[bytes]


class UploadAddress(NamedTuple):
    """Where a file may be sent to (PUT), until then; `id` names it afterwards."""

    id: str
    url: str
    expires_at: datetime


class FileLinks(Protocol):
    """Short-lived addresses of files, each for the one viewer who asked."""

    def link(self, viewer: Viewer, reference: FileReference | DocumentReference) -> str: ...

    def upload(self, viewer: Viewer, name: str) -> UploadAddress: ...

    def uploaded(self, viewer: Viewer, upload_id: str) -> tuple[str, str] | None:
        """The file's own id and its name. None: it is not the viewer's, or too old."""
        ...


class Attachments:
    def __init__(self, deliveries: Deliveries | None, source: CaseAttachments | None, store: FileStore | None) -> None:
        self._deliveries = deliveries
        self._source = source
        self._store = store

    async def of_cases(self, cases: Sequence[Case]) -> tuple[Mapping[str, list[Attachment]], ConnectorError | None]:
        """By the case's id, the oldest first; and why the service system's own could not be told."""
        (own, ours), (theirs, problem) = await asyncio.gather(
            self._own({case.number for case in cases}), self._theirs([each.id for each in cases if _registered(each)])
        )
        found = {}
        for case in cases:
            listed = theirs.get(case.id, ())
            system = {each.name: each for each in listed}
            added = [_added(case, delivery, file, system) for delivery, file in own.get(case.number, ())]
            names = {file.distinct_name for _, file in own.get(case.number, ())}
            others = [_other(case, each) for each in listed if each.name not in names]
            found[case.id] = sorted([*others, *added], key=_oldest_first)
        return found, ours or problem

    async def open(self, reference: FileReference, *, start: int = 0, end: int | None = None) -> Opened | None:
        """None: it is nowhere any more."""
        if reference.delivery_id is not None and self._store is not None:
            key = (thumbnail_key if reference.thumbnail else content_key)(reference.delivery_id)
            opened = await self._store.open_file(key, start=start, end=end)
            if opened is not None:
                media_type = await self._kept_type(reference)
                return Opened(reference.name, media_type, True, opened.size, opened.content)
        if reference.place is None or self._source is None or reference.thumbnail:
            return None
        return await self._of_system(reference.place, reference, start, end)

    async def _of_system(self, place: str, reference: FileReference, start: int, end: int | None) -> Opened:
        """What somebody else put there: a browser shows it only where it is what is shown of our own."""
        assert self._source is not None  # noqa: S101  # who calls has looked
        content = await self._source.attachment_content(place)
        kind = kind_of(content)
        media_type = UNKNOWN_TYPE if kind is None else kind.media_type
        return Opened(reference.name, media_type, kind is not None, len(content), _once(content[start:end]))

    async def _kept_type(self, reference: FileReference) -> str:
        if reference.thumbnail or self._deliveries is None or reference.delivery_id is None:
            return "image/jpeg"
        delivery = (await self._deliveries.by_id([reference.delivery_id])).get(reference.delivery_id)
        if delivery is None:
            return UNKNOWN_TYPE
        return msgspec.json.decode(delivery.content, type=AttachedFile).media_type

    async def _own(
        self, numbers: Collection[str]
    ) -> tuple[dict[str, list[tuple[Delivery, AttachedFile]]], ConnectorError | None]:
        found: dict[str, list[tuple[Delivery, AttachedFile]]] = {}
        if self._deliveries is None:
            return found, None
        try:
            for delivery, file in await attached_files(self._deliveries, numbers):
                found.setdefault(delivery.case_number, []).append((delivery, file))
        except ConnectorError as error:
            return {}, error
        return found, None

    async def _theirs(
        self, case_ids: Sequence[str]
    ) -> tuple[Mapping[str, Sequence[CaseAttachment]], ConnectorError | None]:
        if self._source is None or not case_ids:
            return {}, None
        try:
            return await self._source.case_attachments(tuple(dict.fromkeys(case_ids))), None
        except ConnectorError as error:
            return {}, error


def reference_to(attachment: Attachment, *, thumbnail: bool = False) -> FileReference:
    return FileReference(
        case_id=attachment.case_id,
        name=attachment.name,
        delivery_id=attachment.delivery_id,
        place=attachment.place,
        thumbnail=thumbnail,
    )


def _added(case: Case, delivery: Delivery, file: AttachedFile, system: Mapping[str, CaseAttachment]) -> Attachment:
    known = system.get(file.distinct_name)
    return Attachment(
        id=delivery.id,
        case_id=case.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        created_at=delivery.created_at,
        status=delivery.status,
        has_thumbnail=file.has_thumbnail,
        delivery_id=delivery.id,
        place=None if known is None else known.place,
    )


def _other(case: Case, file: CaseAttachment) -> Attachment:
    return Attachment(
        id=file.place,
        case_id=case.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        created_at=file.created_at,
        status=DeliveryStatus.DELIVERED,
        place=file.place,
    )


def _registered(case: Case) -> bool:
    return case.status.is_registered


def _oldest_first(attachment: Attachment) -> tuple[bool, float]:
    """One without a time comes last; of one time they stay in their order."""
    at = attachment.created_at
    return at is None, at.timestamp() if at else 0.0


async def _once(content: bytes) -> AsyncIterator[bytes]:
    if content:
        yield content
