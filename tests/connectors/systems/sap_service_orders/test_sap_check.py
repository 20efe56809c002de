"""`check` tries everything and says what to do; it never raises."""

from pydantic import SecretStr

from connectors.ports import CheckResult
from tests.connectors.systems.sap_service_orders.conftest import Connect, Sap


def failed(results: list[CheckResult]) -> dict[str, str]:
    return {result.what: result.hint for result in results if not result.ok}


async def test_a_right_setting_passes(connect: Connect, sap: Sap) -> None:
    results = await connect().check()
    assert failed(results) == {}
    assert {"sign-in", "cases", "activities", "service orders", "custom fields", "$batch"} <= {
        result.what for result in results
    }
    assert all(result.seconds >= 0 for result in results)


async def test_a_wrong_password_points_at_the_credentials(connect: Connect, sap: Sap) -> None:
    hints = failed(await connect(password=SecretStr("wrong")).check())
    assert "user and password" in hints["sign-in"]
    assert "wrong" not in str(hints)


async def test_a_wrong_custom_field_is_named_and_nothing_else_fails(connect: Connect, sap: Sap) -> None:
    hints = failed(await connect(custom_fields={"origin": "ZZ1_Nowhere"}).check())
    assert set(hints) == {"custom fields"}
    assert "ZZ1_Nowhere" in hints["custom fields"]


async def test_a_wrong_service_is_named(connect: Connect, sap: Sap) -> None:
    hints = failed(await connect(order_service="API_OTHER").check())
    assert set(hints) == {"service orders", "assets of orders"}
    assert "root" in hints["service orders"]


async def test_nobody_at_the_address_is_a_hint_and_no_error(connect: Connect) -> None:
    results = await connect(url="http://127.0.0.1:1", attempts=1).check()
    assert all(not result.ok and "url" in result.hint for result in results)
    assert not any("127.0.0.1" in result.hint for result in results)


async def test_a_ping_is_one_small_call(connect: Connect, sap: Sap) -> None:
    await connect().ping()
    assert len(sap.conduct.calls) == 1
    assert sap.conduct.calls[0].response_bytes < 1_000
