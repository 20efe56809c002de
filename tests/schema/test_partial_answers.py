"""A system that is down nulls what it owns, and only that; the errors say which system, and nothing of where it is."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import strawberry

from gateway.demo.seeding import seed
from tests.portal import Answer, Portal, Systems, opened

MANAGER = "manager@north.example"

EVERYTHING = """{
  viewer { subject access permissions }
  installedProducts(first: 3, orderBy: [{field: ASSET_ID}]) { totalCount nodes {
    assetId modality customName operationalState operationalStateLabel uptimeReportEntitled
    account { name } location { description }
    cases(first: 1) { totalCount nodes { number activities { text } serviceOrders { number } visits { team } } }
    contracts { number soldTo { name } } contractLines { number } warranties { type }
    visits { plannedStart serviceOrder { number } } caseArchive { totalCount nodes { number longText } }
  } }
  locations(first: 2) { totalCount nodes { description } }
  cases(first: 2) { totalCount nodes { number installedProduct { assetId } account { name } } }
  serviceContracts(first: 2) { totalCount nodes { number lines { number } } }
  warranties(first: 2) { totalCount nodes { type } }
}"""
TROUBLES = {"fails": "SOURCE_UNAVAILABLE", "hangs": "TIMEOUT", "is not there": "SOURCE_UNAVAILABLE"}
EACH_TROUBLE = pytest.mark.parametrize("trouble", TROUBLES)
Place = tuple[str | int, ...]


def lost(whole: Any, partial: Any, path: Place = ()) -> Iterator[Place]:
    """The places where a value became null. Fails where one became another."""
    if partial is None and whole is not None:
        yield path
    elif isinstance(whole, dict) and isinstance(partial, dict):
        for name, value in whole.items():
            yield from lost(value, partial[name], (*path, name))
    elif isinstance(whole, list) and isinstance(partial, list) and len(whole) == len(partial):
        for index, value in enumerate(whole):
            yield from lost(value, partial[index], (*path, index))
    else:
        assert partial == whole, path


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def with_trouble(
    trouble: str, system: str, graph: strawberry.Schema, systems: Systems, folder: Path
) -> AbstractAsyncContextManager[Portal]:
    """The portal of which one system is in that trouble from the start."""
    override: Mapping[str, object] = {}
    if trouble == "fails":
        systems.conducts[system].misbehave(fail=503)
    elif trouble == "hangs":
        systems.conducts[system].misbehave(hang=True)
        override = {"timeout": 0.25}
    else:
        override = {"url": f"http://127.0.0.1:{closed_port()}"}
    return opened(graph, systems, f"sqlite+aiosqlite:///{folder}/portal.db", **{system: override})


def says_nothing_of_the_inside(answer: Answer) -> bool:
    told = json.dumps(answer.errors).casefold()
    secrets = ["127.0.0.1", "localhost", "http", "<html", "told to fail", "traceback", "/sap/", "/services/", "sqlite"]
    return not any(secret in told for secret in secrets)


@EACH_TROUBLE
@pytest.mark.parametrize(
    ("system", "owned"),
    [
        ("sap", {"cases", "visits", "operationalState", "operationalStateLabel"}),
        (
            "contracts",
            {"contracts", "contractLines", "warranties", "uptimeReportEntitled", "serviceContracts"},
        ),
        ("archive", {"caseArchive"}),
    ],
)
async def test_what_the_system_owns_is_null_with_an_error_at_each_place_and_all_else_is_there(
    portal: Portal,
    graph: strawberry.Schema,
    systems: Systems,
    tmp_path: Path,
    system: str,
    owned: set[str],
    trouble: str,
) -> None:
    whole = await portal.data(MANAGER, EVERYTHING)
    async with with_trouble(trouble, system, graph, systems, tmp_path) as troubled:
        await seed(troubled.sources, troubled.world)
        answer = await troubled.ask(MANAGER, EVERYTHING)
    places = set(lost(whole, answer.data))
    assert {place[-1] for place in places} == owned
    assert {tuple(error["path"]) for error in answer.errors} == places
    told = {(error["extensions"]["code"], error["extensions"]["system"]) for error in answer.errors}
    assert told == {(TROUBLES[trouble], system)}
    assert says_nothing_of_the_inside(answer)


@EACH_TROUBLE
async def test_without_the_crm_nobody_knows_what_is_visible_and_nothing_is_shown(
    portal: Portal, graph: strawberry.Schema, systems: Systems, tmp_path: Path, trouble: str
) -> None:
    whole = await portal.data(MANAGER, EVERYTHING)
    async with with_trouble(trouble, "crm", graph, systems, tmp_path) as troubled:
        answer = await troubled.ask(MANAGER, EVERYTHING)
    lists = {"installedProducts", "locations", "cases", "serviceContracts", "warranties"}
    assert set(lost(whole, answer.data)) == {("viewer", "access"), *((name,) for name in lists)}
    assert answer.data["viewer"]["subject"] == MANAGER
    assert {(error["extensions"]["code"], error["extensions"]["system"]) for error in answer.errors} == {
        (TROUBLES[trouble], "crm")
    }
    assert says_nothing_of_the_inside(answer)


async def test_the_store_nulls_the_customers_own_data(
    portal: Portal, graph: strawberry.Schema, systems: Systems, tmp_path: Path
) -> None:
    query = "{ installedProducts(first: 2) { nodes { assetId customName customData { name } account { name } } } }"
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    whole = await portal.data(MANAGER, query)
    async with opened(graph, systems, f"sqlite+aiosqlite:///{tmp_path}/file/portal.db") as troubled:
        answer = await troubled.ask(MANAGER, query)
    assert answer.data == whole  # of these two nothing is kept, which is null too: the errors tell the difference
    nodes = [("installedProducts", "nodes", index) for index in range(2)]
    assert {tuple(error["path"]) for error in answer.errors} == {
        (*node, name) for node in nodes for name in ("customName", "customData")
    }
    assert {error["extensions"]["system"] for error in answer.errors} == {"store"}
    assert says_nothing_of_the_inside(answer)


@pytest.mark.rule("R4")
@EACH_TROUBLE
async def test_without_the_contracts_the_assigned_accounts_are_listed_with_one_error_for_the_related(
    portal: Portal, graph: strawberry.Schema, systems: Systems, tmp_path: Path, trouble: str
) -> None:
    query = """{ accounts(first: 1000, orderBy: [{field: NAME}]) { totalCount nodes { name access } }
                 related: accounts(filter: {access: RELATED}) { totalCount } }"""
    whole = (await portal.data(MANAGER, query))["accounts"]["nodes"]
    async with with_trouble(trouble, "contracts", graph, systems, tmp_path) as troubled:
        answer = await troubled.ask(MANAGER, query)
    assigned = [node for node in whole if node["access"] == "ASSIGNED"]
    assert len(assigned) == 10 < len(whole)
    assert answer.data == {"accounts": {"totalCount": 10, "nodes": assigned}, "related": None}
    told = [(error["path"], error["extensions"]["code"], error["extensions"]["system"]) for error in answer.errors]
    assert sorted(told) == [
        (["accounts"], TROUBLES[trouble], "contracts"),
        (["related"], TROUBLES[trouble], "contracts"),
    ]
    assert says_nothing_of_the_inside(answer)


async def test_the_assigned_accounts_alone_need_no_contracts(portal: Portal, systems: Systems) -> None:
    systems.conducts["contracts"].misbehave(fail=503)
    data = await portal.data(MANAGER, "{ accounts(filter: {access: ASSIGNED}) { totalCount } }")
    assert data == {"accounts": {"totalCount": 10}}
    assert "contracts" not in systems.calls()


async def test_once_the_system_is_back_so_is_what_it_owns(portal: Portal, systems: Systems) -> None:
    query = "{ cases(first: 1) { totalCount } }"
    systems.conducts["sap"].misbehave(fail=503)
    assert (await portal.ask(MANAGER, query)).data == {"cases": None}
    systems.behave()
    assert await portal.data(MANAGER, query) == {"cases": {"totalCount": 81}}


async def test_a_hiccup_is_not_noticed(portal: Portal, systems: Systems) -> None:
    for system in ("crm", "sap", "contracts", "archive"):
        systems.conducts[system].misbehave(fail=503, times=1)
    query = """{ installedProduct(assetId: "10000001") {
        cases { totalCount } contracts { number } caseArchive { totalCount } } }"""
    asset = (await portal.data(MANAGER, query))["installedProduct"]
    assert (asset["cases"]["totalCount"], len(asset["contracts"]), asset["caseArchive"]["totalCount"]) == (9, 2, 2)
