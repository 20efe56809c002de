"""SAP's rows → records. Each attribute's property stands where the record is made; `projection` lists them too.

A case's status (V14): `NotifProcessingPhase` (settings: phases), and closed where a resolved one has the token CLSD
(settings: closed_token) in `ConcatenatedActiveSystStsName`.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TypeVar

import structlog

from connectors.records import Case, CaseActivity, Provenance, ServiceOrder, Visit
from connectors.systems.sap_service_orders.instants import TimeZones, instant_of, local_date_time
from connectors.systems.sap_service_orders.literals import bare
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.wire import (
    ActivityRow,
    AppointmentRow,
    Inline,
    NotificationRow,
    PartnerRow,
    ReferenceObjectRow,
    Scalar,
    ServiceOrderRow,
    inline,
)
from connectors.vocabulary import CaseStatus

E = TypeVar("E", bound=Enum)

log = structlog.get_logger(__name__)


def text(value: Scalar) -> str | None:
    """Empty is None: SAP has no null for texts."""
    return None if value is None else str(value).strip() or None


def number(value: Scalar) -> str | None:
    """Bare; one of nothing but zeros is none."""
    found = text(value)
    return None if found is None else bare(found)


def flag(value: Scalar) -> bool:
    """An Edm.Boolean, or ABAP's X."""
    return value is True or str(value).strip().lower() in ("x", "true", "1")


