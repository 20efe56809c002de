"""The portal's own queries are answered by the planned executor as Strawberry answers them, whoever asks."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schema.context import Context
from schema.errors import format_error
from tests.gateway.execution.corpus import CORPUS, executions_of
from tests.portal import Portal, Systems

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "gateway/graphiql/src/examples").glob("*.graphql"))
README = (ROOT / "README.md").read_text(encoding="utf-8").partition("```graphql\n")[2].partition("```")[0]
QUERIES = {path.stem: path.read_text(encoding="utf-8") for path in (*EXAMPLES, *(CORPUS / "portal").glob("*.graphql"))}
QUERIES["readme"] = README
PERSONAS = (
    "manager@north.example",
    "user@south.example",
    "idle@north.example",
    "legacy@south.example",
    "analyst@maker.example",
    "helpdesk@maker.example",
    "partner-north",
)

EVERY_TYPE = """{
  installedProducts(first: 2) { nodes {
    id account { id } location { id } cases(first: 1) { nodes { id serviceOrders { id visit { id } } } }
    caseArchive(first: 1) { nodes { id } } contracts { id } warranties { id }
  } }
}"""
NODES = """query ($ids: [ID!]!, $one: ID!) {
  nodes(ids: $ids) { __typename id
    ... on InstalledProduct { assetId cases(first: 1) { nodes { number } } account { name } }
    ... on Account { name locations(first: 1) { nodes { id } } }
    ... on Case { number activities { text } installedProduct { assetId } }
    ... on ArchivedCase { number longText } ... on ServiceContract { number lines { number } }
    ... on ServiceOrder { number visit { plannedStart } } ... on Visit { plannedStart serviceOrder { number } }
    ... on Warranty { type endDate } ... on Location { description }
  }
  node(id: $one) { id ... on InstalledProduct { visits { id } operationalState } }
}"""
PAGES = """query ($first: Int, $after: String, $last: Int, $before: String) {
  cases(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { number } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
  }
}"""

Told = tuple[bytes | None, list[str]]


def context_of(portal: Portal, who: str) -> Context:
    return Context(
        viewer=portal.viewers[who],
        sources=portal.sources,
        scopes=portal.scopes,
        clock=lambda: portal.now,
        request_id="test",
    )


def told(data: bytes | None, errors: list[Any]) -> Told:
    return data, sorted(json.dumps(format_error(error, "test"), sort_keys=True) for error in errors)


async def by_strawberry(portal: Portal, who: str, query: str, variables: dict[str, Any]) -> Told:
    context = context_of(portal, who)
    try:
        result = await portal.schema.execute(query, dict(variables), context_value=context)
    finally:
        context.close()
    executed = result.data is not None or any(error.path for error in result.errors or ())
    return told(msgspec.json.encode(result.data) if executed else None, [*(result.errors or ()), *context.problems])


async def by_executor(portal: Portal, who: str, query: str, variables: dict[str, Any]) -> Told:
    context = context_of(portal, who)
    try:
        answer = await portal.executor.execute(query, variables, None, context)
    finally:
        context.close()
    return told(answer.data, [*answer.errors, *context.problems])


async def answered_alike(portal: Portal, who: str, query: str, variables: dict[str, Any]) -> Any:
    """The data of both."""
    expected = await by_strawberry(portal, who, query, variables)
    assert await by_executor(portal, who, query, variables) == expected
    return None if expected[0] is None else msgspec.json.decode(expected[0])


@pytest.mark.parametrize("who", PERSONAS)
@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_each_persona_is_answered_alike(portal: Portal, who: str, name: str) -> None:
    executions = executions_of(QUERIES[name])
    answers = [await answered_alike(portal, who, QUERIES[name], variables) for variables, _ in executions]
    assert any(data is not None for data in answers) is (name != "not_valid")


@pytest.mark.parametrize("who", PERSONAS)
async def test_objects_of_every_type_are_found_alike_by_their_ids(portal: Portal, who: str) -> None:
    data = await portal.data("manager@north.example", EVERY_TYPE)
    ids = [*ids_in(data), "bm9uZTpub25l", "nonsense"]
    for some in (ids[:-1], ids[:1], ids):
        await answered_alike(portal, who, NODES, {"ids": some, "one": ids[0]})


def ids_in(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [each for key, value in data.items() for each in ([value] if key == "id" else ids_in(value))]
    return [each for value in data for each in ids_in(value)] if isinstance(data, list) else []


@pytest.mark.parametrize("who", ["manager@north.example", "analyst@maker.example"])
async def test_pages_are_followed_alike(portal: Portal, who: str) -> None:
    first = await answered_alike(portal, who, PAGES, {"first": 3})
    cursor = first["cases"]["pageInfo"]["endCursor"]
    assert cursor is not None
    await answered_alike(portal, who, PAGES, {"first": 3, "after": cursor})
    await answered_alike(portal, who, PAGES, {"last": 2, "before": cursor})
    await answered_alike(portal, who, PAGES, {"last": 2, "first": 2})


@pytest.mark.parametrize("system", ["crm", "sap", "contracts", "archive"])
@pytest.mark.parametrize("name", ["everything_of_equipment", "fragments_and_conditions", "one_by_one"])
async def test_a_system_that_is_down_is_told_alike(portal: Portal, systems: Systems, system: str, name: str) -> None:
    systems.conducts[system].misbehave(fail=503)
    for variables, _ in executions_of(QUERIES[name]):
        await answered_alike(portal, "manager@north.example", QUERIES[name], variables)
