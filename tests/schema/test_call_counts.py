"""How often the systems are called: by level of the query and system, never by row.

A query of 100 assets makes as many HTTP calls as one of 10. Each test lists its calls, one line a call; where keys
outgrow one request, SAP takes the pieces in one `$batch`, which is one call too. What is asked once and kept is warm:
the account hierarchy, the sign-ins, SAP's CSRF tokens.
"""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
import pytest_asyncio
import strawberry

from auth.scope import ScopeCompiler
from fixtures.world.generator import generate
from fixtures.world.lookup import Lookup
from tests.portal import Portal, Systems, opened, simulated

MANAGER, ANALYST = "manager@north.example", "analyst@maker.example"
BOTH = pytest.mark.parametrize("who", [MANAGER, ANALYST])
SIZES = (10, 100)
WARMING = """cases { nodes { number description longText purchaseOrder contactEmail activities { text }
             serviceOrders { number description purchaseOrder } } } visits { team }"""


@pytest.fixture(scope="module")
def hospital() -> Iterator[Systems]:
    """The systems of a group of hospitals that owns more than 100 assets, in a world of 300."""
    with simulated(generate(300)) as systems:
        yield systems


@pytest_asyncio.fixture(scope="module")
async def warm(
    graph: strawberry.Schema, hospital: Systems, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Portal]:
    store: Path = tmp_path_factory.mktemp("store") / "portal.db"
    async with opened(graph, hospital, f"sqlite+aiosqlite:///{store}") as portal:
        for who in (MANAGER, ANALYST):
            await portal.data(who, table(100, WARMING))
        yield portal


def table(size: int, fields: str) -> str:
    return f"{{ installedProducts(first: {size}, orderBy: [{{field: ASSET_ID}}]) {{ nodes {{ {fields} }} }} }}"


async def calls(portal: Portal, hospital: Systems, who: str, query: str) -> dict[str, int]:
    hospital.behave()
    await portal.data(who, query)
    return hospital.calls()


async def calls_by_size(portal: Portal, hospital: Systems, who: str, fields: str) -> dict[str, int]:
    """The calls for a table with those fields: as many for 100 rows as for 10."""
    few, many = [await calls(portal, hospital, who, table(size, fields)) for size in SIZES]
    assert few == many
    rows = (await portal.data(who, table(100, "id")))["installedProducts"]["nodes"]
    assert len(rows) == 100
    return many


async def test_a_table_of_assets_with_all_that_hangs_on_them(warm: Portal, hospital: Systems) -> None:
    fields = """assetId account { name } location { description }
                cases(filter: {open: true}) { totalCount nodes { number } } contractLines { number }"""
    assert await calls_by_size(warm, hospital, MANAGER, fields) == {
        # the assets · their accounts and their locations, together in one composite call
        "crm": 2,
        # their open cases
        "sap": 1,
        # the contracts that cover them, with all lines
        "contracts": 1,
    }


@BOTH
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param("serialNumber modalityLabel udi { full }", {"crm": 1}, id="the assets alone"),
        pytest.param("account { name }", {"crm": 2}, id="account"),
        pytest.param("location { description } functionalLocationDescription", {"crm": 2}, id="location"),
        pytest.param("operationalState operationalStateLabel", {"crm": 1, "sap": 1}, id="operational state"),
        pytest.param("cases(first: 2) { totalCount }", {"crm": 1, "sap": 1}, id="cases"),
        pytest.param("caseArchive { totalCount }", {"crm": 1, "archive": 1}, id="archived cases"),
        pytest.param("warranties { type }", {"crm": 1, "contracts": 1}, id="warranties"),
        pytest.param("customName customData { name }", {"crm": 1}, id="the customer's own data"),
        # SAP: orders by reference object · those by key · cases · their orders. CRM: owners of what orders name.
        pytest.param("visits { plannedStart }", {"crm": 2, "sap": 4}, id="visits"),
        # SAP: cases · activities · orders. CRM: owners of what orders name.
        pytest.param(
            "cases(first: 2) { nodes { activities { text } serviceOrders { number visit { team } } } }",
            {"crm": 2, "sap": 3},
            id="activities and orders of cases",
        ),
    ],
)
async def test_each_field_costs_its_own_calls_whatever_the_rows(
    warm: Portal, hospital: Systems, who: str, fields: str, expected: dict[str, int]
) -> None:
    assert await calls_by_size(warm, hospital, who, fields) == expected


async def test_contracts_lines_and_entitlements_share_one_call(warm: Portal, hospital: Systems) -> None:
    fields = "contracts { number } contractLines { number } uptimeReportEntitled"
    assert await calls_by_size(warm, hospital, MANAGER, fields) == {"crm": 2, "contracts": 1}
    assert await calls_by_size(warm, hospital, ANALYST, fields) == {"crm": 1, "contracts": 1}  # nothing is hidden


async def test_more_names_for_the_same_field_are_no_more_calls(warm: Portal, hospital: Systems) -> None:
    once = "account { name } cases(filter: {open: true}) { totalCount } contractLines { number } contracts { number }"
    again = f"""{once} owner: account {{ number }} lines: contractLines {{ description }}
                covered: contracts {{ number }} urgent: cases(filter: {{open: true}}, first: 1) {{ totalCount }}"""
    expected = await calls(warm, hospital, ANALYST, table(100, once))
    assert await calls(warm, hospital, ANALYST, table(100, again)) == expected


