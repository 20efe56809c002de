"""Filters of accounts, locations and equipment, held against the same question asked of the story's tables (F3)."""

from typing import Any

import pytest

from fixtures.world.model import Asset, World
from tests.portal import Portal
from tests.schema.filtering import ANALYST, BOTH, MANAGER, Matches, check, found, holds


def account_holds(text: str) -> Matches:
    return lambda row: holds(text, row.name, row.number, row.city)


ACCOUNTS: list[tuple[dict[str, Any], Matches]] = [
    ({"numbers": ["7100012", "7200010", "1"]}, lambda row: row.number in ("7100012", "7200010")),
    *(({"text": text}, account_holds(text)) for text in ["SZPITAL", "gdańsk", "ŁÓDŹ", "łódź", "71000", "  Wien ", "ü"]),
    *(({"text": text}, account_holds(text)) for text in ["%", "_", "\\", "100%_Zdrowia \\", "'", "O'Brien & P"]),
]


@BOTH
@pytest.mark.parametrize(("given", "matches"), ACCOUNTS, ids=lambda part: str(part) if isinstance(part, dict) else "")
async def test_accounts(portal: Portal, story: World, who: str, given: dict[str, Any], matches: Matches) -> None:
    # Of a related account only name and number are known: the assigned ones are compared.
    await check(portal, who, "accounts", story.accounts, given, matches, among={"access": "ASSIGNED"})


@pytest.mark.rule("R4")
async def test_accounts_by_how_they_are_seen(portal: Portal) -> None:
    whole = await found(portal, MANAGER, "accounts", None)
    assigned = await found(portal, MANAGER, "accounts", {"access": "ASSIGNED"})
    related = await found(portal, MANAGER, "accounts", {"access": "RELATED"})
    assert assigned | related == whole
    assert not assigned & related
    assert ("MedLease Finance S.A.",) in related
    assert await found(portal, ANALYST, "accounts", {"access": "RELATED"}) == set()


@pytest.mark.rule("R4")
async def test_a_related_account_is_found_by_its_name_and_number_and_by_nothing_else_of_it(portal: Portal) -> None:
    lease = {("MedLease Finance S.A.",)}
    assert await found(portal, MANAGER, "accounts", {"text": "medlease"}) == lease
    assert await found(portal, MANAGER, "accounts", {"numbers": ["7300001"]}) == lease
    assert await found(portal, MANAGER, "accounts", {"text": "Warszawa"}) == set()  # its city


def location_holds(text: str) -> Matches:
    return lambda row: holds(text, row.name, row.functional_location, row.city)


@BOTH
@pytest.mark.parametrize(
    "text", ["pracownia", "ŁÓDŹ", "gdynia", "n-gda-rad", "50%_A", "%", "_", "\\", "<3>", "N-GDA", "Ż", "'"]
)
async def test_locations_by_text(portal: Portal, story: World, who: str, text: str) -> None:
    await check(portal, who, "locations", story.locations, {"text": text}, location_holds(text))


def words(world: World) -> dict[str, tuple[str, str]]:
    """Name and family of each product."""
    return {product.code: (product.name, product.family) for product in world.products}


def status(row: Asset) -> str:
    return {"Installed": "ACTIVE", "Shipped": "ACTIVE", "On Loan": "OTHER"}.get(row.status, "INACTIVE")


ASSETS: list[tuple[dict[str, Any], Matches]] = [
    ({"assetIds": ["10000001", "10000026", "1"]}, lambda row: row.equipment in ("10000001", "10000026")),
    ({"serialNumbers": ["SN%22_A\\B", "O'B-035"]}, lambda row: row.serial in ("SN%22_A\\B", "O'B-035")),
    ({"technicalIds": ["TID-MR30-0001"]}, lambda row: row.technical_id == "TID-MR30-0001"),
    ({"installedProductNumbers": ["IP-00000015"]}, lambda row: row.name == "IP-00000015"),
    ({"status": ["ACTIVE"]}, lambda row: status(row) == "ACTIVE"),
    ({"status": ["INACTIVE", "OTHER"]}, lambda row: status(row) != "ACTIVE"),
]


@BOTH
@pytest.mark.parametrize(("given", "matches"), ASSETS, ids=lambda part: str(part) if isinstance(part, dict) else "")
async def test_installed_products(
    portal: Portal, story: World, who: str, given: dict[str, Any], matches: Matches
) -> None:
    await check(portal, who, "installedProducts", story.assets, given, matches)


@BOTH
@pytest.mark.parametrize("modality", ["MR", "CT", "US", "IXR", "OTHER"])
async def test_installed_products_by_modality(portal: Portal, story: World, who: str, modality: str) -> None:
    family = {code: family for code, (_, family) in words(story).items()}
    named = ("MR", "CT", "US", "IXR")

    def matches(row: Asset) -> bool:
        mine = family.get(row.product or "")
        return mine == modality or (modality == "OTHER" and mine is not None and mine not in named)

    await check(portal, who, "installedProducts", story.assets, {"modality": [modality]}, matches)


@BOTH
async def test_installed_products_by_installation_date_both_days_included(
    portal: Portal, story: World, who: str
) -> None:
    days = sorted({row.installed for row in story.assets if row.installed is not None})
    start, end = days[1], days[-2]
    for given, matches in (
        ({"installedFrom": start}, lambda row: row.installed is not None and row.installed >= start),
        ({"installedTo": end}, lambda row: row.installed is not None and row.installed <= end),
        (
            {"installedFrom": start, "installedTo": end},
            lambda row: row.installed is not None and start <= row.installed <= end,
        ),
        ({"installedFrom": start, "installedTo": start}, lambda row: row.installed == start),
    ):
        asked = {name: value.isoformat() for name, value in given.items()}
        await check(portal, who, "installedProducts", story.assets, asked, matches)


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "meridian",
        "SONARA",
        "ip-0000001",
        "10000001",
        "tid-",
        "TAG-01",
        "%",
        "_",
        "\\",
        "'",
        "<b>",
        "sn%22_a\\b",
        "spect",
    ],
)
async def test_installed_products_by_text(portal: Portal, story: World, who: str, text: str) -> None:
    description = {code: name for code, (name, _) in words(story).items()}

    def matches(row: Asset) -> bool:
        searched = (row.equipment, row.serial, row.technical_id, row.name, row.tag)
        return holds(text, description.get(row.product or ""), *searched)

    await check(portal, who, "installedProducts", story.assets, {"text": text}, matches)


@pytest.mark.rule("F4")
@BOTH
@pytest.mark.parametrize("state", ["RUNNING", "RESTRICTED", "DOWN", "NOT_IN_SERVICE", "UNKNOWN"])
async def test_installed_products_by_operational_state_are_those_that_say_so(
    portal: Portal, who: str, state: str
) -> None:
    query = "{ installedProducts(first: 1000) { nodes { installedProductNumber operationalState } } }"
    nodes = (await portal.data(who, query))["installedProducts"]["nodes"]
    expected = {(node["installedProductNumber"],) for node in nodes if node["operationalState"] == state}
    assert expected
    assert await found(portal, who, "installedProducts", {"operationalState": [state]}) == expected
