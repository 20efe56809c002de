"""A call over SOAP: what goes out, and what the answers of other servers come to."""

from time import monotonic

import pytest
from starlette.responses import HTMLResponse, RedirectResponse, Response

from connectors.errors import (
    ConnectorError,
    SourceBusy,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.transport.deadline import deadline
from connectors.transport.soap import SoapSystem
from connectors.transport.soap_answers import Row, SoapAnswer
from connectors.transport.soap_requests import RangeTable
from tests.connectors.transport.conftest import Call, Connect, ForeignStack, envelope, warranties

FAULT = "<S:Fault><faultcode>S:Server</faultcode><faultstring>no</faultstring></S:Fault>"


def rows(answer: SoapAnswer) -> list[Row]:
    return answer.table("ET_WARRANTY")


async def call(system: SoapSystem, *keys: str) -> list[Row]:
    return await system.call("Z_SCV_WARRANTY_GETLIST", {"IT_EQUNR": RangeTable(keys or ("1",))}, rows)


async def test_a_call_goes_to_our_address_with_our_credentials(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(1)
    await call(connect(path="/zscv", language="pl"), "000000000000000001", "000000000000000002")
    request, parameters = stack.calls[0].request, stack.calls[0].parameters
    assert (request.method, request.url.path) == ("POST", "/zscv")
    assert request.headers["authorization"] == "Basic UE9SVEFMOnDDpHNzd29yZA=="
    assert request.headers["content-type"] == "text/xml; charset=utf-8"
    assert request.headers["soapaction"].endswith(':Z_SCV_WARRANTY_GETLISTRequest"')
    assert parameters == {"IT_EQUNR": ["000000000000000001", "000000000000000002"], "IV_LANGU": "PL"}


async def test_soap_1_2_carries_the_action_in_its_content_type(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(1)
    await call(connect(soap_version="1.2"))
    request = stack.calls[0].request
    assert request.url.path.endswith("/zscv_soap12"), "the path that the WSDL names for the version"
    assert request.headers["content-type"].startswith("application/soap+xml; charset=utf-8; action=")
    assert "soapaction" not in request.headers


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_fault_is_read_under_any_status(stack: ForeignStack, connect: Connect, status: int) -> None:
    def answer(call: Call) -> Response:
        response = envelope(FAULT)
        response.status_code = status
        return response

    stack.answer = answer
    with pytest.raises(SourceFailed):
        await call(connect(attempts=1))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, SourceMisconfigured),
        (401, SourceMisconfigured),
        (404, SourceMisconfigured),
        (429, SourceBusy),
        (500, SourceFailed),
        (503, SourceFailed),
        (200, SourceMisanswered),
    ],
)
async def test_an_intermediarys_page_is_known_by_its_status(
    stack: ForeignStack, connect: Connect, status: int, error: type[ConnectorError]
) -> None:
    stack.answer = lambda call: HTMLResponse("<html><body>told by 10.0.0.7<br></body></html>", status)
    with pytest.raises(error) as caught:
        await call(connect(attempts=1))
    assert "10.0.0.7" not in caught.value.message


async def test_a_redirect_is_not_followed(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: RedirectResponse(f"{stack.url}/elsewhere")
    with pytest.raises(SourceMisanswered):
        await call(connect())
    assert len(stack.calls) == 1


async def test_a_read_that_failed_is_tried_once_more(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: HTMLResponse("down", 503) if len(stack.calls) == 1 else warranties(1)
    assert len(await call(connect())) == 1
    assert len(stack.calls) == 2


async def test_a_system_that_stays_down_is_not_asked_for_ever(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: HTMLResponse("down", 503)
    with pytest.raises(SourceFailed):
        await call(connect(attempts=2))
    assert len(stack.calls) == 2


async def test_a_refusal_is_not_tried_again(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: HTMLResponse("who?", 401)
    with pytest.raises(SourceMisconfigured):
        await call(connect(attempts=3))
    assert len(stack.calls) == 1


async def test_no_call_outlives_the_requests_deadline(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(1)
    with deadline(0.0), pytest.raises(SourceTimeout):
        await call(connect())
    assert stack.calls == []


async def test_a_system_that_is_not_there_is_unreachable(connect: Connect) -> None:
    started = monotonic()
    with pytest.raises(SourceUnreachable):
        await call(connect(url="http://127.0.0.1:9"))
    assert monotonic() - started < 2


async def test_an_answer_beyond_the_limit_is_given_up(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(*range(1000))
    with pytest.raises(SourceMisanswered):
        await call(connect(max_answer_bytes=10_000))


async def test_a_large_answer_is_read_as_a_small_one(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(*range(1, 3001))
    found = await call(connect())
    assert [int(row["EQUNR"]) for row in found] == list(range(1, 3001))
