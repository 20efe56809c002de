"""Filters of cases, held against the same question asked of the story's tables (F3)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.world.model import Case, World
from tests.portal import Portal
from tests.schema.filtering import ANALYST, BOTH, Matches, check, found, holds

ZONES = {"CET": ZoneInfo("Europe/Berlin"), "EST": ZoneInfo("America/New_York")}


def case_status(row: Case) -> str:
    if row.phase == "4":
        return "CLOSED" if "CLSD" in row.system_status.split() else "RESOLVED"
    return {"1": "NEW", "2": "NEW", "3": "IN_PROGRESS"}[row.phase]


def created(row: Case) -> datetime:
    return row.created.replace(tzinfo=ZONES.get(row.zone, UTC)).astimezone(UTC)


def case_holds(text: str) -> Matches:
    return lambda row: holds(text, row.text, row.number, row.external_reference)


CASES: list[tuple[dict[str, Any], Matches]] = [
    ({"numbers": ["300000101", "PN-2026-000106", "1"]}, lambda row: row.number in ("300000101", "300000106")),
    ({"numbers": ["300000106"]}, lambda row: row.number == "300000106"),
    ({"open": True}, lambda row: row.phase != "4"),
    ({"open": False}, lambda row: row.phase == "4"),
    ({"open": True, "status": ["NEW", "CLOSED"]}, lambda row: case_status(row) == "NEW"),
    ({"status": ["NEW"]}, lambda row: case_status(row) == "NEW"),
    ({"status": ["RESOLVED"]}, lambda row: case_status(row) == "RESOLVED"),
    ({"status": ["CLOSED", "IN_PROGRESS"]}, lambda row: case_status(row) in ("CLOSED", "IN_PROGRESS")),
    ({"priority": ["URGENT_NEED", "SYSTEM_DOWN"]}, lambda row: row.priority in ("1", "2")),
    ({"priority": ["SYSTEM_RESTRICTED"]}, lambda row: row.priority == "3"),
    ({"priority": ["INTERMITTENT_PROBLEM", "SCHEDULED"]}, lambda row: row.priority in ("4", "5")),
    ({"eventType": ["CORRECTIVE_MAINTENANCE"]}, lambda row: row.kind == "S1"),
    ({"eventType": ["PLANNED_MAINTENANCE", "INSTALLATION"]}, lambda row: row.kind in ("S2", "S4")),
    ({"eventType": ["CUSTOMER_MODIFICATION_ORDER"]}, lambda row: row.kind == "S3"),
    ({"eventType": ["APPLICATION_SUPPORT", "CUSTOMER_INFORMATION"]}, lambda row: row.kind in ("S5", "S6")),
    ({"eventType": ["REFURBISHMENT_UNDER_CONTRACT"]}, lambda row: row.kind == "S7"),
    ({"origin": ["PHONE"]}, lambda row: row.origin == "P"),
    ({"origin": ["WEB"]}, lambda row: row.origin == "W"),
    (
        {"open": True, "priority": ["SYSTEM_DOWN"], "text": "mr"},
        lambda row: row.phase != "4" and row.priority == "2" and case_holds("mr")(row),
    ),
    *(({"text": text}, case_holds(text)) for text in ["BŁĄD", "błąd", "pęknięta", "PĘKNIĘTA", "pn-2026-", "3000001"]),
    *(({"text": text}, case_holds(text)) for text in ["%", "_", "\\", "100%_\\", "'", "O'Brien", "<B>", "&", " 🩻"]),
]


@BOTH
@pytest.mark.parametrize(("given", "matches"), CASES, ids=lambda part: str(part) if isinstance(part, dict) else "")
async def test_cases(portal: Portal, story: World, who: str, given: dict[str, Any], matches: Matches) -> None:
    await check(portal, who, "cases", story.cases, given, matches)


@BOTH
@pytest.mark.parametrize("attribute", ["created", "updated"])
async def test_cases_from_an_instant_to_before_another(portal: Portal, story: World, who: str, attribute: str) -> None:
    at: Callable[[Case], datetime] = created if attribute == "created" else lambda row: row.changed
    instants = sorted(at(row) for row in story.cases)
    start, end = instants[20], instants[-20]
    for given, matches in (
        ({f"{attribute}From": start}, lambda row: at(row) >= start),
        ({f"{attribute}To": end}, lambda row: at(row) < end),
        ({f"{attribute}From": start, f"{attribute}To": end}, lambda row: start <= at(row) < end),
        ({f"{attribute}From": end, f"{attribute}To": end + timedelta(seconds=1)}, lambda row: at(row) == end),
    ):
        asked = {name: value.isoformat() for name, value in given.items()}
        await check(portal, who, "cases", story.cases, asked, matches)


@BOTH
async def test_an_instant_counts_in_whatever_zone_it_is_given(portal: Portal, who: str) -> None:
    """…119 was registered at 23:30 in New York, …120 at 00:15 UTC."""
    in_utc = created(next(row for row in portal.world.cases if row.number == "300000120"))
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        start = in_utc.astimezone(ZoneInfo(zone))
        given = {"createdFrom": start.isoformat(), "createdTo": (start + timedelta(seconds=1)).isoformat()}
        expected = {("300000120",)} if who == ANALYST else set()
        assert await found(portal, who, "cases", given) == expected


@BOTH
@pytest.mark.parametrize("name", ["createdFrom", "createdTo", "updatedFrom", "updatedTo"])
@pytest.mark.parametrize("instant", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_an_instant_without_a_zone_or_out_of_the_calendar_is_refused_by_name(
    portal: Portal, who: str, name: str, instant: str
) -> None:
    query = "query($f: CaseFilter) { cases(filter: $f) { totalCount } }"
    (error,) = (await portal.ask(who, query, f={name: instant})).errors
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_INPUT", f"filter.{name}")


@BOTH
@pytest.mark.parametrize("modality", ["MR", "CT", "US", "IXR", "OTHER"])
async def test_cases_by_the_modality_of_their_equipment(portal: Portal, story: World, who: str, modality: str) -> None:
    assets = await found_assets(portal, who, {"modality": [modality]})
    await check(portal, who, "cases", story.cases, {"modality": [modality]}, lambda row: row.equipment in assets)


@BOTH
async def test_cases_by_their_equipment_its_location_and_its_owner(portal: Portal, story: World, who: str) -> None:
    query = """{ installedProduct(assetId: "10000005") { id location { id } account { id } } }"""
    asset = (await portal.data(who, query))["installedProduct"]
    own = {"installedProductIds": [asset["id"]]}
    await check(portal, who, "cases", story.cases, own, lambda row: row.equipment == "10000005")
    await check(portal, who, "cases", story.cases, {"assetIds": ["10000005"]}, lambda row: row.equipment == "10000005")
    there = {"locationIds": [asset["location"]["id"]]}
    at_location = {row.equipment for row in story.assets if row.location == "l-cardio"}
    await check(portal, who, "cases", story.cases, there, lambda row: row.equipment in at_location)
    theirs = {"accountIds": [asset["account"]["id"]]}
    owned = {row.equipment for row in story.assets if row.owner == "north-cardio"}
    await check(portal, who, "cases", story.cases, theirs, lambda row: row.equipment in owned)
    await check(portal, who, "cases", story.cases, {**own, **there, **theirs}, lambda row: row.equipment == "10000005")


@pytest.mark.rule("R11")
@BOTH
async def test_cases_without_an_asset_go_by_the_account_they_were_sold_to(
    portal: Portal, story: World, who: str
) -> None:
    account = (await portal.data(who, '{ account(number: "7100020") { id } }'))["account"]["id"]
    owned = {row.equipment for row in story.assets if row.owner == "north-gdynia" and row.equipment}
    known = {row.equipment for row in story.assets if row.equipment}

    def matches(row: Case) -> bool:
        return row.equipment in owned or (row.equipment not in known and row.sold_to == "7100020")

    await check(portal, who, "cases", story.cases, {"accountIds": [account]}, matches)
    assert ("300000113",) in await found(portal, who, "cases", {"accountIds": [account]})


async def found_assets(portal: Portal, who: str, given: dict[str, Any]) -> set[str | None]:
    query = "query($f: InstalledProductFilter) { installedProducts(filter: $f, first: 1000) { nodes { assetId } } }"
    nodes = (await portal.data(who, query, f=given))["installedProducts"]["nodes"]
    return {node["assetId"] for node in nodes if node["assetId"]}
