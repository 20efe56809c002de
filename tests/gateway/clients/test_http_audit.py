"""The public audit of GraphQL over HTTP has nothing to complain about."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette

from fixtures.simulators.server import listen, url_of
from tests.node_packages import NPM, installed
from tests.portal import Systems
from tests.served import served

pytestmark = NPM


async def test_the_audit_of_graphql_over_http_is_passed_whole(
    app: Starlette, systems: Systems, bearer: Callable[[str], dict[str, str]]
) -> None:
    token = bearer("reader@north.example")["authorization"].removeprefix("Bearer ")
    listener = listen()
    async with served(app, listener):
        process = await asyncio.create_subprocess_exec(
            *("node", "audit.mjs", f"{url_of(listener)}/graphql", token),
            cwd=installed(Path(__file__).with_name("node")),
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await asyncio.wait_for(process.communicate(), 60)
    results = json.loads(told)
    assert len(results) > 50
    assert [each for each in results if each["status"] != "ok"] == []
