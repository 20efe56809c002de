"""A partner's programs are answered from the partner's view; names are told to those who may know them (R1)."""

from collections.abc import Callable

import httpx
import pytest
from graphql import get_introspection_query

from tests.gateway.conftest import AppOf, client_of

Bearer = Callable[[str], dict[str, str]]
READER, ANALYST, PARTNER = "reader@north.example", "analyst@maker.example", "partner-north"
NAMES = '{ __schema { types { name } } __type(name: "User") { name } }'


@pytest.mark.rule("R1")
async def test_a_partner_is_told_of_the_partner_s_schema_alone(client: httpx.AsyncClient, bearer: Bearer) -> None:
    whole = (await client.post("/graphql", json={"query": NAMES}, headers=bearer(READER))).json()["data"]
    shown = (await client.post("/graphql", json={"query": NAMES}, headers=bearer(PARTNER))).json()["data"]
    assert {each["name"] for each in shown["__schema"]["types"]} < {each["name"] for each in whole["__schema"]["types"]}
    assert whole["__type"] == {"name": "User"}
    assert shown["__type"] is None


@pytest.mark.rule("R1")
@pytest.mark.parametrize(
    "query",
    [
        "{ users { totalCount } }",
        "{ accounts { nodes { users { email } } } }",
        "mutation { createCase(input: {}) { case { number } } }",
        "{ node(id: 1) { ... on User { email } } }",
    ],
)
async def test_what_no_partner_may_ask_for_is_not_there_for_one(
    client: httpx.AsyncClient, bearer: Bearer, query: str
) -> None:
    answer = await client.post("/graphql", json={"query": query}, headers=bearer(PARTNER))
    told = answer.json()
    assert "data" not in told
    assert all(error["message"].startswith(("Cannot query field", "Unknown type")) for error in told["errors"])


async def test_what_only_routers_ask_for_is_in_nobody_s_schema(client: httpx.AsyncClient, bearer: Bearer) -> None:
    query = "{ __schema { queryType { fields { name } } types { name } } }"
    for who in (READER, PARTNER):
        answer = await client.post("/graphql", json={"query": query}, headers=bearer(who))
        schema = answer.json()["data"]["__schema"]
        names = {each["name"] for each in [*schema["queryType"]["fields"], *schema["types"]]}
        assert {name for name in names if name.startswith("_") and not name.startswith("__")} == set()


async def test_a_partner_s_data_and_introspection_go_together(client: httpx.AsyncClient, bearer: Bearer) -> None:
    query = "{ __typename __schema { queryType { name } } cases(first: 1) { nodes { number } } }"
    answer = (await client.post("/graphql", json={"query": query}, headers=bearer(PARTNER))).json()
    assert len(answer["data"]["cases"]["nodes"]) == 1
    assert answer["data"]["__schema"] == {"queryType": {"name": "Query"}}


async def test_the_schema_is_told_to_the_roles_that_the_settings_name(app_with: AppOf, bearer: Bearer) -> None:
    query = {"query": get_introspection_query()}
    wrong = {"query": "{ case { number } }"}
    async with client_of(app_with(introspection=["analyst"])) as client:
        answers = {who: await client.post("/graphql", json=query, headers=bearer(who)) for who in (READER, ANALYST)}
        guesses = {who: await client.post("/graphql", json=wrong, headers=bearer(who)) for who in (READER, ANALYST)}
    assert "types" in answers[ANALYST].text
    assert "data" not in answers[READER].json()
    assert "introspection has been disabled" in answers[READER].text.lower()
    assert guesses[READER].json()["errors"]
