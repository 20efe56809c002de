"""Requests that no honest client sends: each is told what is wrong by a status of its own, and harms nobody."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from gateway.edges import MOST_ADDRESS_BYTES, MOST_HEADER_BYTES
from gateway.media_types import GRAPHQL_RESPONSE
from tests.gateway.conftest import client_of

Bearer = Callable[[str], dict[str, str]]
READER = "reader@north.example"
VIEWER = json.dumps({"query": "{ viewer { email } }"}).encode()
JSON_TYPE = ("content-type", "application/json")


@pytest.mark.parametrize(
    ("status", "headers", "content"),
    [
        (200, [JSON_TYPE], VIEWER),
        (415, [JSON_TYPE, ("content-encoding", "gzip")], gzip.compress(VIEWER, mtime=0)),
        (415, [JSON_TYPE, ("content-encoding", "br")], VIEWER),
        (200, [JSON_TYPE, ("content-encoding", "identity")], VIEWER),
        (400, [JSON_TYPE, ("content-type", "text/plain")], VIEWER),
        (400, [JSON_TYPE, JSON_TYPE], VIEWER),
        (415, [], VIEWER),
        (431, [JSON_TYPE, ("x-large", "a" * MOST_HEADER_BYTES)], VIEWER),
        (431, [JSON_TYPE, *((f"x-{place}", "a") for place in range(101))], VIEWER),
        (400, [JSON_TYPE], b'{"query": "{ viewer { email } } #\xff"}'),
        (400, [JSON_TYPE], b'{"query": "{ viewer { email } } #\\ud800"}'),
        (
            400,
            [JSON_TYPE],
            b'{"query": "query($n: Int) { cases(first: $n) { totalCount } }", "variables": {"n": 1e999}}',
        ),
        (400, [JSON_TYPE], json.dumps({"query": "{ cases(first: %s) { totalCount } }" % ("9" * 5000)}).encode()),
        (400, [JSON_TYPE], json.dumps({"query": "{ cases(first: -%s.0) { totalCount } }" % ("9" * 5000)}).encode()),
    ],
    ids=[
        "good",
        "compressed",
        "compressed otherwise",
        "as it is",
        "two types",
        "one type twice",
        "no type",
        "a large header",
        "many headers",
        "no UTF-8",
        "a lone surrogate",
        "an endless number",
        "a long number",
        "a long negative number",
    ],
)
async def test_a_request_that_is_none_is_told_what_is_wrong(
    client: httpx.AsyncClient, bearer: Bearer, status: int, headers: list[tuple[str, str]], content: bytes
) -> None:
    given_headers = [*bearer("reader@north.example").items(), ("accept", GRAPHQL_RESPONSE), *headers]
    answer = await client.post("/graphql", content=content, headers=given_headers)
    assert answer.status_code == status, answer.text
    if status != 200:
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "BAD_INPUT"
        assert "went wrong here" not in error["message"]


@pytest.mark.parametrize("path", ["/graphql", "/exports/x/y", "/files/x/y", "/healthz", "/nowhere"])
async def test_an_address_without_end_is_refused_everywhere(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"query": "a" * MOST_ADDRESS_BYTES})
    assert (answer.status_code, answer.headers["connection"]) == (414, "close")


def test_links_of_ours_are_shorter_than_addresses_may_be() -> None:
    from schema.exports.fields import _LONGEST_LINK

    assert _LONGEST_LINK < MOST_ADDRESS_BYTES


@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from(["content-type", "accept", "range", "accept-language", "origin", "content-encoding"]),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
        ),
        max_size=4,
    ),
    content=st.binary(max_size=40),
)
async def test_no_headers_crash_the_gateway(
    app: Starlette, bearer: Bearer, headers: list[tuple[str, str]], content: bytes
) -> None:
    sent: list[Any] = [*bearer("reader@north.example").items(), *headers]
    async with client_of(app) as client:
        answer = await client.post("/graphql", content=content, headers=sent)
    assert 200 <= answer.status_code < 500


@pytest.mark.parametrize(("scheme", "told"), [("http", None), ("https", "max-age=31536000")])
async def test_every_answer_tells_a_browser_to_trust_it_with_little(
    app: Starlette, bearer: Bearer, scheme: str, told: str | None
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"{scheme}://portal.test") as client:
        answers = [
            await client.post("/graphql", content=VIEWER, headers=bearer(READER) | dict([JSON_TYPE])),
            await client.post("/graphql", content=VIEWER, headers=dict([JSON_TYPE])),
            await client.get("/nowhere"),
        ]
    assert [answer.status_code for answer in answers] == [200, 401, 404]
    for answer in answers:
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers.get("strict-transport-security") == told
