"""What comes of looking into a file."""

from enum import Enum

import msgspec


class UnfitReason(Enum):
    """Why a file is not taken."""

    EMPTY = "EMPTY"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    UNKNOWN_KIND = "UNKNOWN_KIND"
    UNREADABLE = "UNREADABLE"
    ACTIVE_CONTENT = "ACTIVE_CONTENT"
    ENCRYPTED = "ENCRYPTED"
    INFECTED = "INFECTED"


class Unfit(Exception):
    """The file is not taken."""

    def __init__(self, reason: UnfitReason) -> None:
        super().__init__(reason)
        self.reason = reason


class Clean(msgspec.Struct, frozen=True):
    """A file written anew. `kind` is the name of its FileKind; a PDF has no thumbnail."""

    kind: str
    content: bytes
    thumbnail: bytes | None
