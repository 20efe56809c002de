"""Files that people add to cases (F2): looked at, within the limits, and kept.

A file is kept before its delivery is recorded, under the delivery's id. One whose delivery was never recorded is
nobody's: `sweep` removes it.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple, Protocol
from uuid import uuid4

import msgspec
import structlog

from auth.directory import Fault, Unfit, UnfitForm
from connectors.attachments.inspection import CleanFile, Inspection
from connectors.attachments.names import distinct_name
from connectors.attachments.outcome import Unfit as UnfitFile
from connectors.attachments.outcome import UnfitReason
from connectors.attachments.settings import AttachmentSettings
from connectors.case_writing import AttachedFile
from connectors.deliveries import Deliveries, Delivery, DeliveryKind, DeliveryStatus
from connectors.errors import ConnectorError
from connectors.files import ATTACHMENTS, UPLOADS, FileStore, content_key, read_file, thumbnail_key, upload_key
from connectors.registry import Clock

log = structlog.get_logger(__name__)

_FAULTS = {
    UnfitReason.EMPTY: Fault.REQUIRED,
    UnfitReason.TOO_LARGE: Fault.FILE_TOO_LARGE,
    UnfitReason.TOO_MANY_PIXELS: Fault.FILE_TOO_LARGE,
    UnfitReason.UNKNOWN_KIND: Fault.FILE_KIND,
    UnfitReason.UNREADABLE: Fault.FILE_UNREADABLE,
    UnfitReason.ACTIVE_CONTENT: Fault.FILE_ACTIVE,
    UnfitReason.ENCRYPTED: Fault.FILE_ENCRYPTED,
    UnfitReason.INFECTED: Fault.FILE_INFECTED,
}
_COUNTED = (DeliveryStatus.WAITING, DeliveryStatus.DELIVERED)
_ORPHANED_AFTER = timedelta(hours=1)  # no submission takes so long
_SWEPT_AT_ONCE = 200


class OfferedFile(Protocol):
    """What somebody wants to add to a case, not looked at yet."""

    @property
    def name(self) -> str: ...

    async def identity(self) -> str:
        """What stands for its content: of two files the same only where they are."""
        ...

    async def read(self) -> bytes:
        """All of it. Raises Unfit where it is too large, or isn't there."""
        ...

    async def done(self) -> None:
        """Nobody needs it any more."""
        ...


class Kept(NamedTuple):
    """A file that was looked at and is kept. `id` will be its delivery's."""

    id: str
    file: AttachedFile


