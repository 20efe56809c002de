"""Reports in the graph (F10): over the rows that may be seen and no others, the same from the index and the systems."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from auth.analytics.facts import FactsOfViewers
from connectors.people import AuditAction, AuditEvent
from tests.gateway.conftest import client_of
from tests.gateway.search.test_search import PEOPLE
from tests.gateway.test_deliveries import Ask, ask
from tests.portal import Systems

__all__ = ["ask"]

pytestmark = pytest.mark.rule("F10")

MANAGER = "manager@north.example"
EVENT = AuditEvent(action=AuditAction.ASSIGNMENTS_CHANGED)
TODAY = datetime.now(UTC).date()
PERIOD = {"from": (TODAY - timedelta(days=400)).isoformat(), "to": TODAY.isoformat()}
SPREAD = "{ count medianHours percentile90Hours }"
CASES = f"""caseStatistics(from: $from, to: $to, accountIds: $accounts) {{ asOf total open
  byStatus {{ status statusLabel count }} byPriority {{ priority count }} byModality {{ modality modalityLabel count }}
  byEventType {{ eventType count }} byAccount {{ account {{ name }} count }} byMonth {{ month created closed }}
  timeToResponse {SPREAD} timeToResolution {SPREAD} openByAge {{ fromDays toDays count }} }}"""
FLEET = """fleetStatistics(from: $from, to: $to, accountIds: $accounts, first: 1000) { asOf assetCount availability
  incidents byModality { modality modalityLabel availability assetCount }
  assets { installedProduct { assetId status } availability downHours incidents }
  coverage { byContract byWarranty uncovered endingIn30Days endingIn90Days endingIn180Days } }"""
QUERY = f"query ($from: Date!, $to: Date!, $accounts: [ID!]) {{ {CASES} {FLEET} }}"
LISTS = """{ cases(first: 1000) { nodes { status priority eventType createdAt installedProduct { modality } } }
  installedProducts(first: 1000) { nodes { assetId status account { id } } } accounts { nodes { id name } } }"""


def without_time(answer: Any) -> Any:
    """All but what depends on the very moment of asking."""
    if isinstance(answer, dict):
        moving = ("asOf", "availability", "downHours")
        return {key: without_time(value) for key, value in answer.items() if key not in moving}
    return [without_time(each) for each in answer] if isinstance(answer, list) else answer


@pytest.mark.rule("R10")
@pytest.mark.parametrize("who", PEOPLE)
async def test_a_report_counts_what_the_lists_hold_from_the_index_as_from_the_systems(
    asked: Ask, standing: list[Starlette], who: str
) -> None:
    indexed = await asked(QUERY, who=who, **PERIOD)
    gateway = standing[1].state.gateway
    known = gateway.facts
    object.__setattr__(gateway, "facts", FactsOfViewers(None, gateway.clock))  # as where there is no index
    try:
        live = await asked(QUERY, who=who, gateway=1, **PERIOD)
    finally:
        object.__setattr__(gateway, "facts", known)
    lists = await asked(LISTS, who=who)
    created = [
        case
        for case in lists["cases"]["nodes"]
        if case["createdAt"] and datetime.fromisoformat(case["createdAt"]) >= datetime.now(UTC) - timedelta(days=399)
    ]
    told = live["caseStatistics"]
    assert abs(told["total"] - len(created)) <= 2, "a day more or less, at the period's ends"
    assert sum(each["count"] for each in told["byStatus"]) == told["total"]
    assert sum(each["created"] for each in told["byMonth"]) == told["total"]
    every = Counter(case["status"] for case in lists["cases"]["nodes"])
    assert sum(each["count"] for each in told["openByAge"]) == sum(
        count for status, count in every.items() if status in ("NEW", "IN_PROGRESS", "SUBMITTED", "REFUSED")
    )
    in_service = {row["assetId"] for row in lists["installedProducts"]["nodes"] if row["status"] != "INACTIVE"}
    fleet = live["fleetStatistics"]
    assert fleet["assetCount"] == sum(row["status"] != "INACTIVE" for row in lists["installedProducts"]["nodes"])
    assert {row["installedProduct"]["assetId"] for row in fleet["assets"]} <= in_service
    coverage = fleet["coverage"]
    assert coverage["byContract"] + coverage["byWarranty"] + coverage["uncovered"] == fleet["assetCount"]
    assert coverage["endingIn30Days"] <= coverage["endingIn90Days"] <= coverage["endingIn180Days"]
    for name, value in without_time(live["caseStatistics"]).items():
        assert indexed["caseStatistics"][name] == value, name
    assert without_time(indexed) == without_time(live)
    if fleet["availability"] is not None:
        assert indexed["fleetStatistics"]["availability"] == pytest.approx(fleet["availability"], abs=0.05)


async def test_the_parts_by_account_are_the_whole(asked: Ask) -> None:
    whole = await asked(QUERY, who=MANAGER, **PERIOD)
    accounts = (await asked(LISTS, who=MANAGER))["accounts"]["nodes"]
    parts = [await asked(QUERY, who=MANAGER, accounts=[account["id"]], **PERIOD) for account in accounts]
    assert sum(part["caseStatistics"]["total"] for part in parts) == whole["caseStatistics"]["total"]
    assert sum(part["fleetStatistics"]["assetCount"] for part in parts) == whole["fleetStatistics"]["assetCount"]
    named = {each["account"]["name"]: each["count"] for each in whole["caseStatistics"]["byAccount"]}
    assert named == {
        account["name"]: part["caseStatistics"]["total"]
        for account, part in zip(accounts, parts, strict=True)
        if part["caseStatistics"]["total"]
    }


async def test_with_an_index_no_system_is_asked_for_cases(
    ask: Ask, gateways: list[Starlette], own_systems: Systems
) -> None:
    await gateways[0].state.gateway.indexing.look()
    for conduct in own_systems.conducts.values():
        conduct.calls.clear()
    await ask(QUERY, who=MANAGER, **PERIOD)
    calls = own_systems.calls()
    assert "sap" not in calls
    assert "contracts" not in calls


@pytest.mark.rule("R10")
async def test_kept_facts_are_of_the_same_rights_alone(ask: Ask, gateways: list[Starlette]) -> None:
    gateway = gateways[0].state.gateway
    await gateway.indexing.look()
    before = (await ask(QUERY, who=MANAGER, **PERIOD))["fleetStatistics"]["assetCount"]
    assert isinstance(gateway.facts, FactsOfViewers)
    user = await gateway.sources.people.users.by_email(MANAGER)
    await gateway.sources.people.users.change(user, EVENT, accounts=frozenset({"7100020"}))
    after = (await ask(QUERY, who=MANAGER, **PERIOD))["fleetStatistics"]["assetCount"]
    assert 0 < after < before


@pytest.mark.rule("R11")
async def test_the_helpdesk_counts_nothing(standing: list[Starlette], bearer: Callable[[str], dict[str, str]]) -> None:
    async with client_of(standing[0]) as client:
        asked = {"query": QUERY, "variables": PERIOD}
        answer = await client.post("/graphql", json=asked, headers=bearer("helpdesk@maker.example"))
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {"FORBIDDEN"}
