"""The SDL for compositions tells our rules in the words of Apollo Federation, and is told to who may know it."""

from collections.abc import Callable

import httpx
import pytest
import strawberry
from graphql import ObjectTypeDefinitionNode, parse
from typer.testing import CliRunner

from gateway.cli import app as portal
from schema.audiences import Audience, view_for
from schema.federation.sdl import subgraph_sdl
from tests.gateway.conftest import AppOf, client_of

Bearer = Callable[[str], dict[str, str]]
SERVICE = {"query": "{ _service { sdl } }"}
MANAGER, PARTNER = "manager@north.example", "partner-north"


@pytest.fixture(scope="module")
def marks(graph: strawberry.Schema) -> dict[str, set[str]]:
    """The directives of each type and field, by `Type` and `Type.field`."""
    found: dict[str, set[str]] = {}
    for node in parse(subgraph_sdl(graph)).definitions:
        if isinstance(node, ObjectTypeDefinitionNode):
            name = node.name.value
            found[name] = {directive.name.value for directive in node.directives or ()}
            for field in node.fields or ():
                found[f"{name}.{field.name.value}"] = {each.name.value for each in field.directives or ()}
    return found


def test_rules_are_told_to_routers(marks: dict[str, set[str]]) -> None:
    assert "requiresScopes" in marks["Query.cases"]
    assert {"requiresScopes", "policy"} <= marks["Mutation.inviteUser"]
    assert "authenticated" in marks["Viewer"]
    assert not {"authenticated", "requiresScopes", "policy"} & marks["Mutation.submitAccessRequest"]


def test_what_only_our_own_staff_may_ask_for_is_in_no_composed_graph(marks: dict[str, set[str]]) -> None:
    assert "inaccessible" in marks["Query.auditTrail"]
    assert "inaccessible" in marks["AccessRequest"]
    assert "inaccessible" not in marks["Query.cases"]


def test_costs_and_audiences_are_told(marks: dict[str, set[str]]) -> None:
    assert {"cost", "tag"} <= marks["Query.caseStatistics"]
    assert {"listSize", "tag"} <= marks["Query.cases"]
    assert {"key", "tag"} <= marks["Location"]


def test_a_view_is_a_subgraph_too(graph: strawberry.Schema) -> None:
    sdl = subgraph_sdl(view_for(graph, Audience.PARTNER), rules=False)
    assert "inviteUser" not in sdl
    assert "@requiresScopes" not in sdl
    assert 'type Case implements Node @access(action: READ_CASES) @key(fields: "id") @key(fields: "number")' in sdl


async def test_the_sdl_is_what_the_service_tells(
    client: httpx.AsyncClient, bearer: Bearer, graph: strawberry.Schema
) -> None:
    answer = await client.post("/graphql", json=SERVICE, headers=bearer(MANAGER))
    assert answer.json()["data"]["_service"]["sdl"] == subgraph_sdl(graph)
    printed = CliRunner().invoke(portal, ["schema", "print", "--federation"])
    assert printed.stdout == subgraph_sdl(graph)
    partner = await client.post("/graphql", json=SERVICE, headers=bearer(PARTNER))
    assert "inviteUser" not in partner.text


@pytest.mark.parametrize("introspection", [False, ["analyst", "partner"]])
async def test_who_may_not_ask_for_the_schema_is_not_told_it_this_way_either(
    app_with: AppOf, bearer: Bearer, introspection: object
) -> None:
    async with client_of(app_with(introspection=introspection)) as client:
        answer = await client.post("/graphql", json=SERVICE, headers=bearer(MANAGER))
    assert answer.json()["data"] is None
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["FORBIDDEN"]
    assert "type " not in answer.text


def test_an_audience_that_there_is_not_is_told() -> None:
    result = CliRunner().invoke(portal, ["schema", "print", "--audience", "public"])
    assert (result.exit_code, "customer, partner, internal" in result.stderr) == (2, True)
