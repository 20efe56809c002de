"""The documents of the manifest, read again when it has changed, at most every so often."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from time import monotonic

import structlog

from connectors.errors import SourceMisconfigured
from connectors.files import FileStore, read_file
from connectors.queries import DocumentQuery, Keys
from connectors.records import Document, Provenance, Replacement
from connectors.registry import Clock
from connectors.systems.file_documents.manifest import NOTHING, Read, read_manifest
from connectors.systems.file_documents.settings import FileDocumentsSettings
from connectors.transport.single_flight import SingleFlight

log = structlog.get_logger(__name__)

_LARGEST = 32 * 1024 * 1024  # bytes: some hundred thousand documents


class Library:
    def __init__(self, system: str, store: FileStore, clock: Clock, settings: FileDocumentsSettings) -> None:
        self._system = system
        self._store = store
        self._clock = clock
        self._place = settings.manifest
        self._seconds = settings.manifest_seconds
        self._flights: SingleFlight[Read] = SingleFlight()
        self._read = NOTHING
        self._good_until = 0.0
        self._by_product: Mapping[str, list[Document]] = {}
        self._by_serial: Mapping[str, list[Document]] = {}

    async def about(self, query: DocumentQuery) -> tuple[Document, ...]:
        """Raises a ConnectorError where the manifest can't be read; one that is broken gives what it gave before."""
        await self._look()
        found = {
            document.id: document
            for keys, index in ((query.product_codes, self._by_product), (query.serial_numbers, self._by_serial))
            for key in keys
            for document in index.get(key, ())
        }
        return tuple(found.values())

    async def replacements(self, product_codes: Keys) -> Mapping[str, Replacement]:
        """Raises as `about`."""
        await self._look()
        return {row.product_code: row for row in self._read.replacements if row.product_code in product_codes}

    async def check(self) -> None:
        """Raises SourceMisconfigured, with what is wrong with the manifest."""
        complaints = (await self._fresh()).complaints
        if complaints:
            more = f", and {len(complaints) - 1} more" if len(complaints) > 1 else ""
            raise SourceMisconfigured(self._system, f"leaves out documents: {complaints[0]}{more}")

    async def _look(self) -> None:
        if monotonic() >= self._good_until:
            self._keep(await self._flights.do("manifest", self._fresh))

    async def _fresh(self) -> Read:
        content = await read_file(self._store, self._place, at_most=_LARGEST)
        if content is None:
            return NOTHING
        folder = str(PurePosixPath(self._place).parent)
        prefix = "" if folder == "." else folder
        sizes = {found.key: found.size async for found in self._store.kept_files(prefix)}
        provenance = Provenance(self._system, self._clock())
        try:
            return read_manifest(content.decode(), folder, sizes, provenance)
        except ValueError as error:  # no TOML, no UTF-8
            return self._read._replace(complaints=(f"{self._place} can't be read: {error}",))

    def _keep(self, read: Read) -> None:
        for complaint in set(read.complaints) - set(self._read.complaints):
            log.warning("documents.left_out", system=self._system, told=complaint)
        self._read, self._good_until = read, monotonic() + self._seconds
        self._by_product = _indexed(read.documents, "product_codes")
        self._by_serial = _indexed(read.documents, "serial_numbers")


def _indexed(documents: tuple[Document, ...], attribute: str) -> Mapping[str, list[Document]]:
    index: dict[str, list[Document]] = {}
    for document in documents:
        for key in getattr(document, attribute):
            index.setdefault(key, []).append(document)
    return index
