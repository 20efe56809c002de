"""Additional services: asked for by whom (R1, R9), for what (R2), followed and called off (F13)."""

from typing import Any

import pytest

from auth.viewer import ANYONE, Viewer
from connectors.deliveries import DeliveryStatus
from connectors.vocabulary import CaseStatus
from tests.portal import Portal, Systems
from tests.schema.test_case_changes import asset, delivered, in_sap, own_systems, ward

__all__ = ["own_systems", "ward"]

pytestmark = pytest.mark.rule("F13")

USER = "user@north.example"
REQUEST = """mutation ($input: RequestServiceInput!) { requestService(input: $input) {
  case { id number status eventType priority longText installedProduct { assetId } account { number } }
  errors { code field } } }"""
CANCEL = """mutation ($input: CancelServiceRequestInput!) { cancelServiceRequest(input: $input) {
  case { number status longText } errors { code field } } }"""
TRAINING: dict[str, Any] = {"service": "TRAINING", "description": "Szkolenie TK", "details": "4 osoby"}


async def request(portal: Portal, who: str | Viewer = USER, **given: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await portal.data(who, REQUEST, input=TRAINING | given))["requestService"]
    return payload


async def cancel(portal: Portal, case_id: str, who: str = USER, **given: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await portal.data(who, CANCEL, input={"caseId": case_id, **given}))[
        "cancelServiceRequest"
    ]
    return payload


async def test_training_for_an_account_is_a_case_of_its_type(ward: Portal) -> None:
    payload = await request(ward, accountNumber="7100010")
    case = payload["case"]
    assert (case["status"], case["eventType"], case["priority"]) == ("NEW", "APPLICATION_SUPPORT", "SCHEDULED")
    assert (case["installedProduct"], case["account"]) == (None, {"number": "7100010"})
    assert case["longText"].startswith("Additional service: training\n\n4 osoby")
    listed = await ward.data(
        USER, "{ cases(filter: { eventType: [APPLICATION_SUPPORT] }, first: 1) { nodes { number } } }"
    )
    assert listed["cases"]["nodes"] == [{"number": case["number"]}]


async def test_an_inspection_of_equipment_hangs_on_the_equipment(ward: Portal) -> None:
    payload = await request(ward, service="INSPECTION", installedProductId=await asset(ward, "10000003"))
    assert payload["case"]["installedProduct"] == {"assetId": "10000003"}
    assert payload["case"]["eventType"] == "PLANNED_MAINTENANCE"


@pytest.mark.rule("R2")
@pytest.mark.rule("R10")
async def test_for_what_is_not_ones_own_nothing_can_be_asked(ward: Portal) -> None:
    for number in ("7200010", "7999999", "7100030", ""):
        payload = await request(ward, accountNumber=number)
        assert payload == {"case": None, "errors": [{"code": "NOT_FOUND", "field": "accountNumber"}]}
    payload = await request(ward, installedProductId=await asset(ward, "10000028"))
    assert payload == {"case": None, "errors": [{"code": "NOT_FOUND", "field": "installedProductId"}]}
    for both in ({}, {"accountNumber": "7100010", "installedProductId": await asset(ward, "10000003")}):
        assert (await request(ward, **both))["errors"] == [{"code": "REQUIRED", "field": "installedProductId"}]
    assert await in_sap(ward) == []


@pytest.mark.rule("R1")
@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    "who",
    [
        "reader@north.example",
        "idle@north.example",
        "legacy@south.example",
        "analyst@maker.example",
        "helpdesk@maker.example",
        "partner-north",
        ANYONE,
    ],
)
async def test_who_may_not_ask_leaves_nothing_behind(ward: Portal, who: str | Viewer) -> None:
    asked = await ward.ask(who, REQUEST, input=TRAINING | {"accountNumber": "7100010"})
    case_id = (await request(ward, accountNumber="7100010"))["case"]["id"]
    called_off = await ward.ask(who, CANCEL, input={"caseId": case_id})
    assert (asked.codes, called_off.codes) == (["FORBIDDEN"], ["FORBIDDEN"])
    (case,) = await in_sap(ward)
    assert case.status is CaseStatus.NEW


async def test_what_nobody_works_on_is_called_off_once(ward: Portal) -> None:
    case = (await request(ward, accountNumber="7100010"))["case"]
    payload = await cancel(ward, case["id"], reason="Urlop.", idempotencyKey="k")
    assert payload["errors"] == []
    assert payload["case"]["status"] == "RESOLVED"
    assert "Called off by the customer. Urlop." in payload["case"]["longText"]
    again = await cancel(ward, case["id"], reason="Urlop.", idempotencyKey="k")
    assert again["errors"] == []
    assert again["case"]["longText"].count("Urlop.") == 1
    late = await cancel(ward, case["id"])
    assert late["errors"] == [{"code": "WRONG_STATUS", "field": "caseId"}]


async def test_what_is_on_its_way_arrives_and_is_called_off_then(ward: Portal, own_systems: Systems) -> None:
    own_systems.conducts["sap"].misbehave(method="POST", fail=503)
    case = (await request(ward, accountNumber="7100010"))["case"]
    assert case["status"] == "SUBMITTED"
    assert (await cancel(ward, case["id"]))["errors"] == []
    own_systems.behave()
    await delivered(ward)
    (found,) = await in_sap(ward)
    assert (found.number, found.status) == (case["number"], CaseStatus.RESOLVED)


async def test_a_case_that_was_not_asked_for_here_is_not_called_off(ward: Portal) -> None:
    found = await ward.data("manager@north.example", '{ case(number: "300000108") { id } }')
    payload = await cancel(ward, found["case"]["id"], "manager@north.example")
    assert payload["errors"] == [{"code": "NOT_FOUND", "field": "caseId"}]
    assert ward.case_desk is not None
    assert await ward.case_desk.deliveries.listed(tuple(DeliveryStatus), at_most=5) == []
