"""What is written about cases: a case to be registered, a change to one, a file that belongs to one.

`reference` names each of them for good: a system that is told twice keeps one, by what it finds of the reference.
"""

from datetime import datetime

import msgspec

from connectors.errors import SourceConflict
from connectors.vocabulary import CasePriority, EventType


class NewCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case that the portal registers. `reference` is its portal number (at most 20 characters, V11).

    `description` is one line (at most 40 characters), `long_text` the whole text. Numbers are bare. `asset_id` is None
    for what is about an account alone, such as an additional service (F13).
    """

    reference: str
    event_type: EventType
    description: str
    long_text: str = ""
    priority: CasePriority
    asset_id: str | None = None
    sold_to: str | None = None
    ship_to: str | None = None
    is_down: bool = False
    safety_issue: bool = False
    purchase_order: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    reporter: str = ""
    created_at: datetime


class FieldChange(msgspec.Struct, frozen=True):
    """One attribute of a case, as it was seen and as it is to be. A priority stands by its digit (V13)."""

    attribute: str
    before: str | None
    after: str | None


class CaseChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed on a registered case: attributes, a note with its author, or both. `completes`: nothing
    more is to be done on it, as where a request is called off."""

    reference: str
    at: datetime
    author: str = ""
    note: str = ""
    fields: tuple[FieldChange, ...] = ()
    completes: bool = False


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be kept with a case. `name` is unique among the case's files."""

    name: str
    media_type: str
    content: bytes


class AttachedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a case that the gateway keeps, under the delivery's id.

    `name` is what people call it, `distinct_name` what the service system has it under; `size` in bytes.
    """

    name: str
    distinct_name: str
    media_type: str
    size: int
    has_thumbnail: bool = False


class FieldConflict(msgspec.Struct, frozen=True):
    """An attribute that somebody else gave another value (`now`) between our looking (`before`) and our change."""

    attribute: str
    before: str | None
    now: str | None
    after: str | None


class CaseChangedMeanwhile(SourceConflict):
    """The attributes to be changed were changed by others."""

    def __init__(self, system: str, conflicts: tuple[FieldConflict, ...]) -> None:
        super().__init__(system, "was changed in between")
        self.conflicts = conflicts
