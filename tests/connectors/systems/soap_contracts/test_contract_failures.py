"""When the contract system refuses, fails or is told wrongly, the error says so, and what can be done."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from connectors.errors import SourceFailed, SourceMisconfigured, SourceRejected, SourceTimeout, TooManyRows
from connectors.queries import AccountScope, ContractQuery
from connectors.registry import manifest
from connectors.systems.soap_contracts import client
from connectors.systems.soap_contracts.connector import MANIFEST, SoapContracts
from fixtures.simulators import soap_contracts as simulators
from tests.connectors.systems.soap_contracts.conftest import Connect, Simulator

QUERY = ContractQuery(scope=AccountScope(unrestricted=True), account_numbers=("7200000",))


def test_it_is_found_by_its_name() -> None:
    assert manifest("soap_contracts") is MANIFEST


def test_its_service_description_is_the_systems_own() -> None:
    wire = Path(simulators.__file__).parents[2] / "wire" / "soap_contracts" / "contracts.wsdl"
    assert client.WSDL.read_bytes() == wire.read_bytes()


@pytest.mark.parametrize("severity", ["E", "A"])
async def test_an_error_row_under_http_200_is_a_refusal(
    contracts: SoapContracts, simulator: Simulator, severity: str
) -> None:
    simulator.faults.return_row("Account is  locked", severity=severity, number=42)
    with pytest.raises(SourceRejected) as caught:
        await contracts.contracts(QUERY)
    assert (caught.value.message, caught.value.code) == ("Account is locked", "ZSCV042")


async def test_an_exception_is_a_refusal_in_the_systems_words(contracts: SoapContracts, simulator: Simulator) -> None:
    simulator.faults.raise_exception("NO_AUTHORITY", "No authorisation for contracts")
    with pytest.raises(SourceRejected, match="No authorisation for contracts"):
        await contracts.contracts(QUERY)
    assert len(simulator.conduct.calls) == 1


async def test_trouble_inside_the_system_is_tried_again(contracts: SoapContracts, simulator: Simulator) -> None:
    simulator.faults.raise_exception("SYSTEM_FAILURE", "Work process ended")
    assert len((await contracts.contracts(QUERY)).rows) == 1100


async def test_a_page_that_fails_fails_the_read(contracts: SoapContracts, simulator: Simulator) -> None:
    simulator.conduct.misbehave(fail=503)
    with pytest.raises(SourceFailed):
        await contracts.contracts(QUERY)


async def test_a_system_that_hangs_is_given_up(connect: Connect, simulator: Simulator) -> None:
    simulator.conduct.misbehave(hang=True)
    with pytest.raises(SourceTimeout):
        await connect(timeout=0.2).contracts(QUERY)


async def test_a_wrong_password_is_told_without_the_password(connect: Connect) -> None:
    with pytest.raises(SourceMisconfigured) as caught:
        await connect(password=SecretStr("wrong-one")).contracts(QUERY)
    assert "wrong-one" not in str(caught.value)


async def test_too_many_rows_are_refused(connect: Connect) -> None:
    with pytest.raises(TooManyRows):
        await connect(max_rows=1000).contracts(QUERY)


async def test_a_check_tries_each_operation(contracts: SoapContracts, simulator: Simulator) -> None:
    assert all(result.ok for result in await contracts.check())
    assert set(simulator.conduct.operations()) == {"Z_SCV_CONTRACT_GETLIST", "Z_SCV_WARRANTY_GETLIST"}


async def test_a_check_of_a_wrong_address_hints_and_never_raises(connect: Connect, simulator: Simulator) -> None:
    for settings, hint in (
        ({"url": "http://127.0.0.1:9"}, "address"),
        ({"path": "/nowhere"}, "path"),
        ({"password": SecretStr("wrong")}, "password"),
    ):
        results = await connect(**settings).check()
        assert [result.ok for result in results] == [False, False]
        assert all(hint in result.hint and "127.0.0.1" not in result.hint for result in results)


async def test_a_ping_is_one_call(contracts: SoapContracts, simulator: Simulator) -> None:
    await contracts.ping()
    assert len(simulator.conduct.calls) == 1
    simulator.conduct.misbehave(fail=502)
    with pytest.raises(SourceFailed):
        await contracts.ping()
    assert len(simulator.conduct.calls) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "in clear"},
        {"soap_version": "1.3"},
        {"path": "http://elsewhere"},
        {"path": "//elsewhere/x"},
        {"range_rows": 201},
        {"page_rows": 501},
        {"time_zone": "Middle/Earth"},
        {"language": "polski"},
        {"contract_statuses": {"ACTV": "ALIVE"}},
        {"no_such_key": 1},
    ],
)
def test_a_wrong_setting_is_refused(wrong: dict[str, object]) -> None:
    usual = {"url": "https://contracts.example", "user": "PORTAL", "password": SecretStr("x")}
    MANIFEST.settings.model_validate(usual)
    with pytest.raises(ValidationError):
        MANIFEST.settings.model_validate(usual | wrong)
