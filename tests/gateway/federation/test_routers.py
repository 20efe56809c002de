"""Another team's graph and ours become one: composed by Apollo's composition, asked through two routers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from typer.testing import CliRunner

from fixtures.simulators.server import listen, url_of
from gateway.cli import app as portal
from tests.node_packages import NPM, installed
from tests.portal import Systems
from tests.served import served

pytestmark = NPM

WHO = "manager@north.example"
ROOM = """{ rooms { name hospital { name } equipment {
    assetId serialNumber powerKw cases(first: 1) { nodes { number cleaning } } } } }"""
BACK = "{ installedProducts(first: 3) { nodes { assetId room { name } } } }"

every_router = pytest.mark.parametrize("router", ["apollo", "hive"])


@pytest_asyncio.fixture(scope="module")
async def routers(
    app: Starlette, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Both routers of the composed graph. They take seconds to load: one process answers all questions."""
    folder, listener = tmp_path_factory.mktemp("routers"), listen()
    files = folder / "portal.graphql", folder / "portal-without-rules.graphql"
    for file, rules in zip(files, ([], ["--no-rules"]), strict=True):
        file.write_text(CliRunner().invoke(portal, ["schema", "print", "--federation", *rules]).stdout)
    async with served(app, listener):
        process = await asyncio.create_subprocess_exec(
            *("node", "router.mjs", f"{url_of(listener)}/graphql", *map(str, files)),
            cwd=installed(Path(__file__).with_name("node")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        yield process
        process.kill()  # it does not end by SIGTERM
        await process.communicate()


@pytest.fixture
def through(
    routers: asyncio.subprocess.Process, systems: Systems, bearer: Callable[[str], dict[str, str]]
) -> Callable[..., Any]:
    """`await through(router, query, who, **room)`: the answer of the composed graph."""

    async def ask(router: str, query: str, who: str = WHO, **room: Any) -> Any:
        assert routers.stdin is not None
        assert routers.stdout is not None
        token = bearer(who)["authorization"].removeprefix("Bearer ")
        question = {"router": router, "query": query, "token": token, "room": {"id": "1", "name": "MR 1", **room}}
        routers.stdin.write(json.dumps(question).encode() + b"\n")
        while not (line := await asyncio.wait_for(routers.stdout.readline(), 60)).startswith(b"{"):
            assert line, "the routers have ended"
        return json.loads(line)

    return ask


@every_router
async def test_objects_of_both_graphs_are_one(through: Callable[..., Any], router: str) -> None:
    room = {"equipment": ["10000001", "10000019"], "hospital": "7100012"}
    answer = await through(router, ROOM, **room)
    assert answer["hints"] == []
    assert answer.get("errors") is None
    (found,) = answer["data"]["rooms"]
    assert found["hospital"]["name"]
    assert [each["assetId"] for each in found["equipment"]] == room["equipment"]
    assert all(each["serialNumber"] and each["powerKw"] == 30 for each in found["equipment"])
    cases = [case for each in found["equipment"] for case in each["cases"]["nodes"]]
    assert cases
    assert all(case["cleaning"] for case in cases)


@every_router
async def test_the_other_graph_adds_to_our_lists(through: Callable[..., Any], router: str) -> None:
    answer = await through(router, BACK, equipment=[], hospital="7100012")
    nodes = answer["data"]["installedProducts"]["nodes"]
    assert len(nodes) == 3
    assert all(node["room"] == {"name": "MR 1"} for node in nodes)


@pytest.mark.rule("R4")
@every_router
async def test_a_router_gives_nobody_more_than_the_viewer_may_see(through: Callable[..., Any], router: str) -> None:
    room = {"equipment": ["10000001", "10000019", "99999999"], "hospital": "7100012"}
    answer = await through(router, ROOM, who="user@south.example", **room)
    (found,) = answer["data"]["rooms"]
    assert [each["serialNumber"] for each in found["equipment"]] == [None, None, None]
    assert found["hospital"]["name"] is None
