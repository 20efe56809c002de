"""What nobody needs any more is removed from the document store, hourly, by every gateway: it harms nobody twice."""

import asyncio

import structlog

from auth.case_files import CaseFiles
from connectors.errors import ConnectorError

log = structlog.get_logger(__name__)

_EVERY = 3600.0  # seconds
_FIRST = 90.0  # after the start: it is in nobody's way then


class Sweeping:
    def __init__(self, files: CaseFiles) -> None:
        self._files = files
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Sweep until `close`."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await asyncio.sleep(_FIRST)
        while True:
            try:
                gone = await self._files.sweep()
                log.info("files.swept", gone=gone)
            except ConnectorError as error:
                log.warning("files.not_swept", reason=str(error))
            except Exception:  # of ours: the next pass may go well, and nobody else would begin it
                log.exception("files.sweep_failed")
            await asyncio.sleep(_EVERY)
