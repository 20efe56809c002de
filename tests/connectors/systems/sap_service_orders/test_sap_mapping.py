"""Rows as SAP or a server like it may write them, and the records they become."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from structlog.testing import capture_logs

from connectors.records import Case, CaseActivity, Provenance, ServiceOrder
from connectors.systems.sap_service_orders.mapping import activity_of, case_sources, order_sources
from connectors.systems.sap_service_orders.projection import Projections
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.values import Values
from connectors.systems.sap_service_orders.wire import ActivityRow, Envelope, reader
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


def cases_of(
    *rows: dict[str, object], told: SapServiceOrdersSettings | None = None, fields: frozenset[str] | None = None
) -> list[Case]:
    told = told or settings()
    projections = Projections(Case, case_sources(told, Values(told)))
    read = projections.of(projections.every if fields is None else fields)
    body = msgspec.json.encode({"d": {"results": rows}})
    return [read.record(row, PROVENANCE) for row in read.reader(body).rows]


def case_of(row: dict[str, object], told: SapServiceOrdersSettings | None = None) -> Case:
    return cases_of(row, told=told)[0]


def order_of(**row: object) -> ServiceOrder:
    projections = Projections(ServiceOrder, order_sources(settings(), Values(settings())))
    read = projections.of(projections.every)
    return read.record(read.reader(msgspec.json.encode({"d": [row]})).rows[0], PROVENANCE)


def activity(**row: object) -> CaseActivity | None:
    known = {"MaintenanceNotification": "000300000101", "MaintNotificationActivityCode": "EXTN"}
    decoded = msgspec.json.decode(msgspec.json.encode(known | row), type=ActivityRow)
    return activity_of(decoded, settings(), PROVENANCE)


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
    assert case.status is status


def test_a_row_of_nulls_or_of_nothing_is_no_error() -> None:
    assert not case_of({}).id
    for bare in (dict.fromkeys(WHOLE), dict.fromkeys(WHOLE, ""), {}):
        row = {name: value for name, value in bare.items() if name != "to_Partner"}
        case = case_of(row | {"MaintenanceNotification": "000000000042"})
        assert case == Case(provenance=PROVENANCE, id="42", number="42")


def test_a_place_is_no_asset() -> None:
    case = case_of(WHOLE | {"TechObjIsEquipOrFuncnlLoc": "EAMS_FL", "TechnicalObject": "GD-MR-01"})
    assert case.asset_id is None


def test_partners_that_were_not_expanded_are_unknown() -> None:
    unexpanded: list[object] = [{"__deferred": {"uri": "x"}}, None, [], {"results": None}]
    for partners in unexpanded:
        case = case_of(WHOLE | {"to_Partner": partners})
        assert (case.sold_to, case.ship_to) == (None, None)


def test_an_unknown_code_is_none_and_logged_once() -> None:
    row: dict[str, object] = {"MaintenanceNotification": "1", "NotificationType": "M1"}
    with capture_logs() as logged:
        cases = cases_of(row, row, row)
    assert [case.event_type for case in cases] == [None] * 3
    assert [(entry["property"], entry["code"]) for entry in logged] == [("NotificationType", "M1")]


def test_code_lists_and_custom_fields_are_a_deployments_own() -> None:
    told = settings(
        phases={"A": "NEW", "Z": "CLOSED"},
        priorities={"H": "URGENT_NEED", "L": "5"},
        custom_fields={"purchase_order": "ZZ9_PO", "origin": ""},
    )
    case = case_of(WHOLE | {"NotifProcessingPhase": "Z", "MaintPriority": "H", "ZZ9_PO": "77"}, told)
    assert (case.status, case.priority, case.purchase_order) == (CaseStatus.CLOSED, CasePriority.URGENT_NEED, "77")


def test_internal_and_deleted_activities_never_become_records() -> None:
    assert activity(MaintNotificationActivityCode="COST") is None
    assert activity(MaintNotificationActivityCode=None) is None
    assert activity(IsDeleted=True) is None
    shown = activity(
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
    assert (order.id, order.service_type, order.case_id) == ("80000101", ServiceType.REMOTE, "300000101")
    assert (order.released, order.completed, order.contract_number) == (True, False, None)
    assert order.asset_ids == ("12", "11")
    assert order.visit is not None
    assert order.visit.planned_start == datetime(2026, 1, 1, 7, tzinfo=UTC)
    assert order.visit.actual_start is None


def test_an_order_without_appointments_has_no_visit() -> None:
    order = order_of(ServiceOrder="1", to_Appointment={"results": []})
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


ALWAYS = {"provenance", "id", "number"}
EVERY = frozenset(Case.__struct_fields__) - {"provenance"}
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["", " ", "X", "00", "0012", "CLSD", "S2", "4", "1"])
)
TIMES = st.sampled_from(
    ["/Date(1767225600000)/", "/Date(1767225600000+0000)/", "PT07H40M00S", "CET", "MARS", "x", None]
)


@given(st.sets(st.sampled_from(sorted(EVERY))), st.fixed_dictionaries(dict.fromkeys(WHOLE, SCALARS | TIMES)))
def test_a_projected_record_is_the_whole_one_without_what_was_not_wanted(
    fields: set[str], odd: dict[str, object]
) -> None:
    partners = {"to_Partner": WHOLE["to_Partner"], "__metadata": {}}
    for row in (WHOLE, odd | partners | {"MaintenanceNotification": "000300000101"}):
        (whole,) = cases_of(row)
        (projected,) = cases_of(row, fields=frozenset(fields | {"id", "number"}))
        bare = Case(provenance=PROVENANCE, id=whole.id, number=whole.number)
        kept = fields | ALWAYS
        assert projected == msgspec.structs.replace(bare, **{name: getattr(whole, name) for name in kept})