class CaseFiles:
    def __init__(
        self,
        store: FileStore,
        deliveries: Deliveries,
        inspection: Inspection,
        settings: AttachmentSettings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._deliveries = deliveries
        self._inspection = inspection
        self._settings = settings
        self._clock = clock

    async def keep(self, offered: Sequence[OfferedFile], case_number: str | None) -> list[Kept]:
        """Look at each and keep it: all, or none. `case_number`: of a case that may have files already.

        Raises UnfitForm, with the place of each file at fault; a ConnectorError where they can't be looked at or kept.
        """
        count, size = await self._already(case_number)
        if offered and count + len(offered) > self._settings.max_files:
            raise Unfit(Fault.TOO_MANY, "attachments")
        kept: list[Kept] = []
        faults: list[Unfit] = []
        try:
            for place, each in enumerate(offered):
                field = f"attachments.{place}"
                try:
                    one = await self._kept(each)
                except (UnfitFile, Unfit) as unfit:
                    faults.append(Unfit(_fault(unfit), field))
                    continue
                kept.append(one)
                size += one.file.size
                if size > self._settings.max_case:
                    faults.append(Unfit(Fault.TOO_MANY, field))
            if faults:
                raise UnfitForm(faults)
        except BaseException:
            await self.drop([each.id for each in kept])
            raise
        return kept

    async def drop(self, ids: Collection[str]) -> None:
        """What was kept is not needed after all."""
        with suppress(ConnectorError):  # `sweep` sees to it
            await self._store.delete_files([key for identity in ids for key in _keys(identity)])

    def uploaded(self, subject: str, upload_id: str, name: str) -> OfferedFile:
        """What was sent to that upload address of theirs."""
        return PreparedUpload(self._store, subject, upload_id, name, self._settings.max_file)

    async def sweep(self) -> int:
        """Remove what nobody has recorded, nobody will send any more, and uploads that nobody used; how many files."""
        before = self._clock() - _ORPHANED_AFTER
        old = [found.key async for found in self._store.kept_files(ATTACHMENTS) if found.changed_at < before]
        gone = 0
        for start in range(0, len(old), _SWEPT_AT_ONCE):
            some = old[start : start + _SWEPT_AT_ONCE]
            known = await self._deliveries.by_id({_delivery_id(key) for key in some})
            orphans = [key for key in some if not _is_wanted(known.get(_delivery_id(key)))]
            await self._store.delete_files(orphans)
            gone += len(orphans)
        unused = self._clock() - timedelta(seconds=self._settings.upload_seconds) - _ORPHANED_AFTER
        uploads = [found.key async for found in self._store.kept_files(UPLOADS) if found.changed_at < unused]
        await self._store.delete_files(uploads)
        return gone + len(uploads)

    async def _already(self, case_number: str | None) -> tuple[int, int]:
        """How many files the case has from here, and of how many bytes."""
        if case_number is None:
            return 0, 0
        found = await attached_files(self._deliveries, [case_number])
        files = [file for delivery, file in found if delivery.status in _COUNTED]
        return len(files), sum(file.size for file in files)

    async def _kept(self, offered: OfferedFile) -> Kept:
        clean = await self._inspection.inspect(offered.name, await offered.read())
        identity = str(uuid4())
        kept = Kept(identity, _attached(identity, clean))
        try:
            await self._store.put_file(content_key(identity), clean.content)
            if clean.thumbnail is not None:
                await self._store.put_file(thumbnail_key(identity), clean.thumbnail)
        except BaseException:
            await self.drop([identity])
            raise
        return kept


class PreparedUpload:
    """A file that was sent to an upload address before. `id` is the address's."""

    def __init__(self, store: FileStore, subject: str, upload_id: str, name: str, at_most: int) -> None:
        self._store = store
        self._id = upload_id
        self._key = upload_key(subject, upload_id)
        self._at_most = at_most
        self.name = name

    async def identity(self) -> str:
        return self._id

    async def read(self) -> bytes:
        size = await self._store.file_size(self._key)
        if size is None:
            raise Unfit(Fault.NOT_FOUND)
        if size > self._at_most:
            raise Unfit(Fault.FILE_TOO_LARGE)
        content = await read_file(self._store, self._key, at_most=self._at_most)
        if content is None:
            raise Unfit(Fault.NOT_FOUND)
        return content

    async def done(self) -> None:
        with suppress(ConnectorError):
            await self._store.delete_files([self._key])


async def attached_files(
    deliveries: Deliveries, case_numbers: Collection[str]
) -> Sequence[tuple[Delivery, AttachedFile]]:
    """The files that these cases have from here, by the number that a case was written under, the earliest first."""
    return [
        (delivery, msgspec.json.decode(delivery.content, type=AttachedFile))
        for delivery in await deliveries.of_cases(case_numbers)
        if delivery.kind is DeliveryKind.ATTACH_FILE and delivery.status is not DeliveryStatus.DISCARDED
    ]


def _attached(identity: str, clean: CleanFile) -> AttachedFile:
    return AttachedFile(
        name=clean.name,
        distinct_name=distinct_name(clean.name, identity[:8]),
        media_type=clean.kind.media_type,
        size=len(clean.content),
        has_thumbnail=clean.thumbnail is not None,
    )


def _fault(unfit: UnfitFile | Unfit) -> Fault:
    return unfit.fault if isinstance(unfit, Unfit) else _FAULTS[unfit.reason]


def _keys(identity: str) -> tuple[str, str]:
    return content_key(identity), thumbnail_key(identity)


def _delivery_id(key: str) -> str:
    return key.split("/")[1] if key.count("/") else ""


def _is_wanted(delivery: Delivery | None) -> bool:
    return delivery is not None and delivery.status is not DeliveryStatus.DISCARDED
