"""Files that the gateway keeps: the port of what keeps them, a folder or an object store."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Collection
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable


class KeptFile(NamedTuple):
    """`key` is its place, as `attachments/7f3a/content`; `size` in bytes."""

    key: str
    size: int
    changed_at: datetime


class OpenFile(NamedTuple):
    """`size` is that of the whole file; `content` gives the part of it that was asked for, piece by piece."""

    size: int
    content: AsyncIterator[bytes]


@runtime_checkable
class FileStore(Protocol):
    """All methods raise the errors of `connectors.errors`. A key has no empty part and no `.` or `..`."""

    async def put_file(self, key: str, content: bytes | AsyncIterable[bytes]) -> None:
        """Keep it whole or not at all. What an iterable raises is raised here, and then nothing is kept."""
        ...

    async def file_size(self, key: str) -> int | None:
        """None: there is no such file."""
        ...

    async def open_file(self, key: str, *, start: int = 0, end: int | None = None) -> OpenFile | None:
        """The bytes from `start` up to `end`, which is not among them. None: there is no such file."""
        ...

    async def delete_files(self, keys: Collection[str]) -> None:
        """One that is not there is no error."""
        ...

    def kept_files(self, prefix: str) -> AsyncIterator[KeptFile]:
        """All below it."""
        ...


async def read_file(store: FileStore, key: str, *, at_most: int) -> bytes | None:
    """All of it; None where there is none, or a larger one."""
    opened = await store.open_file(key)
    if opened is None or opened.size > at_most:
        return None
    return b"".join([piece async for piece in opened.content])


UPLOADS = "uploads"
"""Below it, files as somebody sent them: nobody has looked at them, and nobody is shown them."""

ATTACHMENTS = "attachments"
"""Below it, files that were looked at, each under the id of its delivery."""


def uploads_of(subject: str) -> str:
    """Where what somebody sent is kept: a folder for each."""
    return f"{UPLOADS}/{hashlib.sha256(subject.encode()).hexdigest()[:32]}"


def upload_key(subject: str, upload_id: str) -> str:
    return f"{uploads_of(subject)}/{upload_id}"


def content_key(delivery_id: str) -> str:
    return f"{ATTACHMENTS}/{delivery_id}/content"


def thumbnail_key(delivery_id: str) -> str:
    return f"{ATTACHMENTS}/{delivery_id}/thumbnail"
