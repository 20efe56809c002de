"""One line a request, under an id, and nothing in it that is nobody's business."""

import io
import json
import re
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.logging import configure_logging
from gateway.request_log import RequestLog

Bearer = Callable[[str], dict[str, str]]


@pytest.fixture
def logged(logging_kept: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, object]]]:
    """What was logged as JSON since the test began."""
    stream = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", stream)
        configure_logging("info", "json")
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def broken() -> httpx.AsyncClient:
    async def fail(_: Request) -> Response:
        raise RuntimeError("hunter2")

    app = Starlette(routes=[Route("/broken", fail)], middleware=[Middleware(RequestLog)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal.test")


async def test_a_sane_id_is_kept_and_answered(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz", headers={"x-request-id": "trace-1.A_b"})
    assert answer.headers["x-request-id"] == "trace-1.A_b"


@pytest.mark.parametrize("asked_for", ["", "x" * 65, "a b", "a\tb", "<script>", "-x", "\u00e9"])
async def test_any_other_id_is_replaced(client: httpx.AsyncClient, asked_for: str) -> None:
    answer = await client.get("/healthz", headers=[(b"x-request-id", asked_for.encode("latin-1"))])
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_the_log_tells_who_asked_what_and_how_it_ended(
    client: httpx.AsyncClient, bearer: Bearer, logged: Callable[[], list[dict[str, object]]]
) -> None:
    body = {"query": "query Mine($n: String!) { case(number: $n) { number } }", "variables": {"n": "SECRET-42"}}
    headers = bearer("partner-north") | {"x-request-id": "r-1"}
    await client.post("/graphql", json=body, headers=headers)
    (event,) = [each for each in logged() if each["event"] == "request"]
    wanted = {"request_id": "r-1", "method": "POST", "path": "/graphql", "status": 200, "viewer": "partner-north"}
    assert event | wanted == event
    assert event["role"] == "partner"
    assert isinstance(event["seconds"], float)


async def test_the_log_holds_no_token_and_no_variable(
    client: httpx.AsyncClient, bearer: Bearer, logged: Callable[[], list[dict[str, object]]]
) -> None:
    headers = bearer("partner-north")
    body = {"query": "query($n: String!) { case(number: $n) { nonsense } }", "variables": {"n": "SECRET-42"}}
    await client.post("/graphql", json=body, headers=headers)
    await client.post("/graphql", json=body, headers={"authorization": "Bearer secret.token.here"})
    text = json.dumps(logged())
    assert "identity.token_refused" in text
    for secret in ("SECRET-42", "nonsense", "secret.token", headers["authorization"].split(".")[1]):
        assert secret not in text


async def test_what_nobody_foresaw_is_answered_with_the_id_and_logged_without_values(
    logged: Callable[[], list[dict[str, object]]],
) -> None:
    async with broken() as client:
        answer = await client.get("/broken", headers={"x-request-id": "r-2"})
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL", "id": "r-2"}
    assert "hunter2" not in answer.text
    events = logged()
    assert {"request.failed", "request"} == {event["event"] for event in events}
    assert "locals" not in json.dumps(events)


async def test_the_probes_of_an_orchestrator_are_not_logged(
    client: httpx.AsyncClient, logged: Callable[[], list[dict[str, object]]]
) -> None:
    await client.get("/healthz")
    assert logged() == []
