"""What hangs on accounts, locations and equipment: each object leads to what is its own, as far as the rules allow."""

from collections.abc import Iterable

import pytest

from tests.oracle import has_visit
from tests.portal import Portal
from tests.seen import Row, everything, key_of, nodes, rows, warranty_key
from tests.watchers import READERS, sight_of


def names(found: Iterable[Row], field: str) -> list[str]:
    return sorted(row[field] for row in found)


def name_of(row: Row | None, field: str) -> str | None:
    return None if row is None else row[field]


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R2")
async def test_an_account_leads_to_the_accounts_above_and_below_that_are_assigned(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    keys = {account.key: account.name for account in sight.assigned}
    seen = {
        row["name"]: (name_of(row["parent"], "name"), [child["name"] for child in row["children"]])
        for row in rows(await everything(portal, who), "accounts")
    }
    assert seen == {
        account.name: (
            keys.get(account.parent or "") if account in sight.assigned else None,
            sorted(child.name for child in sight.children(account)),
        )
        for account in sight.accounts
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R11")
async def test_an_account_leads_to_its_equipment_cases_and_contracts(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    seen = {
        row["name"]: (
            names(nodes(row["locations"]), "description"),
            names(nodes(row["installedProducts"]), "installedProductNumber"),
            names(nodes(row["cases"]), "sapNotificationNumber"),
            names(nodes(row["serviceContracts"]), "number"),
        )
        for row in rows(await everything(portal, who), "accounts")
    }
    assert seen == {
        account.name: (
            sorted(location.name for location in sight.locations if location.account == account.key),
            sorted(asset.name for asset in sight.assets if asset.owner == account.key),
            sorted(case.number for case in sight.cases_of_account(account)),
            sorted(contract.number for contract in sight.contracts_of(account)),
        )
        for account in sight.accounts
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R4")
async def test_a_related_account_shows_its_name_and_number_and_nothing_else(portal: Portal, who: str) -> None:
    related = {account.name: account.number for account in sight_of(portal, who).related}
    seen = [row for row in rows(await everything(portal, who), "accounts") if row["access"] == "RELATED"]
    assert {row["name"]: row["number"] for row in seen} == related
    told = {"id", "name", "number", "access", "accessLabel", "provenance"}
    for row in seen:
        lists = {field: value for field, value in row.items() if field not in told}
        assert {field: value["nodes"] if isinstance(value, dict) else value for field, value in lists.items()} == {
            field: [] if field in LISTS_OF_ACCOUNT else None for field in lists
        }


LISTS_OF_ACCOUNT = ("children", "locations", "installedProducts", "cases", "serviceContracts")


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R11")
async def test_a_location_leads_to_what_stands_there_and_to_what_is_wrong_with_it(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    accounts = {account.key: account.name for account in sight.assigned}
    locations = {location.key: location.name for location in sight.locations}
    seen = {
        row["description"]: (
            name_of(row["account"], "name"),
            name_of(row["parent"], "description"),
            names(nodes(row["installedProducts"]), "installedProductNumber"),
            names(nodes(row["cases"]), "sapNotificationNumber"),
        )
        for row in rows(await everything(portal, who), "locations")
    }
    standing = {key: [asset for asset in sight.assets if asset.location == key] for key in locations}
    assert seen == {
        location.name: (
            accounts[location.account],
            locations.get(location.parent or ""),
            sorted(asset.name for asset in standing[location.key]),
            sorted(case.number for asset in standing[location.key] for case in sight.cases_of(asset)),
        )
        for location in sight.locations
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R11")
async def test_an_asset_leads_to_its_owner_and_location_where_they_are_the_viewer_s(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    owners = {account.key: account.name for account in sight.assigned}
    places = {location.key: location.name for location in sight.locations}
    seen = {
        row["installedProductNumber"]: (
            name_of(row["account"], "name"),
            name_of(row["location"], "description"),
            row["functionalLocationDescription"],
        )
        for row in rows(await everything(portal, who), "installedProducts")
    }
    assert seen == {
        asset.name: (owners.get(asset.owner or ""), places.get(asset.location or ""), places.get(asset.location or ""))
        for asset in sight.assets
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("F5")
@pytest.mark.rule("R11")
async def test_an_asset_leads_to_its_cases_its_archived_cases_and_its_visits(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    seen = {
        row["installedProductNumber"]: (
            names(nodes(row["cases"]), "sapNotificationNumber"),
            names(nodes(row["caseArchive"]), "number"),
            sorted(map(key_of, row["visits"])),
        )
        for row in rows(await everything(portal, who), "installedProducts")
    }
    assert seen == {
        asset.name: (
            sorted(case.number for case in sight.cases_of(asset)),
            sorted(old.number for old in sight.archived_cases if old.equipment == asset.equipment),
            sorted(order.number for order in sight.orders_of(asset) if has_visit(order)),
        )
        for asset in sight.assets
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R4")
@pytest.mark.rule("R11")
async def test_an_asset_leads_to_the_contract_lines_in_force_and_the_warranties_that_cover_it(
    portal: Portal, who: str
) -> None:
    sight = sight_of(portal, who)
    seen = {
        row["installedProductNumber"]: (
            names(row["contracts"], "number"),
            sorted((line["contractNumber"], line["number"]) for line in row["contractLines"]),
            sorted(map(key_of, row["warranties"])),
        )
        for row in rows(await everything(portal, who), "installedProducts")
    }
    assert seen == {
        asset.name: (
            sorted({contract.number for contract, _ in sight.covering(asset)}),
            sorted((contract.number, line.number) for contract, line in sight.covering(asset)),
            sorted(warranty_key(each) for each in sight.warranties if each.equipment == asset.equipment),
        )
        for asset in sight.assets
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("F4")
@pytest.mark.rule("V26")
async def test_an_asset_s_state_and_entitlement_follow_from_what_the_viewer_sees_of_it(
    portal: Portal, who: str
) -> None:
    sight = sight_of(portal, who)
    answer = await everything(portal, who)
    seen = {
        row["installedProductNumber"]: (row["operationalState"], row["uptimeReportEntitled"])
        for row in rows(answer, "installedProducts")
    }
    assert seen == {
        asset.name: (sight.operational_state(asset), sight.uptime_report_entitled(asset)) for asset in sight.assets
    }
