"""SAP's properties → the attributes of our records, said once: `$select` and the records are both made from here.

A case's status (V14): `NotifProcessingPhase` (settings: phases), and closed where a resolved one has the token CLSD
(settings: closed_token) in `ConcatenatedActiveSystStsName`.
"""

from collections.abc import Mapping

from connectors.records import CaseActivity, Provenance
from connectors.systems.sap_service_orders.instants import instant_of
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.values import Values, assets, flag, number, text
from connectors.systems.sap_service_orders.wire import ActivityRow
from connectors.transport.row_forms import Source

CREATED = ("NotificationCreationDate", "NotificationCreationTime")
_ZONE = "NotificationTimeZone"


def case_sources(settings: SapServiceOrdersSettings, values: Values) -> Mapping[str, Source]:
    """MaintenanceNotification → Case. Custom fields that the deployment doesn't have are left out."""
    own = settings.custom_fields
    sources = {
        "id": Source(("MaintenanceNotification",), number),
        "number": Source(
            ("MaintNotifExtReferenceNumber", "MaintenanceNotification"),
            lambda reference, case_id: text(reference) or number(case_id),
        ),
        "event_type": Source(("NotificationType",), values.codes("NotificationType", settings.event_types)),
        "description": Source(("NotificationText",), text),
        "long_text": Source(("MaintNotificationLongText",), text),
        "priority": Source(("MaintPriority",), values.codes("MaintPriority", settings.priorities)),
        "status": Source(("NotifProcessingPhase", "ConcatenatedActiveSystStsName"), values.status),
        "origin": Source((own.origin,), values.codes("origin", settings.origins)),
        "asset_id": Source(("TechnicalObject", "TechObjIsEquipOrFuncnlLoc"), values.asset_id),
        "functional_location_label": Source(("FunctionalLocationLabelName",), text),
        "is_down": Source(("MaintenanceObjectIsDown",), flag),
        "service_order_number": Source(("MaintenanceOrder",), number),
        "reporter": Source(("ReporterFullName",), text),
        "created_at": Source((*CREATED, _ZONE), values.zones.instant),
        "required_start": Source(("RequiredStartDate", "RequiredStartTime", _ZONE), values.zones.instant),
        "required_end": Source(("RequiredEndDate", "RequiredEndTime", _ZONE), values.zones.instant),
        "reported_closing_date": Source(("NotificationCompletionDate", "CompletionTime", _ZONE), values.zones.instant),
        "updated_at": Source(("LastChangeDateTime",), instant_of),
        "purchase_order": Source((own.purchase_order,), text),
        "contact_email": Source((own.contact_email,), text),
        "contact_phone": Source((own.contact_phone,), text),
        "sold_to": Source(("to_Partner",), values.partner(settings.sold_to_function)),
        "ship_to": Source(("to_Partner",), values.partner(settings.ship_to_function)),
    }
    return {attribute: source for attribute, source in sources.items() if all(source.paths)}


def order_sources(settings: SapServiceOrdersSettings, values: Values) -> Mapping[str, Source]:
    """A_ServiceOrder → ServiceOrder."""
    return {
        "id": Source(("ServiceOrder",), number),
        "service_type": Source(("ServiceOrderType",), values.codes("ServiceOrderType", settings.service_types)),
        "description": Source(("ServiceOrderDescription",), text),
        "priority": Source(("ServiceDocumentPriority",), values.codes("ServiceDocumentPriority", settings.priorities)),
        "purchase_order": Source(("PurchaseOrderByCustomer",), text),
        "sold_to": Source(("SoldToParty",), number),
        "ship_to": Source(("ShipToParty",), number),
        "released": Source(("ServiceOrderIsReleased",), flag),
        "completed": Source(("ServiceOrderIsCompleted",), flag),
        "case_id": Source(("ReferenceServiceRequest",), number),
        "contract_number": Source(("ReferenceServiceContract",), number),
        "team": Source(("RespyMgmtServiceTeamName",), text),
        "asset_ids": Source(("to_ReferenceObject",), assets),
        "visit": Source(("to_Appointment",), values.visit),
    }


def activity_of(row: ActivityRow, settings: SapServiceOrdersSettings, provenance: Provenance) -> CaseActivity | None:
    """None for what a customer never sees: an internal code, a deleted activity (V16)."""
    kind = settings.activity_codes.get(text(row.MaintNotificationActivityCode) or "")
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
