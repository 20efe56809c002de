"""One request asks a source the same question once: identical reads share one answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")
Q = TypeVar("Q", bound=Hashable)


class JoinedReads:
    """Remembers reads for the length of one request, failures included. Never shared between viewers."""

    def __init__(self) -> None:
        self._reads: dict[Hashable, asyncio.Future[object]] = {}

    async def read(self, method: Callable[[Q], Awaitable[T]], query: Q) -> T:
        key = (method, query)
        known = self._reads.get(key)
        if known is None:
            known = asyncio.ensure_future(_ask(method, query))
            self._reads[key] = known
        return cast(T, await asyncio.shield(known))

    def forget(self) -> None:
        """What was answered is not asked for again: a long list need not be kept for the request's whole length."""
        self._reads = {key: read for key, read in self._reads.items() if not read.done()}

    def cancel(self) -> None:
        """The request is over: what is still under way is of no use."""
        for read in self._reads.values():
            read.cancel()


async def _ask(method: Callable[[Q], Awaitable[T]], query: Q) -> object:
    """Asks once it runs: a read that is cancelled before has made no coroutine that nobody awaits."""
    return await method(query)
