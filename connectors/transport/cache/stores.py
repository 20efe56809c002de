"""Where rows are kept. A store answers what it has, however old; what that is good for is not its business."""

from collections import Counter, OrderedDict
from typing import Any, Protocol

from connectors.transport.cache.entries import Entry, Key, estimated_bytes
from connectors.transport.cache.metrics import CacheMetrics


class Store(Protocol):
    """`generation` counts the invalidations of a record of a system."""

    async def get(self, key: Key) -> tuple[Entry[Any] | None, int]:
        """What is kept, and the record's generation by now."""
        ...

    async def put(self, key: Key, entry: Entry[Any], *, seconds: float) -> None:
        """Keep it for at most so many seconds."""
        ...

    async def invalidate(self, system: str, record: str) -> None:
        """What is kept of that record by now is of no use any more."""
        ...

    async def close(self) -> None: ...


class MemoryStore:
    """In the process, up to so many bytes; what was used longest ago leaves first."""

    def __init__(self, max_bytes: int, metrics: CacheMetrics) -> None:
        self.bytes = 0
        self._max_bytes = max_bytes
        self._metrics = metrics
        self._entries: OrderedDict[Key, tuple[Entry[Any], int]] = OrderedDict()
        self._generations: Counter[tuple[str, str]] = Counter()

    async def get(self, key: Key) -> tuple[Entry[Any] | None, int]:
        generation = self._generations[key.system, key.record]
        found = self._entries.get(key)
        if found is None:
            return None, generation
        self._entries.move_to_end(key)
        return found[0], generation

    async def put(self, key: Key, entry: Entry[Any], *, seconds: float) -> None:
        size = estimated_bytes(entry.rows)
        if size > self._max_bytes // 8:  # one large answer is no reason to forget all others
            return
        self._remove(key)
        self._entries[key] = (entry, size)
        self.bytes += size
        while self.bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))
            self._metrics.evictions.inc()
        self._metrics.bytes.set(self.bytes)

    async def invalidate(self, system: str, record: str) -> None:
        self._generations[system, record] += 1

    def clear(self) -> None:
        self._entries.clear()
        self.bytes = 0

    async def close(self) -> None:
        self.clear()

    def _remove(self, key: Key) -> None:
        found = self._entries.pop(key, None)
        if found is not None:
            self.bytes -= found[1]
