"""A query is held to what it may ask for, and told what that is: never less than the objects of its answer."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st

from gateway.execution.documents import Documents
from gateway.media_types import GRAPHQL_RESPONSE
from tests.gateway.conftest import AppOf, client_of

Bearer = Callable[[str], dict[str, str]]
MANAGER, ANALYST = "manager@north.example", "analyst@maker.example"


def cost(graph: strawberry.Schema, query: str, **variables: Any) -> int:
    document = Documents(graph).get(query)
    assert document.errors == []
    return document.cost(document.operation(None), variables)


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{ __typename }", {}, 0),
        ("{ viewer { email } }", {}, 1),
        ("{ cases { nodes { number } } }", {}, 1 + 50),
        ("{ cases(first: 7) { nodes { number } edges { node { number } } } }", {}, 1 + 7 + 7 * 2),
        ("{ cases(first: 7) { totalCount } }", {}, 1),
        ("query ($n: Int) { cases(first: $n) { nodes { number } } }", {"n": 3}, 1 + 3),
        ("query ($n: Int) { cases(first: $n) { nodes { number } } }", {}, 1 + 50),
        ("{ cases(first: 10) { nodes { visits { id } } } }", {}, 1 + 10 * (1 + 10)),
        ("{ cases(first: 10) { nodes { installedProduct { account { name } } } } }", {}, 1 + 10 * 3),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", "b"]}, 2),
        ('{ nodes(ids: ["a", "b", "c"]) { ... on Case { visits { id } } } }', {}, 3 * 11),
        ('{ search(text: "x", first: 4) { hits { case { number } } facets { count } } }', {}, 100 + 4 * 2 + 1),
        ("{ ...F } fragment F on Query { a: viewer { email } b: viewer { email } }", {}, 2),
    ],
)
def test_lists_count_what_they_may_hold(
    graph: strawberry.Schema, query: str, variables: dict[str, Any], expected: int
) -> None:
    assert cost(graph, query, **variables) == expected


@given(st.lists(st.integers(0, 1000) | st.none(), min_size=1, max_size=8))
def test_a_cost_is_of_the_variables_of_its_request(graph: strawberry.Schema, sizes: list[int | None]) -> None:
    """Though it is remembered."""
    document = Documents(graph).get("query ($n: Int) { cases(first: $n) { nodes { visits { id } } } }")
    for size in sizes:
        expected = 1 + (50 if size is None else size) * 11
        assert document.cost(document.operation(None), {"n": size}) == expected


def test_fragments_are_counted_once(graph: strawberry.Schema) -> None:
    parts = [f"fragment F{n} on Account {{ ...F{n + 1} children {{ ...F{n + 1} }} }}" for n in range(40)]
    query = " ".join(["{ accounts { nodes { ...F0 } } }", *parts, "fragment F40 on Account { name }"])
    document = Documents(graph).get(query)
    assert document.cost(document.operation(None), {}) > 10**30


async def post(client: httpx.AsyncClient, who: dict[str, str], query: str, **variables: Any) -> httpx.Response:
    headers = who | {"accept": GRAPHQL_RESPONSE}
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


async def test_the_cost_is_told_with_the_answer(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await post(client, bearer(MANAGER), "{ cases(first: 2) { nodes { number } } }")
    assert answer.json()["extensions"] == {"cost": {"requested": 3, "maximum": 100_000}}


DEAR = "{ installedProducts(first: 1000) { nodes { cases(first: 150) { nodes { number } } } } }"


async def test_what_costs_more_is_refused_before_anything_is_asked(
    client: httpx.AsyncClient, bearer: Bearer, systems: Any
) -> None:
    answer = await post(client, bearer(MANAGER), DEAR)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {
        "code": "QUERY_TOO_COSTLY",
        "limit": "cost",
        "value": 1 + 1000 * (1 + 1 + 150),
        "maximum": 100_000,
    }
    assert systems.calls() == {}
    assert (await post(client, bearer(ANALYST), DEAR)).status_code == 200, "analysts may ask for more"


async def test_an_answer_holds_no_more_objects_than_it_costs(client: httpx.AsyncClient, bearer: Bearer) -> None:
    query = """{ installedProducts(first: 30) { nodes { account { name } cases(first: 5) { nodes { number } }
      contractLines { number } visits { id } } } }"""
    answer = (await post(client, bearer(MANAGER), query)).json()

    def objects(value: Any) -> int:
        if isinstance(value, dict):
            return 1 + sum(objects(each) for each in value.values())
        return sum(objects(each) for each in value) if isinstance(value, list) else 0

    assert objects(answer["data"]) - 1 <= answer["extensions"]["cost"]["requested"]


async def test_the_limits_are_settings(app_with: AppOf, bearer: Bearer) -> None:
    app = app_with()
    settings = app.state.gateway.settings
    object.__setattr__(settings, "limits", settings.limits.model_copy(update={"cost": 2}))
    async with client_of(app) as client:
        assert (await post(client, bearer(MANAGER), "{ cases(first: 2) { nodes { number } } }")).status_code == 400
        assert (await post(client, bearer(MANAGER), "{ cases(first: 1) { nodes { number } } }")).status_code == 200


@pytest.mark.parametrize("accept", [GRAPHQL_RESPONSE, "application/json", "*/*"])
async def test_what_is_too_much_is_400_whatever_the_client_accepts(
    client: httpx.AsyncClient, bearer: Bearer, accept: str
) -> None:
    queries = [DEAR, "{ " + " ".join(f"a{number}: viewer {{ email }}" for number in range(200)) + " }"]
    for query in queries:
        answer = await client.post("/graphql", json={"query": query}, headers=bearer(MANAGER) | {"accept": accept})
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]["code"]) == (400, "QUERY_TOO_COSTLY")
        assert error["extensions"]["limit"] in error["message"] or error["extensions"]["limit"] == "cost"
