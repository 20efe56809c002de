"""Every term of the portal's users (V1 to V26) is in the graph, and says of the story what the story says."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
import strawberry
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type

from connectors.people import AssetDataChange, AuditAction, AuditEvent
from connectors.systems.portal_store.connector import PortalStore
from fixtures.world.lookup import Lookup
from fixtures.world.model import World
from schema.node import parse_id
from tests.portal import Portal, Systems, opened

MANAGER = "manager@north.example"

# term: the field that holds it
TERMS = {
    "V1": "InstalledProduct.description",
    "V2": "InstalledProduct.assetId",
    "V3": "InstalledProduct.technicalId",
    "V4": "InstalledProduct.serialNumber",
    "V5": "InstalledProduct.udi",
    "V6": "InstalledProduct.customName",
    "V7": "InstalledProduct.modality",
    "V8": "InstalledProduct.functionalLocationDescription",
    "V9": "InstalledProduct.installationDate",
    "V10": "InstalledProduct.status",
    "V11": "Case.number",
    "V12": "Case.sapNotificationNumber",
    "V13": "Case.priority",
    "V14": "Case.status",
    "V15": "Case.origin",
    "V16": "CaseActivity.type",
    "V17": "Case.eventType",
    "V18": "ServiceOrder.serviceType",
    "V19": "Case.reportedClosingDate",
    "V20": "Case.purchaseOrder",
    "V21": "ServiceContract.number",
    "V22": "ContractLine.number",
    "V23": "ContractLine.description",
    "V24": "ServiceContract.shipTo",
    "V25": "ServiceContract.expiryStatus",
    "V26": "InstalledProduct.uptimeReportEntitled",
}
VALUES = {
    "V7": ["MR", "CT", "US", "IXR", "OTHER"],
    "V10": ["ACTIVE", "INACTIVE", "OTHER"],
    "V13": ["URGENT_NEED", "SYSTEM_DOWN", "SYSTEM_RESTRICTED", "INTERMITTENT_PROBLEM", "SCHEDULED"],
    "V14": ["SUBMITTED", "REFUSED", "NEW", "IN_PROGRESS", "RESOLVED", "CLOSED"],  # the first two: not yet there (F1)
    "V15": ["PHONE", "WEB"],
    "V16": ["CUSTOMER_REPORTED_PROBLEM", "SAFETY_ISSUE", "T2_ACTIVITY", "EXTERNAL_NOTE"],
    "V17": [
        "CORRECTIVE_MAINTENANCE",
        "PLANNED_MAINTENANCE",
        "CUSTOMER_MODIFICATION_ORDER",
        "INSTALLATION",
        "APPLICATION_SUPPORT",
        "CUSTOMER_INFORMATION",
        "REFURBISHMENT_UNDER_CONTRACT",
    ],
    "V18": ["ON_SITE", "REMOTE", "DEPOT_REPAIR", "PARTS_ONLY", "SUBCONTRACTED"],
    "V25": ["GREEN", "YELLOW", "RED"],
}


def field_of(graph: strawberry.Schema, term: str) -> Any:
    type_, name = TERMS[term].split(".")
    found = graph._schema.type_map[type_]
    assert isinstance(found, GraphQLObjectType)
    return found.fields[name]


@pytest.mark.parametrize("term", [pytest.param(term, marks=pytest.mark.rule(term)) for term in TERMS])
def test_the_term_is_a_field_and_its_description_says_which(graph: strawberry.Schema, term: str) -> None:
    field = field_of(graph, term)
    described = f"{field.description} {get_named_type(field.type).description}"
    assert f"({term})" in described


@pytest.mark.parametrize("term", [pytest.param(term, marks=pytest.mark.rule(term)) for term in VALUES])
def test_a_list_of_values_is_the_products(graph: strawberry.Schema, term: str) -> None:
    values = get_named_type(field_of(graph, term).type)
    assert isinstance(values, GraphQLEnumType)
    assert list(values.values) == VALUES[term]
    assert [name for name, value in values.values.items() if not value.description] == []


ASSET = """{ installedProduct(assetId: "10000001") {
  description assetId technicalId serialNumber modality functionalLocationDescription installationDate status
  uptimeReportEntitled
  udi { full malformed agency deviceIdentifier serialNumber lot manufactureDate expiryDate }
  contractLines { contractNumber number description }
} }"""


@pytest.mark.rule("V26")
async def test_a_piece_of_equipment_in_the_users_terms(portal: Portal, story: World) -> None:
    row = Lookup(story).assets["a01"]
    assert row.installed is not None
    assert (await portal.data(MANAGER, ASSET))["installedProduct"] == {
        "description": "Meridian 3.0T",
        "assetId": "10000001",
        "technicalId": "TID-MR30-0001",
        "serialNumber": "MR30001",
        "modality": "MR",
        "functionalLocationDescription": "Pracownia MR, poziom -1",
        "installationDate": row.installed.isoformat(),
        "status": "ACTIVE",
        "uptimeReportEntitled": True,
        "udi": {
            "full": "(01)05901234123457(11)220115(17)320115(10)LOT42(21)MR30001",
            "malformed": False,
            "agency": "GS1",
            "deviceIdentifier": "05901234123457",
            "serialNumber": "MR30001",
            "lot": "LOT42",
            "manufactureDate": "2022-01-15",
            "expiryDate": "2032-01-15",
        },
        "contractLines": [
            {"contractNumber": "40000029", "number": "10", "description": "MR pełna obsługa"},
            {"contractNumber": "40000131", "number": "10", "description": "Flota MR 01"},
        ],
    }


@pytest.mark.rule("V5")
@pytest.mark.parametrize(
    ("asset_id", "agency", "malformed"),
    [
        ("10000001", "GS1", False),
        ("10000005", "HIBCC", False),
        ("10000006", "ICCBBA", False),
        ("10000008", None, True),
        ("10000013", "GS1", False),
    ],
)
async def test_udis_of_each_agency_and_malformed_ones(
    portal: Portal, asset_id: str, agency: str | None, malformed: bool
) -> None:
    query = "query($id: String!) { installedProduct(assetId: $id) { udi { full agency malformed } } }"
    udi = (await portal.data(MANAGER, query, id=asset_id))["installedProduct"]["udi"]
    full = {row.equipment: row.udi for row in portal.world.assets}[asset_id]
    assert udi == {"full": full, "agency": agency, "malformed": malformed}


async def test_a_case_in_the_users_terms(portal: Portal, story: World) -> None:
    query = """{
      web: case(number: "PN-2026-000102") {
        number sapNotificationNumber priority status origin eventType serviceOrders { number serviceType }
      }
      phone: case(number: "300000101") {
        number sapNotificationNumber priority status origin purchaseOrder activities { type text }
      }
      closed: case(number: "300000109") { status reportedClosingDate }
    }"""
    data = await portal.data(MANAGER, query)
    assert data["web"] == {
        "number": "PN-2026-000102",
        "sapNotificationNumber": "300000102",
        "priority": "SYSTEM_RESTRICTED",
        "status": "NEW",
        "origin": "WEB",
        "eventType": "CORRECTIVE_MAINTENANCE",
        "serviceOrders": [{"number": "80000102", "serviceType": "ON_SITE"}],
    }
    assert data["phone"] == {
        "number": "300000101",
        "sapNotificationNumber": "300000101",
        "priority": "SYSTEM_DOWN",
        "status": "IN_PROGRESS",
        "origin": "PHONE",
        "purchaseOrder": "ZAM/2026/0815",
        "activities": [
            {"type": "CUSTOMER_REPORTED_PROBLEM", "text": "Cewka głowowa: błąd HC-0x1F"},
            {"type": "T2_ACTIVITY", "text": "Log przesłany do drugiej linii"},
            {"type": "EXTERNAL_NOTE", "text": "Część zamówiona, dostawa jutro"},
            {"type": "SAFETY_ISSUE", "text": "Brak zagrożenia dla pacjenta"},
        ],
    }
    closed = Lookup(story).cases["300000109"].completed
    assert closed is not None
    assert data["closed"]["status"] == "CLOSED"
    assert date.fromisoformat(data["closed"]["reportedClosingDate"][:10]) == closed.date()


@pytest.mark.rule("V14")
@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("300000103", "NEW"),
        ("300000102", "NEW"),
        ("300000101", "IN_PROGRESS"),
        ("300000121", "RESOLVED"),
        ("300000109", "CLOSED"),
    ],
)
async def test_the_phases_of_a_case(portal: Portal, number: str, status: str) -> None:
    query = "query($number: String!) { case(number: $number) { status } }"
    assert (await portal.data("analyst@maker.example", query, number=number))["case"] == {"status": status}


@pytest.mark.rule("V16")
async def test_internal_activities_are_never_shown(portal: Portal) -> None:
    query = "{ cases(first: 1000) { nodes { activities { type text } } } }"
    nodes = (await portal.data("analyst@maker.example", query))["cases"]["nodes"]
    activities = [activity for node in nodes for activity in node["activities"]]
    shown = sum(a.code in ("CRPT", "SAFE", "T2AC", "EXTN") for case in portal.world.cases for a in case.activities)
    assert len(activities) == shown > 4
    assert not [activity for activity in activities if "SECRET" in (activity["text"] or "")]


async def test_a_contract_in_the_users_terms(portal: Portal) -> None:
    query = """{ serviceContract(number: "40000124") {
        number expiryStatus soldTo { number access } shipTo { number name access } lines { number description } } }"""
    assert (await portal.data(MANAGER, query))["serviceContract"] == {
        "number": "40000124",
        "expiryStatus": "GREEN",
        "soldTo": {"number": "7300001", "access": "RELATED"},
        "shipTo": {"number": "7100030", "name": "Szpital Wojewódzki Olsztyn", "access": "ASSIGNED"},
        "lines": [{"number": "10", "description": "MR leasing"}],
    }


@pytest.fixture
async def own_store(graph: strawberry.Schema, systems: Systems, tmp_path: Path) -> AsyncIterator[Portal]:
    """The portal with a store of its own, to write to."""
    async with opened(graph, systems, f"sqlite+aiosqlite:///{tmp_path}/portal.db") as portal:
        yield portal


@pytest.mark.rule("V6")
@pytest.mark.rule("R5")
async def test_the_customers_own_name_is_read_by_whoever_sees_the_asset(own_store: Portal) -> None:
    query = """{ installedProduct(assetId: "10000001") {
        id customName customData { name referenceNumber locationNote updatedBy } } }"""
    before = (await own_store.data(MANAGER, query))["installedProduct"]
    assert (before["customName"], before["customData"]) == (None, None)
    kept = AssetDataChange(
        installed_product_id=parse_id(before["id"]).key,
        name="Rezonans główny",
        reference_number="INW/2021/0007",
        changed_at=own_store.now,
        changed_by=MANAGER,
    )
    event = AuditEvent(action=AuditAction.ASSET_DATA_WRITTEN)
    await cast(PortalStore, own_store.sources.customer_asset_data).asset_data.save(kept, event=event)
    for who in (MANAGER, "user@north.example", "partner-north", "analyst@maker.example"):
        after = (await own_store.data(who, query))["installedProduct"]
        assert after["customName"] == "Rezonans główny"
        assert after["customData"] == {
            "name": "Rezonans główny",
            "referenceNumber": "INW/2021/0007",
            "locationNote": None,
            "updatedBy": MANAGER,
        }
    assert (await own_store.data("manager@south.example", query))["installedProduct"] is None
