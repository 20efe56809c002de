"""A gateway that is about to stop: it says so (`/readyz`), goes on answering for a while, and tells those who stay
connected to connect elsewhere."""

import asyncio


class Draining:
    def __init__(self) -> None:
        self._begun = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        return self._begun.is_set()

    def begin(self) -> None:
        self._begun.set()

    async def wait(self) -> None:
        """Until it begins."""
        await self._begun.wait()
