"""The JSON around and inside SAP's entities; an entity's own properties are those that `mapping` names.

Everything may be missing, null or empty, and numbers may be strings: `mapping` makes sense of it.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")

Scalar = str | int | float | bool | None


class Results(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """A list of entities, with `__count` (a string, as a rule) and `__next` (an absolute URL) where they apply."""

    results: list[T] | None = None
    count: Scalar = msgspec.field(name="__count", default=None)
    next: str | None = msgspec.field(name="__next", default=None)


Inline = Results[T] | list[T] | None  # an expanded navigation to many; unexpanded it is a Results without results


class Envelope(msgspec.Struct, Generic[T], frozen=True):
    d: Results[T] | list[T]


class PartnerRow(msgspec.Struct, frozen=True, gc=False):
    PartnerFunction: Scalar = None
    Partner: Scalar = None


class NotificationOfPartnerRow(msgspec.Struct, Generic[T], frozen=True):
    """A row of MaintenanceNotificationPartner with its notification."""

    PartnerFunction: Scalar = None
    Partner: Scalar = None
    to_Notif: T | None = None


class ActivityRow(msgspec.Struct, frozen=True):
    MaintenanceNotification: Scalar = None
    MaintenanceNotificationItem: Scalar = None
    MaintNotificationActivity: Scalar = None
    MaintNotificationActivityCode: Scalar = None
    MaintNotifActyTxt: Scalar = None
    MaintNotifItemActyCrtnDateTime: Scalar = None
    IsDeleted: Scalar = None


class ReferenceObjectRow(msgspec.Struct, frozen=True, gc=False):
    ServiceOrder: Scalar = None
    ServiceReferenceEquipment: Scalar = None
    SrvcRefObjIsMainObject: Scalar = None


class AppointmentRow(msgspec.Struct, frozen=True, gc=False):
    SrvcDocAppointmentType: Scalar = None
    SrvcDocApptStartDateTime: Scalar = None
    SrvcDocApptEndDateTime: Scalar = None


Partners = Inline[PartnerRow]
ReferenceObjects = Inline[ReferenceObjectRow]
Appointments = Inline[AppointmentRow]


class Page(NamedTuple, Generic[T]):
    """One answer: `total` where it was counted, `next` as it came where more rows follow."""

    rows: list[T]
    total: int | None
    next: str | None


Reader = Callable[[bytes], Page[T]]
"""An answer's body → its page. Raises msgspec.DecodeError where it isn't the JSON expected."""


def reader(decoder: "msgspec.json.Decoder[Envelope[T]]") -> Reader[T]:
    def read(body: bytes) -> Page[T]:
        found = decoder.decode(body).d
        if isinstance(found, list):
            return Page(found, None, None)
        count = str(found.count).strip()
        return Page(found.results or [], int(count) if count.isdecimal() else None, found.next or None)

    return read


def inline(rows: Inline[T]) -> list[T]:
    return rows if isinstance(rows, list) else (rows.results or []) if rows is not None else []
