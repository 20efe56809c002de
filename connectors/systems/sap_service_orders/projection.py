"""Which SAP properties a record's attributes come from: this table is where to look, and it makes `$select`."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from connectors.queries import CaseQuery, ServiceOrderQuery
from connectors.systems.sap_service_orders.settings import CustomFields

_CREATED = ("NotificationCreationDate", "NotificationCreationTime", "NotificationTimeZone")

CASE_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "id": ("MaintenanceNotification",),
    "number": ("MaintNotifExtReferenceNumber", "MaintenanceNotification"),
    "event_type": ("NotificationType",),
    "description": ("NotificationText",),
    "long_text": ("MaintNotificationLongText",),
    "priority": ("MaintPriority",),
    "status": ("NotifProcessingPhase", "ConcatenatedActiveSystStsName"),
    "asset_id": ("TechnicalObject", "TechObjIsEquipOrFuncnlLoc"),
    "functional_location_label": ("FunctionalLocationLabelName",),
    "is_down": ("MaintenanceObjectIsDown",),
    "service_order_number": ("MaintenanceOrder",),
    "reporter": ("ReporterFullName",),
    "created_at": _CREATED,
    "required_start": ("RequiredStartDate", "RequiredStartTime", "NotificationTimeZone"),
    "required_end": ("RequiredEndDate", "RequiredEndTime", "NotificationTimeZone"),
    "reported_closing_date": ("NotificationCompletionDate", "CompletionTime", "NotificationTimeZone"),
    "updated_at": ("LastChangeDateTime",),
}
"""Beside these: purchase_order, origin, contact_email, contact_phone (settings: custom_fields), and the partners."""

_PARTNERS = frozenset({"sold_to", "ship_to"})
_PARTNER_PROPERTIES = ("PartnerFunction", "Partner")

# Criterion of a CaseQuery → the attributes that its check looks at.
_CRITERIA: Mapping[str, tuple[str, ...]] = {
    "sold_to": ("sold_to",),
    "event_types": ("event_type",),
    "priorities": ("priority",),
    "statuses": ("status",),
    "origins": ("origin",),
    "created_from": ("created_at",),
    "created_to": ("created_at",),
    "updated_from": ("updated_at",),
    "updated_to": ("updated_at",),
    "text": ("description",),
}

ORDER_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "id": ("ServiceOrder",),
    "service_type": ("ServiceOrderType",),
    "description": ("ServiceOrderDescription",),
    "priority": ("ServiceDocumentPriority",),
    "purchase_order": ("PurchaseOrderByCustomer",),
    "sold_to": ("SoldToParty",),
    "ship_to": ("ShipToParty",),
    "released": ("ServiceOrderIsReleased",),
    "completed": ("ServiceOrderIsCompleted",),
    "case_id": ("ReferenceServiceRequest",),
    "contract_number": ("ReferenceServiceContract",),
    "team": ("RespyMgmtServiceTeamName",),
}
_REFERENCE_OBJECT = ("to_ReferenceObject", ("ServiceReferenceEquipment", "SrvcRefObjIsMainObject"))
_APPOINTMENT = (
    "to_Appointment",
    ("SrvcDocAppointmentType", "SrvcDocApptStartDateTime", "SrvcDocApptEndDateTime"),
)


class Projection(NamedTuple):
    """The properties of the entity itself, and those of each navigation that is expanded."""

    properties: tuple[str, ...]
    expanded: Mapping[str, tuple[str, ...]]

    def options(self, *, paths: bool) -> dict[str, str]:
        """`$select` and `$expand` of the entity's own set. Without `paths` a navigation is selected whole: not every
        runtime takes `to_Partner/Partner` in `$select`."""
        if paths:
            inner = [f"{navigation}/{name}" for navigation, names in self.expanded.items() for name in names]
        else:
            inner = list(self.expanded)
        return {"$select": ",".join([*self.properties, *inner]), "$expand": ",".join(self.expanded)}

    def options_through(self, navigation: str, own: Iterable[str], *, paths: bool) -> dict[str, str]:
        """The same, asked for from another set that leads here by `navigation`; `own` are that set's properties."""
        expand = ",".join([navigation, *(f"{navigation}/{name}" for name in self.expanded)])
        if not paths:
            return {"$expand": expand}
        select = [f"{navigation}/{name}" for name in self.options(paths=True)["$select"].split(",")]
        return {"$select": ",".join([*own, *select]), "$expand": expand}


def case_projection(query: CaseQuery, custom: CustomFields, *, sold_to_known: bool = False) -> Projection:
    """What of a notification is read: the fields wanted, and what criteria, order and scope look at.

    `sold_to_known`: the read goes through the sold-to partner's row, which tells it.
    """
    properties = dict(CASE_PROPERTIES) | {name: (own,) for name, own in custom.model_dump().items() if own}
    wanted = _wanted_of_case(query, {*properties, *_PARTNERS})
    partners = wanted & ({"ship_to"} if sold_to_known else _PARTNERS)
    return Projection(
        _named(properties, wanted | {"id", "number", "asset_id"}),
        {"to_Partner": _PARTNER_PROPERTIES} if partners else {},
    )


def _wanted_of_case(query: CaseQuery, every: set[str]) -> set[str]:
    if query.fields is None:
        return every
    wanted = set(query.fields) | {term.attribute for term in query.order}
    for criterion, attributes in _CRITERIA.items():
        if getattr(query, criterion) is not None:
            wanted.update(attributes)
    if not query.scope.unrestricted and query.asset_ids is None:
        wanted.add("sold_to")  # a case without an asset is visible by its sold-to account (R11)
    return wanted


def order_projection(query: ServiceOrderQuery) -> Projection:
    wanted = set(ORDER_PROPERTIES) | {"visit"} if query.fields is None else set(query.fields)
    expanded = dict([_REFERENCE_OBJECT, _APPOINTMENT] if "visit" in wanted else [_REFERENCE_OBJECT])
    return Projection(_named(ORDER_PROPERTIES, wanted | {"id", "case_id"}), expanded)


def _named(properties: Mapping[str, tuple[str, ...]], wanted: Iterable[str]) -> tuple[str, ...]:
    """In the table's order, each once: the same wish makes the same URL."""
    chosen = set(wanted)
    return tuple(
        dict.fromkeys(name for attribute, names in properties.items() if attribute in chosen for name in names)
    )
