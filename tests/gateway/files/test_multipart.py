"""Files along with an operation: the GraphQL multipart request specification, and every way to get it wrong (F2)."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from tests.connectors.attachments.makers import jpeg
from tests.gateway.conftest import client_of
from tests.gateway.files.conftest import CREATE, Behind, PersonOf

pytestmark = pytest.mark.rule("F2")

Bearer = Callable[[str], dict[str, str]]
USER = "user@north.example"
HEADER = {"graphql-require-preflight": "1"}
OPERATION = {
    "query": "mutation ($input: CreateCaseInput!) { createCase(input: $input) { errors { code } } }",
    "variables": {"input": {"installedProductId": "x", "attachments": [{"file": None}]}},
}
PLACE = "variables.input.attachments.0.file"


def form(operations: Any = OPERATION, places: Any = None, files: tuple[str, ...] = ("0",)) -> list[tuple[str, Any]]:
    """The parts; what is no text is written as JSON, and None is left out."""
    named = {"0": [PLACE]} if places is None else places
    fields = [("operations", operations), ("map", named)]
    parts: list[tuple[str, Any]] = [
        (name, (None, value if isinstance(value, str) else json.dumps(value))) for name, value in fields if value != "-"
    ]
    return parts + [(name, ("x.jpg", jpeg(), "image/jpeg")) for name in files]


async def send(app: Starlette, headers: dict[str, str], **content: Any) -> httpx.Response:
    async with client_of(app) as client:
        return await client.post("/graphql", headers=headers, **content)


WRONG = {
    "no operations": form("-"),
    "no map": form(places="-"),
    "operations that are no JSON": form("{"),
    "a batch": form([OPERATION]),
    "operations that are a text": form('"x"'),
    "operations without a query": form({"variables": OPERATION["variables"]}),
    "a map that is a list": form(places=[]),
    "a map of texts": form(places={"0": PLACE}),
    "a map of numbers": form(places={"0": [1]}),
    "a file that was not sent": form(files=()),
    "a file that is nowhere in the map": form(files=("0", "1")),
    "a path that is not there": form(places={"0": ["variables.input.nothing"]}),
    "a path through a text": form(places={"0": ["variables.input.installedProductId.x"]}),
    "a path behind the end": form(places={"0": ["variables.input.attachments.7.file"]}),
    "a path from the end": form(places={"0": ["variables.input.attachments.-2.file"]}),
    "a place that is taken": form(places={"0": ["variables.input.installedProductId"]}),
    "the query's place": form({**OPERATION, "operationName": None}, {"0": ["operationName"]}),
    "an empty path": form(places={"0": [""]}),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_form_that_is_wrong_is_told_so(
    gateways: list[Starlette], bearer: Bearer, behind: Behind, what: str
) -> None:
    answer = await send(gateways[0], bearer(USER) | HEADER, files=WRONG[what])
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_INPUT")
    assert "Traceback" not in answer.text
    assert await behind.kept() == []


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=y",
        "multipart/form-data; charset=x",
    ],
)
async def test_a_body_that_is_no_form_is_told_so(gateways: list[Starlette], bearer: Bearer, content_type: str) -> None:
    headers = bearer(USER) | HEADER | {"content-type": content_type}
    answer = await send(gateways[0], headers, content=b"--x\r\nContent-Disposition: form-data\r\n\r\n{}")
    assert (answer.status_code, len(answer.json()["errors"])) == (400, 1)


@given(body=st.binary(max_size=200), boundary=st.sampled_from(["x", "", "x" * 80]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
async def test_no_body_breaks_the_reader(gateways: list[Starlette], bearer: Bearer, body: bytes, boundary: str) -> None:
    headers = bearer(USER) | HEADER | {"content-type": f"multipart/form-data; boundary={boundary}"}
    start = f"--{boundary}\r\n".encode()
    assert (await send(gateways[0], headers, content=start + body)).status_code == 400


async def test_a_page_of_another_origin_sends_no_form_without_being_asked_first(
    gateways: list[Starlette], bearer: Bearer, behind: Behind
) -> None:
    without = await send(gateways[0], bearer(USER), files=form())
    assert (without.status_code, "graphql-require-preflight" in without.text) == (415, True)
    for name in ("graphql-require-preflight", "apollo-require-preflight"):
        answer = await send(gateways[0], bearer(USER) | {name: "true"}, files=form())
        assert answer.json()["errors"][0]["message"].startswith("Variable '$input'")
    nobody = await send(gateways[0], HEADER, files=form())
    assert (nobody.status_code, nobody.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_a_form_that_is_too_large_is_refused_before_it_is_read(gateways: list[Starlette], bearer: Bearer) -> None:
    most = gateways[0].state.gateway.settings.attachments.max_request
    huge = [*form(), ("1", ("y.jpg", bytes(most), "image/jpeg"))]
    answer = await send(gateways[0], bearer(USER) | HEADER, files=huge)
    assert answer.status_code == 413
    assert "requestUpload" in answer.text
    operations = {**OPERATION, "extensions": {"x": "y" * 3_000_000}}
    assert (await send(gateways[0], bearer(USER) | HEADER, files=form(operations))).status_code == 400


async def test_one_file_in_two_places_is_two_files(person: PersonOf, behind: Behind) -> None:
    anna = person()
    about = {"installedProductId": await anna.asset(), "description": "x", "priority": "SYSTEM_DOWN"}
    operation = {"query": CREATE, "variables": {"input": {**about, "attachments": [{"file": None}, {"file": None}]}}}
    places = {"0": [PLACE, PLACE.replace("0", "1")]}
    answer = await send(anna.app, anna.headers | HEADER, files=form(operation, places))
    attachments = answer.json()["data"]["createCase"]["case"]["attachments"]
    assert [each["name"] for each in attachments] == ["x.jpg", "x.jpg"]
    assert len({each["id"] for each in attachments}) == 2


async def test_a_query_may_come_as_a_form_too(person: PersonOf) -> None:
    anna = person()
    operation = {"query": "{ viewer { email } }"}
    answer = await send(anna.app, anna.headers | HEADER, files=form(operation, {}, ()))
    assert answer.json()["data"]["viewer"]["email"] == USER
