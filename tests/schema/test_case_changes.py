"""Reporting and changing cases: by whom (R1, R9), about what (R2, R11), once, and whatever the service system does."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import strawberry

from auth.viewer import ANYONE, Viewer
from connectors.courier import Courier
from connectors.deliveries import DeliveryStatus
from connectors.queries import AccountScope, CaseQuery
from connectors.records import Case
from fixtures.world.model import World
from schema.node import GlobalId
from tests.databases import sqlite_store
from tests.portal import Answer, Portal, Systems, opened, simulated

USER = "user@north.example"
CREATE = """mutation ($input: CreateCaseInput!) { createCase(input: $input) {
  case { id number sapNotificationNumber status statusLabel isOpen description longText priority isDown purchaseOrder
    contactEmail contactPhone reporter installedProduct { assetId operationalState } account { number }
    deliveries { kind status statusLabel } }
  errors { code field message } } }"""
UPDATE = """mutation ($input: UpdateCaseInput!) { updateCase(input: $input) {
  case { number status priority purchaseOrder longText activities { type text } deliveries { kind status } }
  errors { code field } conflicts { field before now yours } } }"""
LIST = "{ cases(first: 5) { totalCount nodes { number status } } }"


@pytest.fixture
def own_systems(story: World) -> Iterator[Systems]:
    """Simulators that this test alone writes to."""
    with simulated(story) as systems:
        yield systems


@pytest_asyncio.fixture
async def ward(graph: strawberry.Schema, own_systems: Systems, tmp_path: Path) -> AsyncIterator[Portal]:
    sap: dict[str, object] = {"timeout": 3.0}
    async with opened(graph, own_systems, await sqlite_store(tmp_path / "portal.db"), sap=sap) as portal:
        yield portal


async def asset(portal: Portal, number: str) -> str:
    query = "query ($number: String!) { installedProduct(assetId: $number) { id } }"
    data = await portal.data("analyst@maker.example", query, number=number)
    return str(data["installedProduct"]["id"])


async def create(portal: Portal, who: str | Viewer, number: str = "10000003", **given: Any) -> Answer:
    told = {"installedProductId": await asset(portal, number), "description": "Bild rauscht", "priority": "SYSTEM_DOWN"}
    return await portal.ask(who, CREATE, input=told | given)


async def created(portal: Portal, who: str = USER, number: str = "10000003", **given: Any) -> dict[str, Any]:
    answer = await create(portal, who, number, **given)
    assert answer.errors == []
    payload = answer.data["createCase"]
    assert payload["errors"] == []
    case: dict[str, Any] = payload["case"]
    return case


async def update(portal: Portal, who: str | Viewer, case_id: str, **given: Any) -> dict[str, Any]:
    answer = await portal.ask(who, UPDATE, input={"caseId": case_id, **given})
    assert answer.errors == []
    payload: dict[str, Any] = answer.data["updateCase"]
    return payload


async def in_sap(portal: Portal) -> list[Case]:
    """All cases that carry a portal number there."""
    rows = (await portal.sources.service_cases.cases(CaseQuery(scope=AccountScope(unrestricted=True)))).rows
    return [row for row in rows if row.number.startswith("WEB-") and row.status.is_registered]


def courier_of(portal: Portal) -> Courier:
    assert portal.courier is not None
    return portal.courier


async def delivered(portal: Portal) -> None:
    """Passes until nothing waits."""
    assert portal.case_desk is not None
    deliveries = portal.case_desk.deliveries
    async with asyncio.timeout(40):
        while (await deliveries.waiting())[DeliveryStatus.WAITING].deliveries:
            await courier_of(portal).deliver_due()
            await asyncio.sleep(0.05)


@pytest.mark.rule("F1")
@pytest.mark.parametrize("who", [USER, "manager@north.example"])
async def test_a_case_is_there_at_once_with_both_its_numbers(ward: Portal, who: str) -> None:
    case = await created(
        ward,
        who,
        details="Seit heute früh.",
        isDown=True,
        safetyIssue=True,
        purchaseOrder="PO 1",
        contactPhone="+48 58 555 01 02",
    )
    assert case["number"].startswith("WEB-")
    assert (case["status"], case["isOpen"], case["priority"], case["isDown"]) == ("NEW", True, "SYSTEM_DOWN", True)
    assert case["installedProduct"] == {"assetId": "10000003", "operationalState": "DOWN"}
    assert case["account"] == {"number": "7100012"}
    assert (case["purchaseOrder"], case["contactPhone"], case["contactEmail"]) == ("PO 1", "+48 58 555 01 02", None)
    assert case["longText"].startswith("Seit heute früh.")
    assert [each["status"] for each in case["deliveries"]] == ["DELIVERED"]
    (registered,) = await in_sap(ward)
    assert (registered.id, registered.number) == (case["sapNotificationNumber"], case["number"])
    lists = await ward.data(who, LIST)
    assert lists["cases"]["nodes"][0] == {"number": case["number"], "status": "NEW"}


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
async def test_who_may_not_report_or_change_leaves_nothing_behind(ward: Portal, who: str | Viewer) -> None:
    answer = await create(ward, who)
    assert answer.codes == ["FORBIDDEN"]
    change = {"caseId": str(GlobalId("Case", "300000101")), "note": "?"}
    assert (await ward.ask(who, UPDATE, input=change)).codes == ["FORBIDDEN"]
    assert ward.case_desk is not None
    assert await ward.case_desk.deliveries.listed(tuple(DeliveryStatus), at_most=10) == []
    assert await in_sap(ward) == []


@pytest.mark.rule("R2")
@pytest.mark.rule("R10")
@pytest.mark.parametrize("who", [USER, "manager@north.example"])
async def test_equipment_and_cases_of_others_are_not_there(ward: Portal, who: str) -> None:
    theirs = await create(ward, who, "10000028")
    nobodys = await ward.ask(
        who,
        CREATE,
        input={
            "installedProductId": str(GlobalId("InstalledProduct", "a0X000000000000AAA")),
            "description": "x",
            "priority": "SCHEDULED",
        },
    )
    assert theirs == nobodys
    assert theirs.data["createCase"]["errors"][0]["code"] == "NOT_FOUND"
    visible = await ward.data("user@south.example", "{ cases { nodes { id } } }")
    for case_id in (visible["cases"]["nodes"][0]["id"], str(GlobalId("Case", "399999999"))):
        payload = await update(ward, who, case_id, note="?")
        assert (payload["case"], payload["errors"]) == (None, [{"code": "NOT_FOUND", "field": "caseId"}])
    assert await in_sap(ward) == []


@pytest.mark.rule("F1")
async def test_everything_that_is_wrong_is_told_at_once_by_its_field(ward: Portal) -> None:
    answer = await create(
        ward,
        USER,
        description="  ",
        details="x" * 10_001,
        purchaseOrder="x" * 36,
        contactEmail="nobody",
        contactPhone="call me",
    )
    found = {(error["field"], error["code"]) for error in answer.data["createCase"]["errors"]}
    assert found == {
        ("description", "REQUIRED"),
        ("details", "TOO_LONG"),
        ("purchaseOrder", "TOO_LONG"),
        ("contactEmail", "MALFORMED"),
        ("contactPhone", "MALFORMED"),
    }
    assert all(error["message"] for error in answer.data["createCase"]["errors"])
    without_number = await create(ward, "manager@north.example", "10000001", installedProductId=await _unnumbered(ward))
    assert [error["code"] for error in without_number.data["createCase"]["errors"]] == ["NO_ASSET_ID"]
    assert await in_sap(ward) == []


async def _unnumbered(portal: Portal) -> str:
    query = '{ installedProducts(filter: { text: "US09015" }) { nodes { id assetId } } }'
    (found,) = (await portal.data("manager@north.example", query))["installedProducts"]["nodes"]
    assert found["assetId"] is None
    return str(found["id"])


@pytest.mark.rule("F1")
async def test_a_repeat_answers_with_the_first_and_does_nothing(ward: Portal) -> None:
    first = await created(ward, idempotencyKey="k-1")
    again = await created(ward, idempotencyKey="k-1")
    assert again["number"] == first["number"]
    other = await create(ward, USER, idempotencyKey="k-1", priority="SCHEDULED")
    assert [error["code"] for error in other.data["createCase"]["errors"]] == ["KEY_USED"]
    without, twice = await created(ward, details="Without a key."), await created(ward, details="Without a key.")
    assert without["number"] == twice["number"]
    assert (await created(ward, "manager@north.example", idempotencyKey="k-1"))["number"] != first["number"]
    assert len(await in_sap(ward)) == 3


@pytest.mark.rule("F1")
async def test_many_that_send_the_same_at_once_get_one_case(ward: Portal) -> None:
    answers = await asyncio.gather(*(created(ward, idempotencyKey="k") for _ in range(8)))
    assert len({case["number"] for case in answers}) == 1
    assert len(await in_sap(ward)) == 1


@pytest.mark.rule("F1")
@pytest.mark.rule("F4")
@pytest.mark.parametrize("misconduct", [{"fail": 503}, {"hang": True}, {"fail": 503, "done": True}])
async def test_at_three_in_the_morning_the_case_is_kept_seen_and_delivered_later(
    ward: Portal, own_systems: Systems, misconduct: dict[str, Any]
) -> None:
    own_systems.conducts["sap"].misbehave(method="POST", path="MaintenanceNotification", **misconduct)
    case = await created(ward)
    if "done" not in misconduct:
        assert (case["status"], case["sapNotificationNumber"], case["isOpen"]) == ("SUBMITTED", None, True)
        assert case["statusLabel"] == "Wysłane"
        assert case["installedProduct"] == {"assetId": "10000003", "operationalState": "DOWN"}
    for who, seen in ((USER, True), ("manager@north.example", True), ("analyst@maker.example", True)):
        data = await ward.data(who, LIST)
        assert (case["number"] in [node["number"] for node in data["cases"]["nodes"]]) is seen
    own_systems.behave()
    await delivered(ward)
    (registered,) = await in_sap(ward)
    assert registered.number == case["number"]
    data = await ward.data(USER, "query ($id: ID!) { node(id: $id) { ... on Case { number status } } }", id=case["id"])
    assert data["node"] == {"number": case["number"], "status": "NEW"}, "an id from before goes on naming it"


@pytest.mark.rule("R10")
@pytest.mark.parametrize("who", ["reader@north.example", "user@south.example", "idle@north.example"])
async def test_a_case_on_its_way_is_not_there_for_others(ward: Portal, own_systems: Systems, who: str) -> None:
    before = await ward.data(who, LIST)
    own_systems.conducts["sap"].misbehave(method="POST", fail=503)
    case = await created(ward)
    assert case["status"] == "SUBMITTED"
    assert await ward.data(who, LIST) == before
    queries = "query ($id: ID!, $number: String!) { node(id: $id) { id } case(number: $number) { id } }"
    found = await ward.ask(who, queries, id=case["id"], number=case["number"])
    assert found.data == {"node": None, "case": None}


@pytest.mark.rule("F1")
async def test_while_the_service_system_is_silent_what_is_known_here_is_told_and_what_is_missing_too(
    ward: Portal, own_systems: Systems
) -> None:
    about = await asset(ward, "10000003")
    own_systems.conducts["sap"].misbehave(fail=503)
    told = {"installedProductId": about, "description": "Bild rauscht", "priority": "SYSTEM_DOWN"}
    create = "mutation ($input: CreateCaseInput!) { createCase(input: $input) { case { number status } } }"
    case = (await ward.data(USER, create, input=told))["createCase"]["case"]
    assert case["status"] == "SUBMITTED"
    answer = await ward.ask(USER, LIST)
    assert [node["number"] for node in answer.data["cases"]["nodes"]] == [case["number"]]
    assert answer.codes == ["SOURCE_UNAVAILABLE"]
    both = '{ a: installedProduct(assetId: "10000003") { operationalState } \
        b: installedProduct(assetId: "10000004") { operationalState } }'
    states = await ward.ask(USER, both)
    assert states.data == {"a": {"operationalState": "DOWN"}, "b": {"operationalState": None}}
    assert states.codes == ["SOURCE_UNAVAILABLE"]
    by_number = "query ($number: String!) { case(number: $number) { status } }"
    one = await ward.data(USER, by_number, number=case["number"])
    assert one["case"] == {"status": "SUBMITTED"}
    missing = await ward.ask(USER, by_number, number="300000101")
    assert (missing.data, missing.codes) == ({"case": None}, ["SOURCE_UNAVAILABLE"])


@pytest.mark.rule("F1")
async def test_a_refused_case_stays_in_sight_as_refused(
    graph: strawberry.Schema, own_systems: Systems, tmp_path: Path
) -> None:
    lacking: dict[str, object] = {"priorities": {"1": "URGENT_NEED"}}
    async with opened(graph, own_systems, await sqlite_store(tmp_path / "portal.db"), sap=lacking) as portal:
        case = await created(portal)
        assert (case["status"], case["isOpen"], case["sapNotificationNumber"]) == ("REFUSED", True, None)
        assert case["installedProduct"]["operationalState"] == "DOWN", "the equipment is, whatever the system says"
        listed = await portal.data(USER, LIST)
        assert listed["cases"]["nodes"][0] == {"number": case["number"], "status": "REFUSED"}
        payload = await update(portal, USER, case["id"], note="?")
        assert payload["errors"] == [{"code": "WRONG_STATUS", "field": "caseId"}]
        assert await in_sap(portal) == []


@pytest.mark.rule("F2")
async def test_a_note_and_changes_stand_in_the_case_at_once(ward: Portal) -> None:
    case = await created(ward, purchaseOrder="PO 1")
    payload = await update(
        ward, USER, case["id"], note="Schlüssel beim Pförtner.", priority="URGENT_NEED", purchaseOrder=None
    )
    assert payload["errors"] == []
    changed = payload["case"]
    assert (changed["priority"], changed["purchaseOrder"]) == ("URGENT_NEED", None)
    assert "Schlüssel beim Pförtner." in changed["longText"]
    assert changed["activities"][-1] == {"type": "EXTERNAL_NOTE", "text": "Schlüssel beim Pförtner."}
    assert [each["kind"] for each in changed["deliveries"]] == ["REGISTER_CASE", "CHANGE_CASE"]
    again = await update(
        ward, USER, case["id"], note="Schlüssel beim Pförtner.", priority="URGENT_NEED", purchaseOrder=None
    )
    assert again["case"]["longText"].count("Schlüssel") == 1, "the same note within minutes is a repeat"
    nothing = await update(ward, USER, case["id"], priority="URGENT_NEED")
    assert len(nothing["case"]["deliveries"]) == 2


@pytest.mark.rule("F2")
async def test_a_change_of_a_case_that_is_on_its_way_follows_it(ward: Portal, own_systems: Systems) -> None:
    own_systems.conducts["sap"].misbehave(fail=503, method="POST")
    case = await created(ward)
    payload = await update(ward, USER, case["id"], note="Noch etwas.", priority="SYSTEM_RESTRICTED")
    assert payload["case"]["status"] == "SUBMITTED"
    assert [each["status"] for each in payload["case"]["deliveries"]] == ["WAITING", "WAITING"]
    own_systems.behave()
    await delivered(ward)
    (registered,) = await in_sap(ward)
    assert registered.priority is not None
    assert registered.priority.name == "SYSTEM_RESTRICTED"
    assert "Noch etwas." in (registered.long_text or "")


@pytest.mark.rule("F2")
async def test_what_changed_in_between_comes_back(ward: Portal) -> None:
    case = await created(ward)
    stale = await update(ward, USER, case["id"], note="x", expectedUpdatedAt="2020-01-01T00:00:00Z")
    assert [error["code"] for error in stale["errors"]] == ["CHANGED_MEANWHILE"]
    assert stale["case"]["number"] == case["number"]
    assert [each["kind"] for each in stale["case"]["deliveries"]] == ["REGISTER_CASE"], "nothing was sent"


@pytest.mark.rule("F2")
async def test_a_repeat_by_its_key_is_no_conflict_with_itself(ward: Portal) -> None:
    case = await created(ward)
    query = "query ($number: String!) { case(number: $number) { updatedAt } }"
    seen = (await ward.data(USER, query, number=case["number"]))["case"]["updatedAt"]
    for _ in range(2):
        told = {"note": "Once.", "expectedUpdatedAt": seen, "idempotencyKey": "k"}
        payload = await update(ward, USER, case["id"], **told)
        assert payload["errors"] == []
        assert payload["case"]["longText"].count("Once.") == 1


@pytest.mark.rule("F2")
@pytest.mark.parametrize(
    ("number", "given", "wrong"),
    [
        ("300000109", {"note": "Danke!"}, [{"code": "WRONG_STATUS", "field": "caseId"}]),
        ("300000134", {"note": "Danke!"}, []),
        ("300000134", {"priority": "URGENT_NEED"}, [{"code": "WRONG_STATUS", "field": "priority"}]),
    ],
    ids=["closed", "resolved, a note", "resolved, its priority"],
)
async def test_what_is_over_takes_a_note_until_it_is_closed(
    ward: Portal, number: str, given: dict[str, Any], wrong: list[dict[str, str]]
) -> None:
    query = "query ($number: String!) { case(number: $number) { id } }"
    found = await ward.data("manager@north.example", query, number=number)
    payload = await update(ward, "manager@north.example", found["case"]["id"], **given)
    assert payload["errors"] == wrong