class RecordMapping:
    """The mapping under one deployment's code lists. A code that they don't hold is None, and logged once."""

    def __init__(self, settings: SapServiceOrdersSettings) -> None:
        self._settings = settings
        self._zones = TimeZones(settings.time_zones)
        self._unknown: set[tuple[str, str]] = set()

    def case(self, row: NotificationRow, provenance: Provenance, *, sold_to: str | None = None) -> Case | None:
        """None for a row without a number. `sold_to`: known from the row by which the case was found."""
        case_id = number(row.MaintenanceNotification)
        if case_id is None:
            return None
        settings = self._settings
        zone = row.NotificationTimeZone
        return Case(
            provenance=provenance,
            id=case_id,
            number=text(row.MaintNotifExtReferenceNumber) or case_id,
            event_type=self._code("NotificationType", row.NotificationType, settings.event_types),
            description=text(row.NotificationText),
            long_text=text(row.MaintNotificationLongText),
            priority=self._code("MaintPriority", row.MaintPriority, settings.priorities),
            status=self._status(row),
            origin=self._code("origin", row.origin, settings.origins),  # ZZ1_Origin_NTF
            asset_id=self._asset_id(row),
            functional_location_label=text(row.FunctionalLocationLabelName),
            is_down=flag(row.MaintenanceObjectIsDown),
            service_order_number=number(row.MaintenanceOrder),
            reporter=text(row.ReporterFullName),
            created_at=self._at(row.NotificationCreationDate, row.NotificationCreationTime, zone),
            required_start=self._at(row.RequiredStartDate, row.RequiredStartTime, zone),
            required_end=self._at(row.RequiredEndDate, row.RequiredEndTime, zone),
            reported_closing_date=self._at(row.NotificationCompletionDate, row.CompletionTime, zone),
            updated_at=instant_of(row.LastChangeDateTime),
            purchase_order=text(row.purchase_order),  # ZZ1_PurchaseOrder_NTF
            contact_email=text(row.contact_email),  # ZZ1_ContactEmail_NTF
            contact_phone=text(row.contact_phone),  # ZZ1_ContactPhone_NTF
            sold_to=sold_to or _partner(row.to_Partner, settings.sold_to_function),
            ship_to=_partner(row.to_Partner, settings.ship_to_function),
        )

    def activity(self, row: ActivityRow, provenance: Provenance) -> CaseActivity | None:
        """None for what a customer never sees: an internal code, a deleted activity (V16)."""
        kind = self._settings.activity_codes.get(text(row.MaintNotificationActivityCode) or "")
        case_id = number(row.MaintenanceNotification)
        if kind is None or case_id is None or flag(row.IsDeleted):
            return None
        item, activity = number(row.MaintenanceNotificationItem), number(row.MaintNotificationActivity)
        return CaseActivity(
            provenance=provenance,
            id=f"{case_id}-{item or 0}-{activity or 0}",
            case_id=case_id,
            type=kind,
            text=text(row.MaintNotifActyTxt),
            at=instant_of(row.MaintNotifItemActyCrtnDateTime),
        )

    def service_order(self, row: ServiceOrderRow, provenance: Provenance) -> ServiceOrder | None:
        """None for a row without a number."""
        order_id = number(row.ServiceOrder)
        if order_id is None:
            return None
        settings = self._settings
        return ServiceOrder(
            provenance=provenance,
            id=order_id,
            service_type=self._code("ServiceOrderType", row.ServiceOrderType, settings.service_types),
            description=text(row.ServiceOrderDescription),
            priority=self._code("ServiceDocumentPriority", row.ServiceDocumentPriority, settings.priorities),
            purchase_order=text(row.PurchaseOrderByCustomer),
            sold_to=number(row.SoldToParty),
            ship_to=number(row.ShipToParty),
            released=flag(row.ServiceOrderIsReleased),
            completed=flag(row.ServiceOrderIsCompleted),
            case_id=number(row.ReferenceServiceRequest),
            contract_number=number(row.ReferenceServiceContract),
            team=text(row.RespyMgmtServiceTeamName),
            asset_ids=_assets(row.to_ReferenceObject),
            visit=self._visit(inline(row.to_Appointment)),
        )

    def local_creation(self, row: NotificationRow) -> datetime | None:
        """What SAP sorts by: the date and time of creation as the notification's own zone has them."""
        return local_date_time(row.NotificationCreationDate, row.NotificationCreationTime)

    def _status(self, row: NotificationRow) -> CaseStatus:
        """A phase that the settings don't know is taken as new: a case that nobody is known to work on."""
        status = self._code("NotifProcessingPhase", row.NotifProcessingPhase, self._settings.phases)
        if status is CaseStatus.RESOLVED:
            tokens = str(row.ConcatenatedActiveSystStsName or "").split()
            return CaseStatus.CLOSED if self._settings.closed_token in tokens else status
        return status or CaseStatus.NEW

    def _asset_id(self, row: NotificationRow) -> str | None:
        """TechnicalObject, where it is equipment and not a functional location."""
        marker = text(row.TechObjIsEquipOrFuncnlLoc)
        return number(row.TechnicalObject) if marker == self._settings.equipment_marker else None

    def _at(self, day: Scalar, time: Scalar, zone: Scalar) -> datetime | None:
        return self._zones.in_utc(local_date_time(day, time), zone)

    def _visit(self, appointments: list[AppointmentRow]) -> Visit | None:
        found = {text(row.SrvcDocAppointmentType): row for row in appointments}
        planned = found.get(self._settings.planned_appointment)
        actual = found.get(self._settings.actual_appointment)
        if planned is None and actual is None:
            return None
        return Visit(
            planned_start=instant_of(planned.SrvcDocApptStartDateTime) if planned else None,
            planned_end=instant_of(planned.SrvcDocApptEndDateTime) if planned else None,
            actual_start=instant_of(actual.SrvcDocApptStartDateTime) if actual else None,
            actual_end=instant_of(actual.SrvcDocApptEndDateTime) if actual else None,
        )

    def _code(self, name: str, value: Scalar, codes: Mapping[str, E]) -> E | None:
        code = text(value)
        if code is None:
            return None
        known = codes.get(code)
        if known is None and (name, code) not in self._unknown and len(self._unknown) < 1_000:
            self._unknown.add((name, code))
            log.warning("sap.unknown_code", property=name, code=code[:20])
        return known


def _partner(partners: Inline[PartnerRow], function: str) -> str | None:
    return next((number(row.Partner) for row in inline(partners) if text(row.PartnerFunction) == function), None)


def _assets(objects: Inline[ReferenceObjectRow]) -> tuple[str, ...]:
    """The main object first, each once; one that is a place is no asset."""
    rows = sorted(inline(objects), key=lambda row: not flag(row.SrvcRefObjIsMainObject))
    numbers = (number(row.ServiceReferenceEquipment) for row in rows)
    return tuple(dict.fromkeys(found for found in numbers if found is not None))
