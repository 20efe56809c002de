"""Rows as SAP or a server like it may write them, and the records they become."""

from datetime import UTC, datetime

import msgspec
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from connectors.records import Case, CaseActivity, Provenance, ServiceOrder
from connectors.systems.sap_service_orders.mapping import RecordMapping
from connectors.systems.sap_service_orders.settings import CustomFields, SapServiceOrdersSettings
from connectors.systems.sap_service_orders.wire import (
    ActivityRow,
    Envelope,
    ServiceOrderRow,
    notification_row,
    reader,
)
from connectors.vocabulary import (
    ActivityType,
    CaseOrigin,
    CasePriority,
    CaseStatus,
    EventType,
    ServiceType,
)

PROVENANCE = Provenance(system="sap", fetched_at=datetime(2026, 11, 22, tzinfo=UTC))
WHOLE = {
    "__metadata": {"uri": "https://internal/x"},
    "MaintenanceNotification": "000300000101",
    "NotificationType": "S2",
    "NotificationText": " Coil ",
    "MaintPriority": 2,
    "NotifProcessingPhase": "4",
    "ConcatenatedActiveSystStsName": "NOCO ORAS CLSD",
    "TechnicalObject": "000000000007100012",
    "TechObjIsEquipOrFuncnlLoc": "EAMS_EQUI",
    "MaintenanceOrder": "000080000101",
    "MaintenanceObjectIsDown": True,
    "MaintNotifExtReferenceNumber": "PN-7",
    "NotificationCreationDate": "/Date(1767225600000)/",
    "NotificationCreationTime": "PT07H40M00S",
    "NotificationTimeZone": "CET",
    "NotificationCompletionDate": "/Date(1767225600000)/",
    "CompletionTime": None,
    "LastChangeDateTime": "/Date(1767250800000+0000)/",
    "ZZ1_PurchaseOrder_NTF": "4500",
    "ZZ1_Origin_NTF": "W",
    "to_Partner": {
        "results": [{"PartnerFunction": "WE", "Partner": "0007100013"}, {"PartnerFunction": "AG", "Partner": "7100012"}]
    },
    "SomethingNew": {"a": [1]},
}


def settings(**changed: object) -> SapServiceOrdersSettings:
    told = {"url": "https://sap.example", "token": SecretStr("t"), **changed}
    return SapServiceOrdersSettings.model_validate(told)


def case_of(row: dict[str, object], told: SapServiceOrdersSettings | None = None) -> Case | None:
    told = told or settings()
    kind = notification_row(told.custom_fields)
    return RecordMapping(told).case(msgspec.json.decode(msgspec.json.encode(row), type=kind), PROVENANCE)


def order_of(**row: object) -> ServiceOrder | None:
    decoded = msgspec.json.decode(msgspec.json.encode(row), type=ServiceOrderRow)
    return RecordMapping(settings()).service_order(decoded, PROVENANCE)


def activity_of(**row: object) -> CaseActivity | None:
    known = {"MaintenanceNotification": "000300000101", "MaintNotificationActivityCode": "EXTN"}
    decoded = msgspec.json.decode(msgspec.json.encode(known | row), type=ActivityRow)
    return RecordMapping(settings()).activity(decoded, PROVENANCE)


def test_a_notification_becomes_a_case() -> None:
    assert case_of(WHOLE) == Case(
        provenance=PROVENANCE,
        id="300000101",
        number="PN-7",
        event_type=EventType.PLANNED_MAINTENANCE,
        description="Coil",
        priority=CasePriority.SYSTEM_DOWN,
        status=CaseStatus.CLOSED,
        origin=CaseOrigin.WEB,
        asset_id="7100012",
        is_down=True,
        service_order_number="80000101",
        created_at=datetime(2026, 1, 1, 6, 40, tzinfo=UTC),
        reported_closing_date=datetime(2025, 12, 31, 23, tzinfo=UTC),
        updated_at=datetime(2026, 1, 1, 7, tzinfo=UTC),
        purchase_order="4500",
        sold_to="7100012",
        ship_to="7100013",
    )


@pytest.mark.parametrize(
    ("phase", "tokens", "status"),
    [
        ("1", "OSNO", CaseStatus.NEW),
        ("2", "OSNO CLSD", CaseStatus.NEW),
        ("3", "NOPR", CaseStatus.IN_PROGRESS),
        ("4", "NOCO", CaseStatus.RESOLVED),
        ("4", None, CaseStatus.RESOLVED),
        ("4", "NOCO XCLSD", CaseStatus.RESOLVED),
        ("4", "CLSD", CaseStatus.CLOSED),
        ("9", "", CaseStatus.NEW),
    ],
)
def test_status_is_the_phase_and_a_token_closes(phase: str, tokens: str | None, status: CaseStatus) -> None:
    row = WHOLE | {"NotifProcessingPhase": phase, "ConcatenatedActiveSystStsName": tokens}
    case = case_of(row)
    assert case is not None
    assert case.status is status


def test_a_row_of_nulls_or_of_nothing_is_no_error() -> None:
    assert case_of({}) is None
    for bare in (dict.fromkeys(WHOLE), dict.fromkeys(WHOLE, ""), {}):
        row = {name: value for name, value in bare.items() if name != "to_Partner"}
        case = case_of(row | {"MaintenanceNotification": "000000000042"})
        assert case == Case(provenance=PROVENANCE, id="42", number="42")


