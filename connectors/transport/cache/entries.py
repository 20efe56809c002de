"""What is kept of one read, and how its rows are marked once they are old."""

import hashlib
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from connectors.queries import Query, Rows
from connectors.records import Provenance, Record

R = TypeVar("R", covariant=True)

_VERSION = b"1"  # of what is stored: raised where a record changes, so that no other version's rows are read
_SAMPLED = 16
_OBJECTS_TO_BYTES = 3  # Python objects against the same rows packed


class Key(NamedTuple):
    """What was asked of whom. The query holds its scope, and with it the fingerprint of the rights."""

    system: str
    record: str
    query: Query

    def digest(self) -> str:
        """The same in few characters, for stores outside the process."""
        scope = self.query.scope.fingerprint
        asked = msgspec.structs.replace(self.query, scope=type(self.query.scope)())
        told = msgspec.msgpack.encode((self.system, self.record, scope, asked), order="deterministic")
        return hashlib.blake2b(_VERSION + told, digest_size=24).hexdigest()


class Entry(msgspec.Struct, Generic[R], frozen=True):
    """Rows as they were read at `stored_at` (seconds since the epoch), of that generation of the record."""

    rows: Rows[R]
    stored_at: float
    generation: int


def stale(rows: Rows[R]) -> Rows[R]:
    """The same rows, each saying of itself that it is old."""
    marked: dict[Provenance, Provenance] = {}
    return msgspec.structs.replace(rows, rows=tuple(_stale_record(row, marked) for row in rows.rows))


def _stale_record(record: Any, marked: dict[Provenance, Provenance]) -> Any:  # Any: a record of any kind
    known = marked.get(record.provenance)
    if known is None:
        known = marked[record.provenance] = msgspec.structs.replace(record.provenance, stale=True)
    changes: dict[str, object] = {"provenance": known}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, tuple) and value and isinstance(value[0], Record):
            changes[name] = tuple(_stale_record(each, marked) for each in value)
    return msgspec.structs.replace(record, **changes)


def estimated_bytes(rows: Rows[Any]) -> int:
    """By a sample: to look at each of ten thousand rows would cost more than it is worth."""
    count = len(rows.rows)
    if count == 0:
        return 512
    sample = rows.rows[:: max(1, count // _SAMPLED)]
    return 512 + len(msgspec.msgpack.encode(sample)) * _OBJECTS_TO_BYTES * count // len(sample)
