"""The JSON of SAP's entity sets, property by property under SAP's own names.

Everything may be missing, null or empty, and numbers may be strings: `connectors.…mapping` makes sense of it.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar, cast

import msgspec

from connectors.systems.sap_service_orders.settings import CustomFields

T = TypeVar("T")

Scalar = str | int | float | bool | None


class Results(msgspec.Struct, Generic[T], frozen=True):
    """A list of entities, with `__count` (a string, as a rule) and `__next` (an absolute URL) where they apply."""

    results: list[T] | None = None
    count: Scalar = msgspec.field(name="__count", default=None)
    next: str | None = msgspec.field(name="__next", default=None)


Inline = Results[T] | list[T] | None  # an expanded navigation to many; unexpanded it is a Results without results


class Envelope(msgspec.Struct, Generic[T], frozen=True):
    d: Results[T] | list[T]


class PartnerRow(msgspec.Struct, frozen=True):
    PartnerFunction: Scalar = None
    Partner: Scalar = None


class NotificationRow(msgspec.Struct, frozen=True, kw_only=True):
    """The last four are the deployment's own; `notification_row` gives them its names."""

    MaintenanceNotification: Scalar = None
    NotificationType: Scalar = None
    NotificationText: Scalar = None
    MaintNotificationLongText: Scalar = None
    MaintPriority: Scalar = None
    NotifProcessingPhase: Scalar = None
    ConcatenatedActiveSystStsName: Scalar = None
    TechnicalObject: Scalar = None
    TechObjIsEquipOrFuncnlLoc: Scalar = None
    FunctionalLocationLabelName: Scalar = None
    MaintenanceOrder: Scalar = None
    MaintenanceObjectIsDown: Scalar = None
    MaintNotifExtReferenceNumber: Scalar = None
    ReporterFullName: Scalar = None
    NotificationCreationDate: Scalar = None
    NotificationCreationTime: Scalar = None
    NotificationTimeZone: Scalar = None
    RequiredStartDate: Scalar = None
    RequiredStartTime: Scalar = None
    RequiredEndDate: Scalar = None
    RequiredEndTime: Scalar = None
    NotificationCompletionDate: Scalar = None
    CompletionTime: Scalar = None
    LastChangeDateTime: Scalar = None
    to_Partner: Inline[PartnerRow] = None
    purchase_order: Scalar = None
    origin: Scalar = None
    contact_email: Scalar = None
    contact_phone: Scalar = None


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


class ReferenceObjectRow(msgspec.Struct, frozen=True):
    ServiceOrder: Scalar = None
    ServiceReferenceEquipment: Scalar = None
    SrvcRefObjIsMainObject: Scalar = None


class AppointmentRow(msgspec.Struct, frozen=True):
    SrvcDocAppointmentType: Scalar = None
    SrvcDocApptStartDateTime: Scalar = None
    SrvcDocApptEndDateTime: Scalar = None


class ServiceOrderRow(msgspec.Struct, frozen=True):
    ServiceOrder: Scalar = None
    ServiceOrderType: Scalar = None
    ServiceOrderDescription: Scalar = None
    ServiceDocumentPriority: Scalar = None
    PurchaseOrderByCustomer: Scalar = None
    SoldToParty: Scalar = None
    ShipToParty: Scalar = None
    ServiceOrderIsReleased: Scalar = None
    ServiceOrderIsCompleted: Scalar = None
    ReferenceServiceRequest: Scalar = None
    ReferenceServiceContract: Scalar = None
    RespyMgmtServiceTeamName: Scalar = None
    to_ReferenceObject: Inline[ReferenceObjectRow] = None
    to_Appointment: Inline[AppointmentRow] = None


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


def notification_row(names: CustomFields) -> type[NotificationRow]:
    """NotificationRow under a deployment's own field names."""
    own = [
        (attribute, Scalar, msgspec.field(name=name, default=None))
        for attribute, name in names.model_dump().items()
        if name
    ]
    made = msgspec.defstruct("NotificationRow", own, bases=(NotificationRow,), frozen=True, kw_only=True)
    return cast(type[NotificationRow], made)
