"""GraphQL over HTTP, request by request."""

import asyncio
import json
from collections.abc import Callable, MutableMapping
from typing import Any

import httpx
import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from gateway.execution import Answer
from gateway.graphql_http import answer_response, execution_response
from gateway.media_types import GRAPHQL_RESPONSE, JSON
from tests.gateway.conftest import AppOf, client_of
from tests.portal import Systems

Bearer = Callable[[str], dict[str, str]]
WHO = "reader@north.example"
VIEWER = "{ viewer { email } }"


@pytest.fixture
def headers(bearer: Bearer) -> dict[str, str]:
    return bearer(WHO) | {"accept": GRAPHQL_RESPONSE}


def codes(answer: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


async def post(client: httpx.AsyncClient, headers: dict[str, str], body: object) -> httpx.Response:
    return await client.post("/graphql", json=body, headers=headers)


async def test_a_query_is_answered(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await post(client, headers, {"query": VIEWER, "unknown": 1, "extensions": {"x": 1}, "variables": None})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{GRAPHQL_RESPONSE}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["data"] == {"viewer": {"email": WHO}}


async def test_variables_and_the_operations_name_are_heeded(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    query = "query A($n: String!) { case(number: $n) { number } } query B { __typename }"
    body = {"query": query, "operationName": "A", "variables": {"n": "300000104"}}
    assert (await post(client, headers, body)).json()["data"] == {"case": None}


async def test_polish_letters_go_both_ways(client: httpx.AsyncClient, bearer: Bearer) -> None:
    query = "query($t: String) { accounts(filter: {text: $t}) { nodes { name } } }"
    answer = await post(
        client, bearer("manager@north.example"), {"query": query, "variables": {"t": "Zdrowia \\ Łódź"}}
    )
    assert answer.json()["data"]["accounts"]["nodes"] == [{"name": "Przychodnia 100%_Zdrowia \\ Łódź"}]


@pytest.mark.parametrize(
    "body",
    [
        {"query": "{ viewer { "},
        {"query": "{ viewer { nonsense } }"},
        {"query": "query($n: Int!) { node(id: $n) { id } }", "variables": {"n": "x"}},
        {"query": "query($n: ID!) { node(id: $n) { id } }"},
        {"query": "query A { __typename } query B { __typename }"},
        {"query": "query A { __typename }", "operationName": "C"},
        {"query": "subscription { x }"},
        {"query": "fragment F on Query { __typename }"},
        {"query": "{ node { id " * 3000},
    ],
    ids=lambda body: str(body["query"])[:40],
)
async def test_a_request_that_can_not_be_executed_is_the_clients_fault(
    client: httpx.AsyncClient, headers: dict[str, str], body: dict[str, object]
) -> None:
    answer = await post(client, headers, body)
    assert answer.status_code == 400
    assert set(codes(answer)) == {"BAD_INPUT"}
    assert "data" not in answer.json()


async def test_clients_of_plain_json_get_200_for_whatever_is_graphql(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await post(client, bearer(WHO) | {"accept": JSON}, {"query": "{ nonsense }"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{JSON}; charset=utf-8")
    assert codes(answer) == ["BAD_INPUT"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"query": 5}',
        b'{"query": ""}',
        b"{}",
        b'{"query": "{a}", "variables": []}',
        b'{"query": "{a}", "variables": "{}"}',
        b'{"query": "{a}", "operationName": 5}',
        b'{"query": "{a}", "extensions": "x"}',
        b'{"variables": ' + b"[" * 5000,
    ],
    ids=lambda content: content[:40].decode("latin-1"),
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
async def test_a_malformed_request_is_refused_in_every_form(
    client: httpx.AsyncClient, bearer: Bearer, content: bytes, accept: str
) -> None:
    asked = bearer(WHO) | {"accept": accept, "content-type": "application/json"}
    answer = await client.post("/graphql", content=content, headers=asked)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith(accept)
    assert codes(answer) == ["BAD_INPUT"]


async def test_a_batch_is_refused_with_a_hint(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await post(client, headers, [{"query": VIEWER}])
    assert answer.status_code == 400
    assert "one operation" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql"],
)
async def test_what_a_browser_sends_to_any_site_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], content_type: str
) -> None:
    asked = headers | ({"content-type": content_type} if content_type else {})
    answer = await client.post("/graphql", content=json.dumps({"query": VIEWER}).encode(), headers=asked)
    assert (answer.status_code, codes(answer)) == (415, ["BAD_INPUT"])


@pytest.mark.parametrize(("charset", "status"), [("utf-8", 200), ('"UTF-8"', 200), ("latin-1", 415)])
async def test_requests_are_in_utf_8(
    client: httpx.AsyncClient, headers: dict[str, str], charset: str, status: int
) -> None:
    asked = headers | {"content-type": f"application/json; charset={charset}"}
    answer = await client.post("/graphql", content=json.dumps({"query": VIEWER}).encode(), headers=asked)
    assert answer.status_code == status


async def test_a_body_that_is_too_large_is_refused_announced_or_not(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    large = json.dumps({"query": VIEWER + " " * (2 * 1024 * 1024)}).encode()

    async def in_pieces() -> Any:
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    asked = headers | {"content-type": "application/json"}
    for content in (large, in_pieces()):
        answer = await client.post("/graphql", content=content, headers=asked)
        assert (answer.status_code, codes(answer)) == (413, ["BAD_INPUT"])


async def test_a_client_that_takes_no_json_is_told(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await post(client, bearer(WHO) | {"accept": "text/csv"}, {"query": VIEWER})
    assert (answer.status_code, codes(answer)) == (406, ["BAD_INPUT"])


async def test_a_query_can_be_asked_with_get(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    parameters = {
        "query": "query A($n: String!) { case(number: $n) { number } }",
        "variables": '{"n": "1"}',
        "operationName": "A",
    }
    answer = await client.get("/graphql", params=parameters, headers=headers)
    assert (answer.status_code, answer.json()["data"]) == (200, {"case": None})


@pytest.mark.parametrize("parameters", [{}, {"query": VIEWER, "variables": "{"}, {"query": VIEWER, "variables": "[]"}])
async def test_a_malformed_address_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], parameters: dict[str, str]
) -> None:
    assert (await client.get("/graphql", params=parameters, headers=headers)).status_code == 400


async def test_get_answers_json_to_a_client_that_takes_anything(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await client.get("/graphql", params={"query": VIEWER}, headers=bearer(WHO) | {"accept": "*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, headers: dict[str, str], method: str) -> None:
    answer = await client.request(method, "/graphql", headers=headers)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


async def test_a_part_that_is_missing_does_not_take_the_rest_away(
    client: httpx.AsyncClient, bearer: Bearer, systems: Systems
) -> None:
    systems.conducts["contracts"].misbehave(fail=503)
    query = "{ cases(first: 1) { totalCount } installedProducts(first: 1) { nodes { assetId contracts { number } } } }"
    answer = await post(client, bearer(WHO) | {"accept": GRAPHQL_RESPONSE}, {"query": query})
    assert answer.status_code == 200
    assert answer.json()["data"]["cases"]["totalCount"] == 19
    assert codes(answer) == ["SOURCE_UNAVAILABLE"]
    assert "127.0.0.1" not in answer.text


async def test_a_system_that_hangs_costs_no_more_than_the_deadline(
    app_with: AppOf, bearer: Bearer, systems: Systems
) -> None:
    systems.conducts["archive"].misbehave(hang=True)
    query = "{ viewer { email } installedProducts(first: 1) { nodes { assetId caseArchive { totalCount } } } }"
    async with client_of(app_with(request_timeout=1.0)) as client:
        answer = await asyncio.wait_for(post(client, bearer(WHO), {"query": query}), 5)
    assert answer.json()["data"]["viewer"] == {"email": WHO}
    assert codes(answer) == ["TIMEOUT"]


async def test_what_runs_past_the_deadline_is_ended_and_told() -> None:
    async def late() -> Answer:
        raise TimeoutError

    answer = await execution_response(late(), "r-1", GRAPHQL_RESPONSE)
    assert answer.status_code == 504
    told = json.loads(bytes(answer.body))
    assert (told["data"], told["errors"][0]["extensions"]["code"]) == (None, "TIMEOUT")


async def test_what_nobody_foresaw_is_told_by_its_id_alone() -> None:
    async def failed() -> Answer:
        cause = RuntimeError("secret detail")
        return Answer(b'{"a":null}', [GraphQLError("secret detail", original_error=cause, path=["a"])])

    answer = await execution_response(failed(), "r-1", GRAPHQL_RESPONSE)
    assert answer.status_code == 200
    assert b"secret" not in bytes(answer.body)
    assert json.loads(bytes(answer.body))["errors"][0]["extensions"] == {"code": "INTERNAL", "id": "r-1"}


def test_a_null_that_reached_the_top_is_an_answer_and_no_refusal() -> None:
    answer = answer_response(Answer(b"null", [GraphQLError("x", path=["a"])]), "r-1", GRAPHQL_RESPONSE)
    assert (answer.status_code, json.loads(bytes(answer.body))["data"]) == (200, None)
    refused = answer_response(Answer(None, [GraphQLError("x")]), "r-1", GRAPHQL_RESPONSE)
    assert (refused.status_code, "data" in json.loads(bytes(refused.body))) == (400, False)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # the other side is a server in another thread
            await asyncio.sleep(0.01)


async def test_an_execution_ends_when_nobody_waits_for_it_any_more(
    app: Starlette, bearer: Bearer, systems: Systems
) -> None:
    systems.conducts["sap"].misbehave(hang=True)
    body = json.dumps({"query": "{ cases { totalCount } }"}).encode()
    sent: list[MutableMapping[str, Any]] = []
    asked = asyncio.Event()

    async def receive() -> MutableMapping[str, Any]:
        if not asked.is_set():
            asked.set()
            return {"type": "http.request", "body": body, "more_body": False}
        await until(lambda: systems.conducts["sap"].in_flight > 0)
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = bearer(WHO) | {"content-type": "application/json"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await asyncio.wait_for(app(scope, receive, send), 5)
    assert sent[0]["status"] == 499
    await until(lambda: systems.conducts["sap"].in_flight == 0)


async def test_introspection_can_be_turned_off(app_with: AppOf, bearer: Bearer) -> None:
    query = {"query": "{ __schema { queryType { name } } }"}
    async with client_of(app_with(introspection=False)) as client:
        assert set(codes(await post(client, bearer(WHO), query))) == {"BAD_INPUT"}
    async with client_of(app_with()) as client:
        assert "errors" not in (await post(client, bearer(WHO), query)).json()


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ viewr { email } }", {}),
        ("{ viewer { emai } }", {}),
        ("{ cases(frst: 1) { totalCount } }", {}),
        ("{ cases(filter: { status: [NW] }) { totalCount } }", {}),
        ("{ cases(filter: { statuss: [NEW] }) { totalCount } }", {}),
        ('{ node(id: "x") { ... on Cas { number } } }', {}),
        ("query ($f: CaseFilte) { cases(filter: $f) { totalCount } }", {}),
        ("query ($s: [CaseStatus!]) { cases(filter: { status: $s }) { totalCount } }", {"s": ["NW"]}),
        ("query ($f: CaseFilter) { cases(filter: $f) { totalCount } }", {"f": {"statuss": ["NEW"]}}),
        ("{ viewer { email @includ(if: true) } }", {}),
    ],
)
async def test_without_introspection_nobody_is_told_what_was_meant(
    app_with: AppOf, bearer: Bearer, query: str, variables: dict[str, Any]
) -> None:
    told = {}
    for introspection in (True, False):
        async with client_of(app_with(introspection=introspection)) as client:
            answer = await post(client, bearer(WHO), {"query": query, "variables": variables})
        told[introspection] = answer.text
    assert "Did you mean" not in told[False]
    assert "errors" in told[False]


@given(content=st.binary(max_size=60) | st.text(max_size=60).map(lambda query: json.dumps({"query": query}).encode()))
async def test_no_body_crashes_the_gateway(app: Starlette, bearer: Bearer, content: bytes) -> None:
    async with client_of(app) as client:
        asked = bearer(WHO) | {"content-type": "application/json", "accept": GRAPHQL_RESPONSE}
        answer = await client.post("/graphql", content=content, headers=asked)
    assert answer.status_code in (200, 400)
