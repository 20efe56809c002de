"""One task does the work, all who want the same wait for it: a token, a CSRF token, a WSDL."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from connectors.transport.deadline import no_deadline

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Joins calls for the same key while the first is under way. A failure reaches all who waited, and is not kept.

    The work runs in a task of its own, without the first waiter's deadline: one who goes away, or has little time,
    does not end it for the others.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Task[T]] = {}

    async def do(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(_run(work))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(flight)

    async def landed(self) -> None:
        """Wait for what is under way, however it ends: before closing what it works with."""
        await asyncio.gather(*self._flights.values(), return_exceptions=True)

    async def end(self) -> None:
        """Cancel what is under way, and wait until it has ended: before closing what it works with."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _land(self, key: Hashable, flight: asyncio.Task[T]) -> None:
        self._flights.pop(key, None)
        if not flight.cancelled():
            flight.exception()  # seen, even where every waiter has gone


async def _run(work: Callable[[], Awaitable[T]]) -> T:
    with no_deadline():
        return await work()
