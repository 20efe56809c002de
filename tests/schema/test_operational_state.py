"""Which equipment runs and which doesn't (F4), told from its open cases."""

from datetime import UTC, datetime

import pytest

from connectors.records import Case, InstalledProduct, Provenance
from connectors.vocabulary import AssetStatus, CasePriority, CaseStatus, OperationalState
from schema.operational_state import operational_state
from tests.portal import Portal, Systems

pytestmark = pytest.mark.rule("F4")

_NOW = Provenance(system="sap", fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
RUNNING, RESTRICTED, DOWN = OperationalState.RUNNING, OperationalState.RESTRICTED, OperationalState.DOWN


def asset(status: AssetStatus = AssetStatus.ACTIVE, asset_id: str | None = "1") -> InstalledProduct:
    return InstalledProduct(id="a", asset_id=asset_id, status=status, provenance=_NOW)


def case(priority: CasePriority | None, status: CaseStatus = CaseStatus.IN_PROGRESS, *, is_down: bool = False) -> Case:
    return Case(id="1", number="1", priority=priority, status=status, is_down=is_down, provenance=_NOW)


@pytest.mark.parametrize(
    ("priority", "state"),
    [
        (CasePriority.URGENT_NEED, DOWN),
        (CasePriority.SYSTEM_DOWN, DOWN),
        (CasePriority.SYSTEM_RESTRICTED, RESTRICTED),
        (CasePriority.INTERMITTENT_PROBLEM, RESTRICTED),
        (CasePriority.SCHEDULED, RUNNING),
        (None, RUNNING),
    ],
)
@pytest.mark.parametrize("status", [CaseStatus.NEW, CaseStatus.IN_PROGRESS])
def test_the_priority_of_an_open_case_says_it(
    priority: CasePriority | None, status: CaseStatus, state: OperationalState
) -> None:
    assert operational_state(asset(), [case(priority, status)]) is state


@pytest.mark.parametrize("status", [CaseStatus.RESOLVED, CaseStatus.CLOSED])
@pytest.mark.parametrize("priority", CasePriority)
def test_what_is_no_longer_open_says_nothing(priority: CasePriority, status: CaseStatus) -> None:
    assert operational_state(asset(), [case(priority, status, is_down=True)]) is RUNNING


def test_the_flag_alone_makes_it_down_whatever_the_priority() -> None:
    for priority in (*CasePriority, None):
        assert operational_state(asset(), [case(priority, is_down=True)]) is DOWN


def test_the_worst_open_case_counts_in_any_order() -> None:
    cases = [case(CasePriority.SCHEDULED), case(CasePriority.SYSTEM_RESTRICTED), case(CasePriority.SYSTEM_DOWN)]
    assert operational_state(asset(), cases) is operational_state(asset(), cases[::-1]) is DOWN
    assert operational_state(asset(), cases[:2]) is operational_state(asset(), cases[1::-1]) is RESTRICTED


def test_nothing_open_means_it_runs() -> None:
    assert operational_state(asset(), []) is RUNNING


def test_inactive_equipment_is_not_in_service_whatever_is_open_on_it() -> None:
    inactive = asset(AssetStatus.INACTIVE)
    assert operational_state(inactive, [case(CasePriority.URGENT_NEED)]) is OperationalState.NOT_IN_SERVICE
    numberless = asset(AssetStatus.INACTIVE, asset_id=None)
    assert operational_state(numberless, []) is OperationalState.NOT_IN_SERVICE


def test_of_equipment_without_a_number_nothing_is_known() -> None:
    assert operational_state(asset(asset_id=None), []) is OperationalState.UNKNOWN


def test_a_status_that_only_the_crm_knows_does_not_hide_the_state() -> None:
    assert operational_state(asset(AssetStatus.OTHER), [case(CasePriority.SYSTEM_DOWN)]) is DOWN


STORY = {
    "DOWN": ["01", "05", "08", "28"],
    "RESTRICTED": ["02", "06", "30"],
    "RUNNING": ["03", "04", "07", "24", "25"],
    "NOT_IN_SERVICE": ["09", "12", "17", "32"],
    "UNKNOWN": ["15", "29"],
}


@pytest.mark.parametrize("state", STORY)
async def test_equipment_of_the_story(portal: Portal, state: str) -> None:
    query = "{ installedProducts(first: 1000) { nodes { installedProductNumber operationalState } } }"
    nodes = (await portal.data("analyst@maker.example", query))["installedProducts"]["nodes"]
    states = {node["installedProductNumber"]: node["operationalState"] for node in nodes}
    assert {states[f"IP-000000{number}"] for number in STORY[state]} == {state}


async def test_equipment_out_of_service_or_without_a_number_needs_no_question_to_sap(
    portal: Portal, systems: Systems
) -> None:
    await portal.data("manager@north.example", "{ viewer { access } }")
    systems.behave()
    query = """{ installedProducts(filter: {installedProductNumbers: ["IP-00000012", "IP-00000015"]}) {
        nodes { operationalState } } }"""
    data = await portal.data("manager@north.example", query)
    states = {node["operationalState"] for node in data["installedProducts"]["nodes"]}
    assert states == {"NOT_IN_SERVICE", "UNKNOWN"}
    assert systems.calls() == {"crm": 1}
