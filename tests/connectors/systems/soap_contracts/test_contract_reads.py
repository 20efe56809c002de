"""What the contract system holds comes out as records, in as few calls as it takes."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ports import Connector, Contracts
from connectors.queries import AccountScope, ContractQuery, Keys, WarrantyQuery
from connectors.records import ContractLine, Provenance, ServiceContract, Warranty
from connectors.systems.soap_contracts.connector import SoapContracts
from connectors.vocabulary import ContractStatus
from tests.connectors.systems.soap_contracts.conftest import MANY, NOW, Connect, Simulator

ANALYST = AccountScope(unrestricted=True)
CUSTOMER = AccountScope(account_numbers=frozenset({"7100012"}))
NOBODY = AccountScope()
PROVENANCE = Provenance("contracts", NOW)


def asked(
    numbers: Keys | None = None, accounts: Keys | None = None, assets: Keys | None = None, scope: AccountScope = ANALYST
) -> ContractQuery:
    return ContractQuery(scope=scope, numbers=numbers, account_numbers=accounts, asset_ids=assets)


async def numbers(contracts: SoapContracts, query: ContractQuery) -> set[str]:
    found = [contract.number for contract in (await contracts.contracts(query)).rows]
    assert len(found) == len(set(found)), "each contract once"
    return set(found)


def test_it_serves_the_port(contracts: SoapContracts) -> None:
    assert isinstance(contracts, Connector)
    assert isinstance(contracts, Contracts)
    assert contracts.system == "contracts"


async def test_a_contract_is_read_with_its_lines(contracts: SoapContracts) -> None:
    rows = await contracts.contracts(asked(numbers=("40000001",)))
    assert not rows.windowed
    assert rows.rows == (
        ServiceContract(
            provenance=PROVENANCE,
            number="40000001",
            description="Umowa pełna <A> & B",
            type="WV",
            sold_to="7100012",
            ship_to="7100013",
            purchase_order="PO/1",
            start_date=date(2024, 1, 1),
            end_date=None,
            open_ended=True,
            net_value=Decimal("12000.50"),
            currency="PLN",
            status=ContractStatus.ACTIVE,
            updated_at=datetime(2026, 5, 4, 11, 14, 15, tzinfo=UTC),
            lines=(
                ContractLine(
                    provenance=PROVENANCE,
                    contract_number="40000001",
                    number="10",
                    description="MR gold",
                    material="SVC-GOLD",
                    asset_id="10000001",
                    serial_number="MR30001",
                    start_date=date(2024, 1, 1),
                    open_ended=True,
                    response_time_hours=4,
                    guaranteed_uptime=Decimal("98.50"),
                    uptime_report=True,
                ),
                ContractLine(
                    provenance=PROVENANCE,
                    contract_number="40000001",
                    number="20",
                    description="CT",
                    asset_id="10000002",
                    end_date=date(2026, 12, 31),
                    rejected=True,
                ),
            ),
        ),
    )


async def test_a_cancelled_contract_ends_on_the_day_it_was_cancelled_for(contracts: SoapContracts) -> None:
    (contract,) = (await contracts.contracts(asked(numbers=("40000002",)))).rows
    assert (contract.status, contract.end_date) == (ContractStatus.CANCELLED, date(2025, 3, 31))
    assert (contract.description, contract.ship_to, contract.lines) == (None, None, ())


async def test_an_unknown_status_is_none_until_the_settings_name_it(connect: Connect) -> None:
    query = asked(numbers=("40000003",))
    assert (await connect().contracts(query)).rows[0].status is None
    told = connect(contract_statuses={"WAIT": "ACTIVE"})
    assert (await told.contracts(query)).rows[0].status is ContractStatus.ACTIVE


async def test_an_account_finds_what_it_bought_and_what_is_shipped_to_it(contracts: SoapContracts) -> None:
    assert await numbers(contracts, asked(accounts=("7100013",))) == {"40000001", "40000002"}


async def test_an_asset_finds_the_contracts_whose_line_covers_it(contracts: SoapContracts) -> None:
    assert await numbers(contracts, asked(assets=("10000002", "20000000"))) == {"40000001", "41000000"}


async def test_criteria_are_anded(contracts: SoapContracts) -> None:
    assert await numbers(contracts, asked(accounts=("7100012",), assets=("10000001",))) == {"40000001"}
    assert await numbers(contracts, asked(accounts=("7100014",), assets=("10000001",))) == set()


async def test_lists_too_long_for_one_call_are_anded_too(connect: Connect) -> None:
    contracts = connect(range_rows=2)
    assets = ("10000001", "20000000", "20000001", "20000002")
    assert await numbers(contracts, asked(accounts=("1", "2", "7100013"), assets=assets)) == {"40000001"}
    assert await numbers(contracts, asked(numbers=("1", "2", "41000000"), assets=assets)) == {"41000000"}
    assert await numbers(contracts, asked(accounts=("7200000", "2", "3", "4", "5"), assets=assets)) == {
        "41000000",
        "41000001",
        "41000002",
    }


async def test_a_read_of_many_assets_takes_one_call_for_200_of_them(
    contracts: SoapContracts, simulator: Simulator
) -> None:
    assets = tuple(line.equipment for contract in MANY for line in contract.lines)
    assert await numbers(contracts, asked(assets=assets)) == {contract.number for contract in MANY}
    assert simulator.conduct.operations() == ["Z_SCV_CONTRACT_GETLIST"] * 6
    assert simulator.conduct.most_in_flight <= 8


async def test_every_page_of_an_account_is_read(contracts: SoapContracts, simulator: Simulator) -> None:
    assert await numbers(contracts, asked(accounts=("7200000",))) == {contract.number for contract in MANY}
    assert len(simulator.conduct.calls) == 3


async def test_calls_at_once_are_bounded(connect: Connect, simulator: Simulator) -> None:
    simulator.conduct.misbehave(delay=0.02)
    await connect(range_rows=1, parallel_calls=3).contracts(asked(assets=tuple(str(one) for one in range(1, 13))))
    assert (len(simulator.conduct.calls), simulator.conduct.most_in_flight) == (12, 3)


async def test_a_contract_that_several_chunks_answer_comes_once_with_all_its_lines(connect: Connect) -> None:
    (contract,) = (await connect(range_rows=1).contracts(asked(accounts=("7100012", "7100013", "7")))).rows[:1]
    assert [line.number for line in contract.lines] == ["10", "20"]
    assert await numbers(connect(range_rows=1), asked(accounts=("7100012", "7100013"))) == {"40000001", "40000002"}


async def test_soap_1_2_answers_the_same(connect: Connect) -> None:
    query = asked(accounts=("7100013",))
    assert await connect(soap_version="1.2").contracts(query) == await connect().contracts(query)


async def test_the_systems_language_can_be_asked_for(connect: Connect) -> None:
    assert await numbers(connect(language="pl"), asked(numbers=("40000001",))) == {"40000001"}


async def test_warranties_are_read_by_asset_and_by_account(contracts: SoapContracts) -> None:
    by_asset = await contracts.warranties(WarrantyQuery(scope=CUSTOMER, asset_ids=("10000001",)))
    assert by_asset.rows[1] == Warranty(
        provenance=PROVENANCE,
        id="10000001-S-2026-01-01",
        asset_id="10000001",
        serial_number="MR30001",
        account_number="7100099",
        type="S",
        description="Standard",
        start_date=date(2026, 1, 1),
        open_ended=True,
    )
    by_account = await contracts.warranties(WarrantyQuery(scope=CUSTOMER, account_numbers=("7100012",)))
    assert [warranty.id for warranty in by_account.rows] == ["10000002-S-"]
    both = WarrantyQuery(scope=CUSTOMER, asset_ids=("10000001",), account_numbers=("7100012",))
    assert (await contracts.warranties(both)).rows == ()


async def test_long_lists_of_warranties_are_anded_too(connect: Connect) -> None:
    query = WarrantyQuery(scope=ANALYST, asset_ids=("10000001", "10000002", "3"), account_numbers=("7100012", "8"))
    found = await connect(range_rows=1).warranties(query)
    assert [warranty.asset_id for warranty in found.rows] == ["10000002"]


@pytest.mark.rule("R10")
async def test_who_may_see_nothing_asks_nothing(contracts: SoapContracts, simulator: Simulator) -> None:
    assert (await contracts.contracts(asked(numbers=("40000001",), scope=NOBODY))).rows == ()
    assert (await contracts.warranties(WarrantyQuery(scope=NOBODY))).rows == ()
    assert simulator.conduct.calls == []


@pytest.mark.parametrize("keys", [(), ("0",), ("12345678901",), ("a\x00",)])
async def test_an_empty_or_impossible_criterion_asks_nothing(
    contracts: SoapContracts, simulator: Simulator, keys: Keys
) -> None:
    assert (await contracts.contracts(asked(numbers=keys, accounts=("7100012",)))).rows == ()
    assert simulator.conduct.calls == []


@pytest.mark.parametrize("scope", [ANALYST, CUSTOMER])
async def test_a_read_that_names_nothing_is_a_mistake(contracts: SoapContracts, scope: AccountScope) -> None:
    with pytest.raises(ValueError, match="names at least one"):
        await contracts.contracts(asked(scope=scope))
    with pytest.raises(ValueError, match="names at least one"):
        await contracts.warranties(WarrantyQuery(scope=scope))


async def test_lines_of_other_assets_are_left_out_where_nobody_wants_them(contracts: SoapContracts) -> None:
    query = ContractQuery(scope=ANALYST, asset_ids=("10000001",), covering=True)
    (contract,) = (await contracts.contracts(query)).rows
    assert [(line.number, line.asset_id) for line in contract.lines] == [("10", "10000001")]
    (whole,) = (await contracts.contracts(ContractQuery(scope=ANALYST, asset_ids=("10000001",)))).rows
    assert contract.lines[0] == whole.lines[0]
    assert len(whole.lines) == 2


FIELDS = st.frozensets(st.sampled_from([name for name in ServiceContract.__struct_fields__ if name != "provenance"]))
LINE_FIELDS = st.frozensets(st.sampled_from([name for name in ContractLine.__struct_fields__ if name != "provenance"]))


@given(fields=FIELDS, line_fields=LINE_FIELDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_is_wanted_of_a_contract_is_as_it_is_whole(
    contracts: SoapContracts, fields: frozenset[str], line_fields: frozenset[str]
) -> None:
    (whole,) = (await contracts.contracts(ContractQuery(scope=ANALYST, numbers=("40000001",)))).rows
    query = ContractQuery(scope=ANALYST, numbers=("40000001",), fields=fields, line_fields=line_fields)
    (part,) = (await contracts.contracts(query)).rows
    for name in fields | {"number", "sold_to", "ship_to"}:
        assert name == "lines" or getattr(part, name) == getattr(whole, name)
    for line, full in zip(part.lines, whole.lines, strict=True):
        for name in line_fields | {"contract_number", "number", "asset_id", "rejected"}:
            assert getattr(line, name) == getattr(full, name)
