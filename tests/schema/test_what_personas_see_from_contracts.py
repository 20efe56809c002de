"""What contracts and warranties show: all to those who bought them, a line to those whose equipment it covers."""

import pytest

from fixtures.world.model import Account
from tests.oracle import OPEN_ENDED, end_of
from tests.portal import Portal
from tests.seen import Row, everything, key_of, rows, warranty_key
from tests.watchers import READERS, sight_of

Named = tuple[str | None, str | None]


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R11")
async def test_a_contract_shows_the_permitted_lines_and_hides_whose_equipment_the_others_cover(
    portal: Portal, who: str
) -> None:
    sight = sight_of(portal, who)
    seen = {
        row["number"]: [
            (line["number"], line["description"], line["assetId"], line["serialNumber"], _asset_name(line))
            for line in row["lines"]
        ]
        for row in rows(await everything(portal, who), "serviceContracts")
    }
    assert seen == {
        contract.number: [
            (
                line.number,
                line.text,
                line.equipment or None if sight.names_asset(line) else None,
                line.serial or None if sight.names_asset(line) else None,
                asset.name if (asset := sight.asset(line.equipment)) else None,
            )
            for line in sight.lines(contract)
        ]
        for contract in sight.contracts
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R4")
async def test_the_parties_of_a_contract_are_named_whole_or_by_name_and_number(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    seen = {
        row["number"]: (row["soldToNumber"], row["shipToNumber"], _told(row["soldTo"]), _told(row["shipTo"]))
        for row in rows(await everything(portal, who), "serviceContracts")
    }

    def party(number: str) -> Named | None:
        account = sight.account(number)
        return None if account is None else (account.name, _city(sight.assigned, account))

    assert seen == {
        contract.number: (contract.sold_to, contract.ship_to, party(contract.sold_to), party(contract.ship_to))
        for contract in sight.contracts
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("V25")
async def test_ends_are_told_by_the_viewer_s_own_date(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    answer = await everything(portal, who)
    seen = {
        row["number"]: (_ends(row), {line["number"]: _ends(line) for line in row["lines"]})
        for row in rows(answer, "serviceContracts")
    }
    assert seen == {
        contract.number: (
            (sight.expiry_status(end_of(contract)), end_of(contract) == OPEN_ENDED),
            {line.number: (sight.expiry_status(line.ends), line.ends == OPEN_ENDED) for line in sight.lines(contract)},
        )
        for contract in sight.contracts
    }
    assert {key_of(row): _ends(row) for row in rows(answer, "warranties")} == {
        warranty_key(each): (sight.expiry_status(each.ends), each.ends == OPEN_ENDED) for each in sight.warranties
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R4")
async def test_a_warranty_names_the_account_that_holds_it_whole_or_by_name_and_number(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    seen = {
        key_of(row): (_asset_name(row), row["accountNumber"], _told(row["account"]))
        for row in rows(await everything(portal, who), "warranties")
    }
    assert seen == {
        warranty_key(each): (
            asset.name if (asset := sight.asset(each.equipment)) else None,
            each.account or None,
            (account.name, _city(sight.assigned, account)) if (account := sight.account(each.account)) else None,
        )
        for each in sight.warranties
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R4")
async def test_a_party_that_is_named_is_a_related_account_of_the_list(portal: Portal, who: str) -> None:
    """What a contract or warranty names, the account list has; and it has no related account that nothing names."""
    answer = await everything(portal, who)
    listed = {row["id"] for row in rows(answer, "accounts") if row["access"] == "RELATED"}
    assigned = {row["id"] for row in rows(answer, "accounts")} - listed
    named = {
        party["id"]
        for row in [*rows(answer, "serviceContracts"), *rows(answer, "warranties")]
        for party in (row.get("soldTo"), row.get("shipTo"), row.get("account"))
        if party is not None
    }
    assert named - assigned == listed


def _told(party: Row | None) -> Named | None:
    """The name, and something that only a whole account shows."""
    return None if party is None else (party["name"], party["city"])


def _city(assigned: list[Account], account: Account) -> str | None:
    return account.city if account in assigned else None


def _ends(row: Row) -> tuple[str | None, bool]:
    return row["expiryStatus"], row["openEnded"]


def _asset_name(row: Row) -> str | None:
    asset: Row | None = row["installedProduct"]
    return None if asset is None else asset["installedProductNumber"]
