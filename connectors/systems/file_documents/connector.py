"""The document store, a folder or an S3 store: documents about equipment by a manifest (port AssetDocuments), and what
the gateway keeps there (port FileStore)."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Collection, Mapping
from typing import Any, cast
from uuid import uuid4

import obstore
from pydantic import BaseModel

from connectors.errors import SourceFailed, SourceMisanswered
from connectors.files import KeptFile, OpenFile
from connectors.ports import CheckResult
from connectors.queries import DocumentQuery, Keys, Rows
from connectors.records import Document, Replacement
from connectors.registry import Clock, Manifest
from connectors.systems.file_documents.client import Store, failures, store_of
from connectors.systems.file_documents.library import Library
from connectors.systems.file_documents.settings import FileDocumentsSettings
from connectors.transport.checks import tried
from connectors.transport.deadline import remaining

_DELETED_AT_ONCE = 16


class FileDocuments:
    """Serves `AssetDocuments` and `FileStore`."""

    def __init__(self, system: str, settings: FileDocumentsSettings, clock: Clock) -> None:
        self._system = system
        self._library = Library(system, self, clock, settings)
        self._settings = settings
        self._opened: Store | None = None

    @property
    def system(self) -> str:
        return self._system

    async def documents(self, query: DocumentQuery) -> Rows[Document]:
        """Those of the manifest that are asked for. No manifest: there are none."""
        return Rows(await self._library.about(query))

    async def replacements(self, product_codes: Keys) -> Mapping[str, Replacement]:
        return await self._library.replacements(product_codes)

    async def put_file(self, key: str, content: bytes | AsyncIterable[bytes]) -> None:
        # An iterable comes as fast as somebody sends it: what it may take, its maker says.
        seconds = remaining(self._settings.timeout) if isinstance(content, bytes) else None
        async with failures(self._system), asyncio.timeout(seconds):
            await obstore.put_async(self._store, key, cast(Any, content))

    async def file_size(self, key: str) -> int | None:
        async with failures(self._system), asyncio.timeout(remaining(self._settings.timeout)):
            try:
                return int((await obstore.head_async(self._store, key))["size"])
            except FileNotFoundError:
                return None

    async def open_file(self, key: str, *, start: int = 0, end: int | None = None) -> OpenFile | None:
        async with failures(self._system), asyncio.timeout(remaining(self._settings.timeout)):
            try:
                size = int((await obstore.head_async(self._store, key))["size"])
                last = size if end is None else min(end, size)
                if start >= last:
                    return OpenFile(size, _pieces(self._system, None))
                found = await obstore.get_async(self._store, key, options={"range": (start, last)})
            except FileNotFoundError:
                return None
        return OpenFile(size, _pieces(self._system, found))

    async def delete_files(self, keys: Collection[str]) -> None:
        slots = asyncio.Semaphore(_DELETED_AT_ONCE)

        async def delete(key: str) -> None:
            async with slots, failures(self._system), asyncio.timeout(remaining(self._settings.timeout)):
                try:
                    await obstore.delete_async(self._store, key)
                except FileNotFoundError:
                    return

        await asyncio.gather(*(delete(key) for key in keys))

    async def kept_files(self, prefix: str) -> AsyncIterator[KeptFile]:
        async with failures(self._system):
            async for chunk in obstore.list(self._store, prefix=prefix):
                for found in chunk:
                    yield KeptFile(str(found["path"]), int(found["size"]), found["last_modified"])

    async def check(self) -> list[CheckResult]:
        return [
            await tried("write a file, read it and delete it", self._try),
            await tried("read the documents' manifest", self._library.check),
        ]

    async def ping(self) -> None:
        await self.file_size("ping")

    async def close(self) -> None:
        """obstore keeps nothing that must be given back."""

    async def _try(self) -> None:
        key, content = f"checks/{uuid4()}", b"written by a check"
        await self.put_file(key, content)
        try:
            opened = await self.open_file(key)
            read = None if opened is None else b"".join([piece async for piece in opened.content])
            if read != content:
                raise SourceMisanswered(self._system, "answered another file than was kept")
        finally:
            await self.delete_files([key])

    @property
    def _store(self) -> Store:
        if self._opened is None:
            self._opened = store_of(self._settings)
        return self._opened


async def _pieces(system: str, found: Any) -> AsyncIterator[bytes]:  # Any: obstore's answer
    if found is not None:
        async with failures(system):
            try:
                async for piece in found:
                    yield bytes(piece)
            except FileNotFoundError:
                raise SourceFailed(system, "lost a file while it was read") from None


def _connect(system: str, settings: BaseModel, clock: Clock) -> FileDocuments:
    return FileDocuments(system, cast(FileDocumentsSettings, settings), clock)


MANIFEST = Manifest(
    name="file_documents",
    title="Document store (a folder or S3)",
    settings=FileDocumentsSettings,
    connect=_connect,
)
