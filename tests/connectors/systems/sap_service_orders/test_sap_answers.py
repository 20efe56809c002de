"""Servers that keep to the wire page, each in its own way; and ones that don't, which do no harm."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from connectors.errors import (
    ConnectorError,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceRejected,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.queries import AccountScope, CaseQuery, OrderBy
from connectors.transport.deadline import deadline
from tests.connectors.systems.sap_service_orders.conftest import Connect, Odd, Sap

ANALYST = AccountScope(unrestricted=True)
EVERYTHING = CaseQuery(scope=ANALYST)
TWO_READS = CaseQuery(scope=ANALYST, ids=tuple(str(number) for number in range(1, 151)))

Handler = Callable[[Request], Awaitable[Response]]


def answering(content: object, status: int = 200, media_type: str = "application/json") -> Handler:
    async def handler(request: Request) -> Response:
        body = content if isinstance(content, str | bytes) else json.dumps(content)
        return Response(body, status, media_type=media_type)

    return handler


async def test_pages_are_followed_to_the_configured_host_alone(odd: Odd) -> None:
    asked: list[str] = []

    async def handler(request: Request) -> Response:
        asked.append(str(request.url.include_query_params()).partition("/sap/")[2])
        assert request.query_params["sap-client"] == "100"
        assert request.headers["sap-client"] == "100"
        token = int(request.query_params.get("$skiptoken", "0"))
        found: dict[str, object] = {"results": [{"MaintenanceNotification": str(token + 1)}]}
        if token < 3:
            path = "/sap/opu/odata/sap/API_MAINTNOTIFICATION/MaintenanceNotification"
            found["__next"] = f"http://sap-internal.invalid:8000{path}?$skiptoken={token + 1}"
        return Response(json.dumps({"d": found}), media_type="application/json")

    rows = (await odd(handler).cases(EVERYTHING)).rows
    assert [case.id for case in rows] == ["1", "2", "3", "4"]
    assert len(asked) == 4


async def test_a_runtime_that_cuts_no_windows_is_read_whole(odd: Odd) -> None:
    orders: list[str | None] = []

    async def handler(request: Request) -> Response:
        orders.append(request.query_params.get("$orderby"))
        if orders[-1] is not None:
            refusal = {"error": {"code": "X", "message": {"value": "$orderby is not supported"}}}
            return Response(json.dumps(refusal), 400, media_type="application/json")
        found = {"results": [{"MaintenanceNotification": str(number)} for number in range(1, 4)]}
        return Response(json.dumps({"d": found}), media_type="application/json")

    sap = odd(handler)
    window = CaseQuery(scope=EVERYTHING.scope, order=(OrderBy("updated_at"),), limit=2)
    for _ in range(2):
        rows = await sap.cases(window)
        assert (len(rows.rows), rows.windowed) == (3, False)
    assert sum(order is not None for order in orders) == 1


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (answering("<html>Sign in</html>", media_type="text/html"), SourceMisanswered),
        (answering({"d": None}), SourceMisanswered),
        (answering({"d": {"results": [], "__next": "https://evil.invalid/x"}}), SourceMisanswered),
        (answering({"error": {"code": "X", "message": {"value": "No"}}}, 400), SourceRejected),
        (answering("oops", 400, "text/plain"), SourceMisconfigured),
        (answering("", 401), SourceMisconfigured),
        (answering("", 403), SourceMisconfigured),
        (answering("", 404), SourceMisconfigured),
        (answering("", 302), SourceMisconfigured),
        (answering("<html>", 503, "text/html"), SourceFailed),
    ],
)
async def test_each_failure_has_its_error(odd: Odd, handler: Handler, kind: type[ConnectorError]) -> None:
    with pytest.raises(ConnectorError) as failure:
        await odd(handler).cases(EVERYTHING)
    assert type(failure.value) is kind
    assert "127.0.0.1" not in failure.value.message


async def test_a_list_without_results_and_strange_scalars_are_read(odd: Odd) -> None:
    row = {"MaintenanceNotification": 42, "MaintPriority": 1, "MaintenanceObjectIsDown": "X", "Extra": [1, {}]}
    rows = (await odd(answering({"d": [row]})).cases(EVERYTHING)).rows
    assert [(case.id, case.is_down) for case in rows] == [("42", True)]


async def test_a_system_that_failed_once_is_asked_again(connect: Connect, sap: Sap) -> None:
    sap.conduct.misbehave(fail=503, times=1)
    assert (await connect().cases(EVERYTHING)).rows
    assert len(sap.conduct.calls) == 2


async def test_a_system_that_keeps_failing_is_not_asked_for_ever(connect: Connect, sap: Sap) -> None:
    sap.conduct.misbehave(fail=500)
    with pytest.raises(SourceFailed):
        await connect(attempts=3).cases(EVERYTHING)
    assert len(sap.conduct.calls) == 3


async def test_an_answer_later_than_the_deadline_is_not_waited_for(connect: Connect, sap: Sap) -> None:
    sap.conduct.misbehave(hang=True)
    for query in (EVERYTHING, TWO_READS):
        with deadline(0.1), pytest.raises(SourceTimeout):
            await connect().cases(query)


async def test_a_system_that_is_not_there_is_unreachable(connect: Connect) -> None:
    with pytest.raises(SourceUnreachable):
        await connect(url="http://127.0.0.1:1").ping()


async def test_a_bearer_token_signs_in_too(odd: Odd) -> None:
    seen: list[str] = []

    async def handler(request: Request) -> Response:
        seen.append(request.headers["authorization"])
        return Response('{"d":{"results":[]}}', media_type="application/json")

    await odd(handler, user=None, password=None, token=SecretStr("abc")).ping()
    assert seen == ["Bearer abc"]


async def test_an_expired_token_is_fetched_anew_once_for_all(connect: Connect, sap: Sap) -> None:
    connector = connect()
    await connector.cases(TWO_READS)
    sap.app.state.expire_tokens()
    sap.conduct.behave()
    await asyncio.gather(*(connector.cases(TWO_READS) for _ in range(4)))
    fetched = [call for call in sap.conduct.calls if call.method == "GET"]
    assert len(fetched) == 1
    assert sorted(call.status for call in sap.conduct.calls if call.method == "POST") == [202] * 4 + [403] * 4


async def test_one_token_is_fetched_for_all_who_wait(connect: Connect, sap: Sap) -> None:
    connector = connect()
    await asyncio.gather(*(connector.cases(TWO_READS) for _ in range(5)))
    assert [call.method for call in sap.conduct.calls].count("GET") == 1


async def test_reads_between_do_not_spoil_the_tokens_cookies(odd: Odd) -> None:
    """A server may begin another session with every answer."""
    sessions = 0
    refused: list[str] = []

    async def handler(request: Request) -> Response:
        nonlocal sessions
        sessions += 1
        answer = Response('{"d":{"results":[]}}', media_type="application/json")
        answer.headers["set-cookie"] = f"SESSION={sessions}; path=/; HttpOnly; Secure"
        if request.headers.get("x-csrf-token") == "Fetch":
            answer.headers["x-csrf-token"] = f"token-of-{sessions}"
        elif request.method == "POST":
            if request.headers["x-csrf-token"] != f"token-of-{request.headers['cookie'].partition('=')[2]}":
                refused.append(request.headers["cookie"])
            boundary = request.headers["content-type"].partition("boundary=")[2]
            parts = (await request.body()).decode().count(f"--{boundary}\r\n")
            part = '--b\nContent-Type: application/http\n\nHTTP/1.1 200 OK\n\n{"d":[]}\n'
            return Response(part * parts + "--b--", 202, media_type="multipart/mixed; boundary=b")
        return answer

    connector = odd(handler)
    for _ in range(3):
        await connector.cases(TWO_READS)
        await connector.cases(EVERYTHING)
    assert refused == []


async def test_a_token_that_is_never_taken_is_not_fetched_for_ever(odd: Odd) -> None:
    asked: list[str] = []

    async def handler(request: Request) -> Response:
        asked.append(request.method)
        if request.method == "GET":
            return PlainTextResponse("", headers={"x-csrf-token": "T"})
        return PlainTextResponse("no", 403, headers={"x-csrf-token": "Required"})

    with pytest.raises(SourceMisconfigured):
        await odd(handler).cases(TWO_READS)
    assert asked == ["GET", "POST"] * 2


async def test_one_failed_read_of_a_batch_fails_the_whole(odd: Odd) -> None:
    async def handler(request: Request) -> Response:
        if request.method == "GET":
            return PlainTextResponse("", 404, headers={"X-CSRF-Token": "T"})
        said = json.dumps({"error": {"code": "X/1", "message": {"value": "Not like this"}}})
        parts = f'HTTP/1.1 200 OK\r\n\r\n{{"d":[]}}\r\n--b\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n{said}\r\n--b--'
        return Response(f"--b\r\n\r\n{parts}", 202, media_type="multipart/mixed; boundary=b")

    with pytest.raises(SourceRejected, match="Not like this"):
        await odd(handler).cases(TWO_READS)


async def test_a_batch_that_is_answered_in_part_is_no_answer(odd: Odd) -> None:
    async def handler(request: Request) -> Response:
        if request.method == "GET":
            return PlainTextResponse("", headers={"x-csrf-token": "T"})
        body = '--b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{"d":[]}\r\n--b--'
        return Response(body, 202, media_type="multipart/mixed; boundary=b")

    with pytest.raises(SourceMisanswered, match="all of a"):
        await odd(handler).cases(TWO_READS)


async def test_no_token_is_an_error_with_a_name(odd: Odd) -> None:
    with pytest.raises(SourceMisconfigured, match="no CSRF token"):
        await odd(answering({"d": []})).cases(TWO_READS)
