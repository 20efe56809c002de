"""The document store in a folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory

from connectors.files import FileStore
from fixtures.simulators.conduct import Conduct
from fixtures.world.model import World
from tests.connector_kit.harness import Facts, Harness, Served


class FileDocumentsHarness(Harness):
    name = "file_documents"
    port = FileStore
    over_http = False

    @asynccontextmanager
    async def serve(self, world: World, *, page_size: int | None = None) -> AsyncIterator[Served]:
        with TemporaryDirectory() as folder:
            yield Served(f"file:{folder}/files", Conduct())

    def settings(self, url: str) -> dict[str, object]:
        return {"url": url}

    def facts(self, world: World) -> Facts:
        """A story has no files."""
        return Facts()


HARNESS = FileDocumentsHarness()
