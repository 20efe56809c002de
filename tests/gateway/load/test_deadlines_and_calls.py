"""A client may say until when an answer is of use to it; analysts see what a query asked of the systems."""

from collections.abc import Callable

import httpx
import pytest

from tests.gateway.conftest import AppOf, client_of
from tests.portal import Systems

Bearer = Callable[[str], dict[str, str]]
READER, ANALYST = "reader@north.example", "analyst@maker.example"
CASES = {"query": "{ viewer { email } cases(first: 1) { nodes { number } } }"}


async def test_a_client_s_deadline_runs_down_through_the_calls(
    client: httpx.AsyncClient, bearer: Bearer, systems: Systems
) -> None:
    systems.conducts["sap"].misbehave(hang=True)
    answer = await client.post("/graphql", json=CASES, headers=bearer(READER) | {"request-timeout": "0.3"})
    told = answer.json()
    assert told["data"]["viewer"] is not None
    assert told["data"]["cases"] is None
    assert {error["extensions"]["code"] for error in told["errors"]} == {"TIMEOUT"}
    assert answer.elapsed.total_seconds() < 2


@pytest.mark.parametrize("given", ["soon", "0", "-1", "1e3", "NaN", "99999", "1, 2"])
async def test_a_deadline_that_is_none_is_told(client: httpx.AsyncClient, bearer: Bearer, given: str) -> None:
    answer = await client.post("/graphql", json=CASES, headers=bearer(READER) | {"request-timeout": given})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["field"]) == (400, "request-timeout")


async def test_the_calls_of_a_query_are_shown_to_who_may_see_them(
    app_with: AppOf, bearer: Bearer, systems: Systems
) -> None:
    asking = {"x-show-calls": "1"}
    async with client_of(app_with(calls_shown=["analyst"])) as client:
        shown = await client.post("/graphql", json=CASES, headers=bearer(ANALYST) | asking)
        unasked = await client.post("/graphql", json=CASES, headers=bearer(ANALYST))
        refused = await client.post("/graphql", json=CASES, headers=bearer(READER) | asking)
    calls = shown.json()["extensions"]["calls"]
    assert {call["system"] for call in calls} >= {"sap"}
    assert all(call["took"] > 0 and call["outcome"] == "answered" for call in calls)
    assert "127.0.0.1" not in shown.text
    assert "calls" not in unasked.json()["extensions"]
    assert "calls" not in refused.json()["extensions"]
