"""Every connector of the port `Contracts`: service contracts with their lines, and warranties."""

from typing import cast

import pytest

from connectors.ports import Contracts
from connectors.queries import AccountScope, ContractQuery, Rows, WarrantyQuery
from tests.connector_kit.expectations import EVERYONE, NOBODY, by_key, keys_of
from tests.connector_kit.harness import harnesses_of
from tests.connector_kit.lab import Lab, System
from tests.connector_kit.reads import CONTRACTS, WARRANTIES, Read

ContractSystem = System[Contracts]

SOMEBODY = AccountScope(account_numbers=frozenset({"7100010"}))
READS = (CONTRACTS, WARRANTIES)

every_read = pytest.mark.parametrize("read", READS, ids=lambda read: read.name)


@pytest.fixture(params=harnesses_of(Contracts), ids=lambda harness: harness.name)
async def system(request: pytest.FixtureRequest, lab: Lab) -> ContractSystem:
    return cast(ContractSystem, await lab.system(request.param))


@every_read
@pytest.mark.rule("R11")
async def test_a_read_that_names_no_keys_is_a_programming_error(system: ContractSystem, read: Read) -> None:
    for scope in (EVERYONE, SOMEBODY):
        with pytest.raises(ValueError, match="at least one"):
            await read.asked_of(system)(read.query(scope))
    assert system.conduct.calls == []


@every_read
@pytest.mark.rule("R2")
async def test_who_may_see_nothing_is_answered_without_a_call(system: ContractSystem, read: Read) -> None:
    assert await read.asked_of(system)(read.query(NOBODY)) == Rows()
    assert system.conduct.calls == []


@every_read
@pytest.mark.rule("R4")
async def test_the_scope_hides_no_other_accounts_contract_of_an_asset(system: ContractSystem, read: Read) -> None:
    """Who sees an asset sees its contract and warranty, whosever they are: the caller decides, by the asset."""
    assets = read.known_keys(system.facts, "asset_ids")[:40]
    await read.assert_answered(system, read.query(SOMEBODY, {"asset_ids": assets}))


async def test_a_contract_found_by_one_asset_comes_with_all_its_lines(system: ContractSystem) -> None:
    largest = max(system.facts.contracts, key=lambda row: len(row.lines))
    assert len(largest.lines) > 10
    answer = await system.connector.contracts(
        ContractQuery(scope=EVERYONE, asset_ids=(largest.lines[3].asset_id or "",))
    )
    assert by_key(answer.rows)[largest.number].lines == largest.lines


async def test_a_contract_found_by_several_keys_of_several_calls_comes_once_and_whole(system: ContractSystem) -> None:
    """Its lines' assets are spread over calls of 200 keys."""
    unknown = iter(range(55_000_000, 56_000_000))
    assets = CONTRACTS.known_keys(system.facts, "asset_ids")
    spread = [key for asset in assets[:12] for key in (asset, *(str(next(unknown)) for _ in range(60)))]
    await CONTRACTS.assert_answered(system, ContractQuery(scope=EVERYONE, asset_ids=tuple(spread)))
    assert len(system.calls()) > 2


async def test_criteria_are_applied_together(system: ContractSystem) -> None:
    facts = system.facts
    numbers, assets = keys_of(facts.contracts, "number"), CONTRACTS.known_keys(facts, "asset_ids")
    accounts = CONTRACTS.known_keys(facts, "account_numbers")
    for criteria in (
        {"numbers": numbers[:20], "account_numbers": accounts[:3]},
        {"asset_ids": assets, "account_numbers": accounts[:2]},
        {"numbers": numbers[5:30], "asset_ids": assets[:30]},
        {"numbers": numbers, "asset_ids": assets, "account_numbers": accounts},
        {"numbers": numbers[:1], "account_numbers": ()},
    ):
        await CONTRACTS.assert_answered(system, CONTRACTS.query(EVERYONE, criteria))
    owners = WARRANTIES.known_keys(facts, "account_numbers")
    for chosen in (owners[:2], owners):
        both = {"asset_ids": WARRANTIES.known_keys(facts, "asset_ids"), "account_numbers": chosen}
        await WARRANTIES.assert_answered(system, WARRANTIES.query(EVERYONE, both))


async def test_criteria_that_are_both_longer_than_a_call_are_applied_together(system: ContractSystem) -> None:
    unknown = tuple(str(number) for number in range(55_000_000, 55_000_400))
    assets = CONTRACTS.known_keys(system.facts, "asset_ids")
    accounts = CONTRACTS.known_keys(system.facts, "account_numbers")
    both = {"asset_ids": (*assets, *unknown), "account_numbers": (*unknown[:300], *accounts[:3])}
    await CONTRACTS.assert_answered(system, CONTRACTS.query(EVERYONE, both))


async def test_an_account_finds_what_it_bought_and_what_was_shipped_to_it(system: ContractSystem) -> None:
    apart = next(row for row in system.facts.contracts if row.sold_to != row.ship_to and row.ship_to)
    for account in (apart.sold_to or "", apart.ship_to or ""):
        answer = await system.connector.contracts(ContractQuery(scope=EVERYONE, account_numbers=(account,)))
        assert apart.number in by_key(answer.rows)


async def test_two_warranties_of_one_asset_are_two(system: ContractSystem) -> None:
    answer = await system.connector.warranties(WarrantyQuery(scope=EVERYONE, asset_ids=("10000004",)))
    assert len(by_key(answer.rows)) == 2
