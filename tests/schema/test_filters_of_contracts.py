"""Filters of contracts and warranties, held against the same question asked of the story's tables (F3)."""

from datetime import date, timedelta
from typing import Any

import pytest

from fixtures.world.model import Contract, World
from tests.portal import Portal
from tests.schema.filtering import BOTH, MANAGER, Matches, check, found, holds


def expiry(ends: date | None, today: date) -> str | None:
    if ends is None:
        return None
    days = (ends - today).days
    return "GREEN" if days > 90 else "YELLOW" if days >= 30 else "RED"


def end_of(row: Contract) -> date | None:
    return row.cancelled_on or row.ends


def contract_holds(text: str) -> Matches:
    return lambda row: holds(text, row.number, row.text, row.purchase_order)


CONTRACTS: list[tuple[dict[str, Any], Matches]] = [
    ({"numbers": ["40000029", "40000123", "1"]}, lambda row: row.number in ("40000029", "40000123")),
    ({"status": ["ACTIVE"]}, lambda row: row.status == "ACTV"),
    ({"status": ["EXPIRED", "CANCELLED"]}, lambda row: row.status in ("EXPD", "CANC")),
    ({"accountNumbers": ["7100030"]}, lambda row: "7100030" in (row.sold_to, row.ship_to)),
    (
        {"accountNumbers": ["7300001", "7200020"]},
        lambda row: not {"7300001", "7200020"}.isdisjoint((row.sold_to, row.ship_to)),
    ),
    *(({"text": text}, contract_holds(text)) for text in ["umowa", "UMOWA", "łódź", "ŁÓDŹ", "ml-7", "4000003"]),
    *(({"text": text}, contract_holds(text)) for text in ["%", "_", "\\", "100%_\\", " "]),
]


@BOTH
@pytest.mark.parametrize(("given", "matches"), CONTRACTS, ids=lambda part: str(part) if isinstance(part, dict) else "")
async def test_contracts(portal: Portal, story: World, who: str, given: dict[str, Any], matches: Matches) -> None:
    await check(portal, who, "serviceContracts", story.contracts, given, matches)


@BOTH
async def test_contracts_by_an_asset_that_a_line_covers(portal: Portal, story: World, who: str) -> None:
    def matches(row: Contract) -> bool:
        return any(line.equipment == "10000025" and not line.rejected for line in row.lines)

    await check(portal, who, "serviceContracts", story.contracts, {"assetIds": ["10000025"]}, matches)


@pytest.mark.rule("R11")
async def test_a_hidden_line_gives_no_hint_of_its_asset(portal: Portal) -> None:
    """40000122 is North's, its line 20 covers South's a30: North does not find it by that asset."""
    assert await found(portal, MANAGER, "serviceContracts", {"assetIds": ["10000030"]}) == set()


@pytest.mark.rule("V25")
@BOTH
@pytest.mark.parametrize("status", ["GREEN", "YELLOW", "RED"])
async def test_contracts_and_warranties_by_expiry(portal: Portal, story: World, who: str, status: str) -> None:
    given = {"expiryStatus": [status]}

    def contract(row: Contract) -> bool:
        return expiry(end_of(row), story.today) == status

    await check(portal, who, "serviceContracts", story.contracts, given, contract)
    known = story_equipment(story)
    await check(
        portal,
        who,
        "warranties",
        story.warranties,
        given,
        lambda row: row.equipment in known and expiry(row.ends, story.today) == status,
    )


@BOTH
@pytest.mark.parametrize(("start", "end"), [(30, None), (None, 30), (-20, 91), (29, 29)])
async def test_contracts_and_warranties_by_the_day_they_end_both_days_included(
    portal: Portal, story: World, who: str, start: int | None, end: int | None
) -> None:
    first = None if start is None else story.today + timedelta(start)
    last = None if end is None else story.today + timedelta(end)
    given = {name: day.isoformat() for name, day in (("endsFrom", first), ("endsTo", last)) if day is not None}

    def within(ends: date | None) -> bool:
        return ends is not None and (first is None or ends >= first) and (last is None or ends <= last)

    await check(portal, who, "serviceContracts", story.contracts, given, lambda row: within(end_of(row)))
    await check(portal, who, "warranties", story.warranties, given, lambda row: within(row.ends))


def story_equipment(story: World) -> set[str | None]:
    return {row.equipment for row in story.assets}


@BOTH
async def test_warranties_by_account_and_by_asset(portal: Portal, story: World, who: str) -> None:
    numbers = {"accountNumbers": ["7300001", "7100012"]}
    await check(portal, who, "warranties", story.warranties, numbers, lambda row: row.account in ("7300001", "7100012"))
    assets = {"assetIds": ["10000004", "10000014"]}
    await check(
        portal, who, "warranties", story.warranties, assets, lambda row: row.equipment in ("10000004", "10000014")
    )


@BOTH
async def test_contracts_and_warranties_by_the_ids_of_accounts_and_equipment(
    portal: Portal, story: World, who: str
) -> None:
    query = """{ account(number: "7100012") { id } installedProduct(assetId: "10000004") { id } }"""
    ids = await portal.data(who, query)
    account = {"accountIds": [ids["account"]["id"]]}
    asset = {"installedProductIds": [ids["installedProduct"]["id"]]}

    def covers(row: Contract) -> bool:
        return any(line.equipment == "10000004" and not line.rejected for line in row.lines)

    def party(row: Contract) -> bool:
        return "7100012" in (row.sold_to, row.ship_to)

    contracts, warranties = story.contracts, story.warranties
    await check(portal, who, "serviceContracts", contracts, account, party)
    await check(portal, who, "serviceContracts", contracts, asset, covers)
    await check(portal, who, "warranties", warranties, account, lambda row: row.account == "7100012")
    await check(portal, who, "warranties", warranties, asset, lambda row: row.equipment == "10000004")
    neither = {**asset, "assetIds": ["10000014"]}
    assert await found(portal, who, "serviceContracts", neither) == set()


@pytest.mark.rule("R10")
async def test_ids_of_another_customer_find_no_contract(portal: Portal) -> None:
    query = """{ account(number: "7200020") { id } installedProduct(assetId: "10000030") { id } }"""
    ids = await portal.data("analyst@maker.example", query)
    for given in (
        {"installedProductIds": [ids["installedProduct"]["id"]]},
        {"accountIds": [ids["account"]["id"]], "numbers": ["40000122"]},
    ):
        assert await found(portal, MANAGER, "serviceContracts", given) == set()
