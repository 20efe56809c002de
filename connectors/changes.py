"""Who wants to know is told that a case has changed: at once where we wrote it, from the system's own list otherwise.

An event says which case, and nothing of it: whoever is told reads it with their own rights.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import msgspec

from connectors.deliveries import Delivery
from connectors.errors import SourceBusy

MOST_PENDING = 1_000
"""Cases that may have changed while somebody reads nothing; who has more to read is told to begin anew."""


class CaseEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is the case's (V11); None: it was the equipment itself. `asset_id` is the equipment's, of which it is or
    that the case is about. `delivery_id`: it was ours, on its way."""

    number: str | None = None
    asset_id: str | None = None
    delivery_id: str | None = None


def event_of(delivery: Delivery) -> CaseEvent:
    asset_id = None if delivery.lane.startswith("account ") else delivery.lane
    return CaseEvent(number=delivery.case_number, asset_id=asset_id, delivery_id=delivery.id)


class Listening:
    """One who wants to know. Of several changes of one case that nobody has read yet one is told."""

    def __init__(self) -> None:
        self._pending: OrderedDict[tuple[str | None, ...], CaseEvent] = OrderedDict()
        self._arrived = asyncio.Event()
        self._lost = False

    def put(self, event: CaseEvent) -> None:
        self._pending[event.number, event.asset_id, event.delivery_id] = event
        if len(self._pending) > MOST_PENDING:
            self._lost = True
            self._pending.clear()
        self._arrived.set()

    async def events(self) -> AsyncIterator[CaseEvent]:
        """Raises SourceBusy where more has changed than was read."""
        while True:
            await self._arrived.wait()
            if self._lost:
                raise SourceBusy("changes", "were more than this stream has read: subscribe again, with `since`")
            _, event = self._pending.popitem(last=False)
            if not self._pending:
                self._arrived.clear()
            yield event


class ChangeFeed(Protocol):
    async def publish(self, event: CaseEvent) -> None:
        """Never raises: what was done is done, whether anybody hears of it or not."""
        ...

    def listening(self) -> AbstractContextManager[Listening]:
        """What is published while the block runs."""
        ...


class LocalFeed:
    """Between the parts of one process."""

    def __init__(self) -> None:
        self._listeners: set[Listening] = set()

    @property
    def has_listeners(self) -> bool:
        return bool(self._listeners)

    async def publish(self, event: CaseEvent) -> None:
        self.tell(event)

    def tell(self, event: CaseEvent) -> None:
        for listener in self._listeners:
            listener.put(event)

    @contextmanager
    def listening(self) -> Iterator[Listening]:
        listener = Listening()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