async def test_the_same_list_asked_twice_is_read_once(warm: Portal, hospital: Systems) -> None:
    query = "{ a: installedProducts(first: 5) { totalCount } b: installedProducts(last: 5) { nodes { id } } }"
    assert await calls(warm, hospital, MANAGER, query) == {"crm": 1}


async def test_a_level_deeper_is_one_call_more(warm: Portal, hospital: Systems) -> None:
    deeper = "cases(first: 3) { nodes { installedProduct { account { parent { name } } } } }"
    # assets · the cases' assets · their accounts · the accounts above; cases
    assert await calls(warm, hospital, MANAGER, table(100, deeper)) == {"crm": 4, "sap": 1}


async def test_whoever_asks_who_they_are_asks_no_system(warm: Portal, hospital: Systems) -> None:
    query = "{ viewer { subject email role roleLabel permissions accountNumbers locale timeZone olderPortal } }"
    for who in warm.viewers:
        assert await calls(warm, hospital, who, query) == {}


async def test_the_hierarchy_is_read_once_a_level_and_then_remembered(
    warm: Portal, hospital: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "scopes", ScopeCompiler(warm.sources.installed_base))
    accounts = Lookup(hospital.world).accounts

    def depth(key: str) -> int:
        above = accounts[key].parent
        return 1 if above is None else 1 + depth(above)

    levels = max(depth(key) for key in Lookup(hospital.world).under("north"))
    query = "{ viewer { access } }"
    assert await calls(warm, hospital, MANAGER, query) == {"crm": levels + 1}  # and one that finds nothing further down
    assert await calls(warm, hospital, MANAGER, query) == {}
    assert await calls(warm, hospital, "user@north.example", query) == {}


async def test_nothing_is_asked_about_no_rows(warm: Portal, hospital: Systems) -> None:
    fields = "account { name } cases { totalCount } contracts { number } warranties { type } visits { team }"
    query = f'{{ installedProducts(filter: {{assetIds: ["1"]}}) {{ nodes {{ {fields} }} }} }}'
    assert await calls(warm, hospital, MANAGER, query) == {"crm": 1}


def asked_of(hospital: Systems, system: str) -> list[str]:
    return [unquote_plus(call.query) for call in hospital.conducts[system].calls]


@BOTH
async def test_systems_are_asked_for_what_the_query_shows_and_no_more(
    warm: Portal, hospital: Systems, who: str
) -> None:
    narrow, wide = "serialNumber", "serialNumber description technicalId assetTag productCode udi { full } endOfLife"
    hospital.behave()
    await warm.data(who, table(100, narrow))
    (asked,) = asked_of(hospital, "crm")
    assert "SVMXC__Serial_Lot_Number__c" in asked
    assert not {"Technical_ID__c", "UDI__c", "SVMXC__Asset_Tag__c", "End_Of_Life_Date__c"} & set(
        re.findall(r"\w+", asked)
    )
    few = hospital.bytes()["crm"]
    hospital.behave()
    await warm.data(who, table(100, wide))
    assert few < 0.7 * hospital.bytes()["crm"]


@BOTH
async def test_the_fields_of_cases_are_those_that_the_query_shows(warm: Portal, hospital: Systems, who: str) -> None:
    hospital.behave()
    await warm.data(who, table(10, "cases(first: 3) { nodes { description } }"))
    (asked,) = asked_of(hospital, "sap")
    selected = re.search(r"\$select=([^&]*)", asked)
    assert selected is not None
    assert "NotificationText" in selected[1]
    assert not {"MaintPriority", "ZZ1_ContactEmail_NTF", "MaintNotificationLongText"} & set(selected[1].split(","))


async def test_a_page_of_a_restricted_viewer_brings_its_rows_and_one_more(warm: Portal, hospital: Systems) -> None:
    query = "{ installedProducts(first: 5) { nodes { serialNumber } pageInfo { hasNextPage } } }"
    hospital.behave()
    page = (await warm.data(MANAGER, query))["installedProducts"]
    few = hospital.bytes()["crm"]
    assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (5, True)
    hospital.behave()
    await warm.data(MANAGER, query.replace("5", "100"))
    assert few < 0.2 * hospital.bytes()["crm"]


async def test_a_count_alone_asks_for_no_rows(warm: Portal, hospital: Systems) -> None:
    hospital.behave()
    query = "{ installedProducts { totalCount } cases { totalCount } }"
    counted = await warm.data(ANALYST, query)
    assert counted["installedProducts"]["totalCount"] == len(hospital.world.assets)
    assert counted["cases"]["totalCount"] == len(hospital.world.cases)
    (of_assets,), (of_cases,) = asked_of(hospital, "crm"), asked_of(hospital, "sap")
    assert "COUNT()" in of_assets
    assert "$top=0" in of_cases
    hospital.behave()
    await warm.data(MANAGER, "{ installedProducts { totalCount } }")
    (outlines,) = asked_of(hospital, "crm")  # a restricted viewer's are counted one by one, by owner and id alone
    selected = re.search(r"SELECT (.*?) FROM", outlines)
    assert selected is not None
    assert set(re.split(r",\s*", selected[1])) == {"Id", "SVMXC__Company__c"}
