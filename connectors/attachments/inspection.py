"""A file as it came becomes one that may be kept, or is refused: its kind, a virus scanner's word, written anew."""

import asyncio
import sys

import msgspec
import structlog

from connectors.attachments.antivirus import Antivirus, antivirus_at
from connectors.attachments.cleaning import Outcome
from connectors.attachments.kinds import FileKind, kind_of
from connectors.attachments.names import safe_name
from connectors.attachments.outcome import Unfit, UnfitReason
from connectors.attachments.settings import AttachmentSettings

log = structlog.get_logger(__name__)

_AT_ONCE = 2
_MOST_SECONDS = 60.0
_READER = "connectors.attachments.cleaning"


class CleanFile(msgspec.Struct, frozen=True):
    """What may be kept. `thumbnail` is a JPEG; None for a PDF."""

    name: str
    kind: FileKind
    content: bytes
    thumbnail: bytes | None


class Inspection:
    """One for the process: it bounds how many files are looked at at once."""

    def __init__(self, settings: AttachmentSettings, *, antivirus: Antivirus | None = None) -> None:
        self._most_bytes = settings.max_file
        self._antivirus = antivirus or antivirus_at(settings.antivirus, settings.antivirus_timeout)
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def inspect(self, name: str, content: bytes) -> CleanFile:
        """Raises Unfit; a ConnectorError where the virus scanner can't tell."""
        if not content:
            raise Unfit(UnfitReason.EMPTY)
        if len(content) > self._most_bytes:
            raise Unfit(UnfitReason.TOO_LARGE)
        kind = kind_of(content)
        if kind is None:
            raise Unfit(UnfitReason.UNKNOWN_KIND)
        if not await self._antivirus.is_clean(content):
            log.warning("attachment.infected", kind=kind.name, size=len(content))
            raise Unfit(UnfitReason.INFECTED)
        async with self._slots:
            outcome = await _cleaned(kind, content)
        if outcome.clean is None:
            raise Unfit(UnfitReason[outcome.unfit or UnfitReason.UNREADABLE.name])
        if len(outcome.clean.content) > self._most_bytes:
            raise Unfit(UnfitReason.TOO_LARGE)
        written = FileKind[outcome.clean.kind]
        return CleanFile(safe_name(name, written), written, outcome.clean.content, outcome.clean.thumbnail)


async def _cleaned(kind: FileKind, content: bytes) -> Outcome:
    """By a process that has nothing of ours: no settings, no connections, bounded memory and time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        _READER,
        kind.name,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={},
    )
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            written, complaint = await process.communicate(content)
    except TimeoutError:
        written, complaint = b"", b"took too long"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return msgspec.msgpack.decode(written, type=Outcome)
    except msgspec.DecodeError:
        last = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
        log.warning("attachment.reader_broke", kind=kind.name, status=process.returncode, reason=last[:200])
        return Outcome(unfit=UnfitReason.UNREADABLE.name)