def test_a_place_is_no_asset() -> None:
    case = case_of(WHOLE | {"TechObjIsEquipOrFuncnlLoc": "EAMS_FL", "TechnicalObject": "GD-MR-01"})
    assert case is not None
    assert case.asset_id is None


def test_partners_that_were_not_expanded_are_unknown() -> None:
    unexpanded: list[object] = [{"__deferred": {"uri": "x"}}, None, [], {"results": None}]
    for partners in unexpanded:
        case = case_of(WHOLE | {"to_Partner": partners})
        assert case is not None
        assert (case.sold_to, case.ship_to) == (None, None)


def test_an_unknown_code_is_none_and_logged_once() -> None:
    told = settings()
    mapping, kind = RecordMapping(told), notification_row(told.custom_fields)
    row = msgspec.convert({"MaintenanceNotification": "1", "NotificationType": "M1"}, kind)
    with capture_logs() as logged:
        cases = [mapping.case(row, PROVENANCE) for _ in range(3)]
    assert [case.event_type for case in cases if case] == [None] * 3
    assert [(entry["property"], entry["code"]) for entry in logged] == [("NotificationType", "M1")]


def test_code_lists_and_custom_fields_are_a_deployments_own() -> None:
    told = settings(
        phases={"A": "NEW", "Z": "CLOSED"},
        priorities={"H": "URGENT_NEED", "L": "5"},
        custom_fields={"purchase_order": "ZZ9_PO", "origin": ""},
    )
    case = case_of(WHOLE | {"NotifProcessingPhase": "Z", "MaintPriority": "H", "ZZ9_PO": "77"}, told)
    assert case is not None
    assert (case.status, case.priority, case.purchase_order) == (CaseStatus.CLOSED, CasePriority.URGENT_NEED, "77")


def test_internal_and_deleted_activities_never_become_records() -> None:
    assert activity_of(MaintNotificationActivityCode="COST") is None
    assert activity_of(MaintNotificationActivityCode=None) is None
    assert activity_of(IsDeleted=True) is None
    shown = activity_of(
        MaintenanceNotificationItem="0001",
        MaintNotificationActivity="0010",
        MaintNotifActyTxt="Called",
        IsDeleted=False,
        MaintNotifItemActyCrtnDateTime="/Date(1767250800000+0000)/",
    )
    assert shown == CaseActivity(
        provenance=PROVENANCE,
        id="300000101-1-10",
        case_id="300000101",
        type=ActivityType.EXTERNAL_NOTE,
        text="Called",
        at=datetime(2026, 1, 1, 7, tzinfo=UTC),
    )


def test_an_order_has_its_main_asset_first_and_a_visit() -> None:
    order = order_of(
        ServiceOrder="0080000101",
        ServiceOrderType="SVO2",
        ServiceOrderIsReleased="X",
        ServiceOrderIsCompleted="",
        ReferenceServiceRequest="300000101",
        ReferenceServiceContract="0000000000",
        SoldToParty="0007100012",
        to_ReferenceObject=[
            {"ServiceReferenceEquipment": "000000000000000011", "SrvcRefObjIsMainObject": False},
            {"ServiceReferenceEquipment": "", "SrvcRefObjIsMainObject": False},
            {"ServiceReferenceEquipment": "000000000000000012", "SrvcRefObjIsMainObject": "X"},
        ],
        to_Appointment={
            "results": [{"SrvcDocAppointmentType": "PLANNED", "SrvcDocApptStartDateTime": "/Date(1767250800000+0000)/"}]
        },
    )
    assert order is not None
    assert (order.id, order.service_type, order.case_id) == ("80000101", ServiceType.REMOTE, "300000101")
    assert (order.released, order.completed, order.contract_number) == (True, False, None)
    assert order.asset_ids == ("12", "11")
    assert order.visit is not None
    assert order.visit.planned_start == datetime(2026, 1, 1, 7, tzinfo=UTC)
    assert order.visit.actual_start is None


def test_an_order_without_appointments_has_no_visit() -> None:
    order = order_of(ServiceOrder="1", to_Appointment={"results": []})
    assert order is not None
    assert order.visit is None


@pytest.mark.parametrize(
    ("body", "total", "link"),
    [
        (b'{"d":[{"PartnerFunction":"AG"}]}', None, None),
        (b'{"d":{"results":[{}],"__count":"12","__next":"x"}}', 12, "x"),
        (b'{"d":{"results":[{}],"__count":12,"__next":""}} \r\n', 12, None),
        (b'{"d":{"results":[{}],"__count":null}}', None, None),
    ],
)
def test_a_page_is_a_list_or_has_results(body: bytes, total: int | None, link: str | None) -> None:
    page = reader(msgspec.json.Decoder(Envelope[ActivityRow]))(body)
    assert (len(page.rows), page.total, page.next) == (1, total, link)


def test_the_default_names_are_the_wire_pages() -> None:
    assert notification_row(CustomFields()).__struct_encode_fields__[-4:] == (
        "ZZ1_PurchaseOrder_NTF",
        "ZZ1_Origin_NTF",
        "ZZ1_ContactEmail_NTF",
        "ZZ1_ContactPhone_NTF",
    )
