"""Reads under way, shared by all who ask the same under the same rights."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from connectors.transport.deadline import no_deadline


class _Flight:
    __slots__ = ("task", "waiting")

    def __init__(self, task: "asyncio.Task[Any]") -> None:
        self.task = task
        self.waiting = 0


class Flights:
    """A read goes on as long as somebody waits for it, and no longer. A failure reaches all who wait."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._flights

    async def do(self, key: Hashable, work: Callable[[], Awaitable[Any]]) -> Any:  # Any: rows of any record
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.ensure_future(_run(work)))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda task: self._land(key, task))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                self._flights.pop(key, None)
                flight.task.cancel()

    async def end(self) -> None:
        tasks = [flight.task for flight in self._flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _land(self, key: Hashable, task: "asyncio.Task[Any]") -> None:
        if (known := self._flights.get(key)) is not None and known.task is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # seen, even where every waiter has gone


async def _run(work: Callable[[], Awaitable[Any]]) -> Any:
    """Without the deadline of the one who asked first: the others may have more time."""
    with no_deadline():
        return await work()
