"""The uptime and service quality report (V26): for an asset whose contract line entitles to it, and for no other."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from auth.entitlement import uptime_report_entitled
from auth.visibility import covering_lines
from connectors.records import ContractLine, Provenance, ServiceContract
from connectors.vocabulary import ContractStatus
from tests.portal import Portal

pytestmark = pytest.mark.rule("V26")

TODAY = date(2026, 3, 14)
DAY = timedelta(1)
_NOW = Provenance(system="contracts", fetched_at=datetime(2026, 3, 14, tzinfo=UTC))
LINE = ContractLine(
    contract_number="4",
    number="10",
    asset_id="1",
    start_date=TODAY - 30 * DAY,
    end_date=TODAY + 30 * DAY,
    uptime_report=True,
    provenance=_NOW,
)


def entitled(*, status: ContractStatus | None = ContractStatus.ACTIVE, **line: Any) -> bool:
    contract = ServiceContract(
        number="4", status=status, lines=(msgspec.structs.replace(LINE, **line),), provenance=_NOW
    )
    return _entitled("1", contract)


def _entitled(asset_id: str, *contracts: ServiceContract) -> bool:
    return uptime_report_entitled(covering_lines(contracts, frozenset({asset_id})), TODAY)


def test_a_line_that_grants_it_and_is_valid_today_in_an_active_contract_entitles() -> None:
    assert entitled()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param({"uptime_report": False}, id="grants none"),
        pytest.param({"rejected": True}, id="rejected"),
        pytest.param({"asset_id": "2"}, id="another asset"),
        pytest.param({"asset_id": None}, id="no asset"),
        pytest.param({"end_date": TODAY - DAY}, id="ended yesterday"),
        pytest.param({"start_date": TODAY + DAY}, id="begins tomorrow"),
        pytest.param({"end_date": None}, id="no known end"),
        pytest.param({"status": ContractStatus.EXPIRED}, id="expired contract"),
        pytest.param({"status": ContractStatus.CANCELLED}, id="cancelled contract"),
        pytest.param({"status": None}, id="contract of unknown status"),
    ],
)
def test_each_thing_that_is_missing_takes_the_entitlement_away(line: dict[str, Any]) -> None:
    assert not entitled(**line)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param({"end_date": TODAY}, id="last day"),
        pytest.param({"start_date": TODAY}, id="first day"),
        pytest.param({"start_date": None}, id="no known start"),
        pytest.param({"end_date": None, "open_ended": True}, id="open-ended"),
    ],
)
def test_the_first_and_the_last_day_count(line: dict[str, Any]) -> None:
    assert entitled(**line)


def test_one_line_of_one_contract_is_enough() -> None:
    poor = ServiceContract(number="5", status=ContractStatus.EXPIRED, lines=(LINE,), provenance=_NOW)
    rejected = msgspec.structs.replace(LINE, rejected=True)
    rich = ServiceContract(number="4", status=ContractStatus.ACTIVE, lines=(rejected, LINE), provenance=_NOW)
    assert _entitled("1", poor, rich)


def test_equipment_without_a_number_is_never_entitled() -> None:
    numberless = msgspec.structs.replace(LINE, asset_id=None)
    contract = ServiceContract(number="4", status=ContractStatus.ACTIVE, lines=(numberless,), provenance=_NOW)
    assert not _entitled("1", contract)


ENTITLED = ["01", "06", "14", "18", "21", "26", "28"]


@pytest.mark.parametrize(
    ("who", "own"),
    [
        ("analyst@maker.example", range(1, 41)),
        ("manager@north.example", range(1, 26)),
        ("manager@south.example", range(26, 41)),
    ],
)
async def test_the_storys_equipment_is_entitled_exactly_where_the_story_says_so(
    portal: Portal, who: str, own: range
) -> None:
    query = "{ installedProducts(first: 1000) { nodes { installedProductNumber uptimeReportEntitled } } }"
    nodes = (await portal.data(who, query))["installedProducts"]["nodes"]
    assert {node["uptimeReportEntitled"] for node in nodes} == {True, False}
    entitled = {node["installedProductNumber"] for node in nodes if node["uptimeReportEntitled"]}
    assert entitled == {f"IP-000000{number}" for number in ENTITLED if int(number) in own}
