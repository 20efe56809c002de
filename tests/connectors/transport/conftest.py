"""Another SOAP stack than our simulators': it answers whatever a test tells it to."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

import pytest
from lxml import etree
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from connectors.systems.soap_contracts.client import WSDL
from connectors.transport.soap import SoapSystem
from connectors.transport.soap_settings import SoapSettings
from fixtures.simulators.server import running

ENVELOPE = '<?xml version="1.0"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>{}</S:Body></S:Envelope>'


def envelope(content: str) -> Response:
    return Response(ENVELOPE.format(content), media_type="text/xml")


def warranties(*keys: int, total: int | None = None) -> Response:
    """An answer with these equipment numbers."""
    items = "".join(f"<item><EQUNR>{key:018}</EQUNR><BEGDA>2026-01-01</BEGDA></item>" for key in keys)
    counted = "" if total is None else f"<EV_TOTAL>{total}</EV_TOTAL>"
    return envelope(
        '<Z_SCV_WARRANTY_GETLISTResponse xmlns="urn:sap-com:document:sap:rfc:functions">'
        f"<ET_WARRANTY>{items}</ET_WARRANTY>{counted}</Z_SCV_WARRANTY_GETLISTResponse>"
    )


@dataclass
class Call:
    """What was asked: the request, and the operation's parameters by local name (tables: their LOW keys)."""

    request: Request
    parameters: dict[str, str | list[str]]

    def number(self, name: str) -> int:
        value = self.parameters[name]
        assert isinstance(value, str)
        return int(value)


@dataclass
class ForeignStack:
    url: str = ""
    answer: Callable[[Call], Response] = lambda call: Response(status_code=404)
    calls: list[Call] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        call = Call(request, _parameters(await request.body()))
        self.calls.append(call)
        await self.answer(call)(scope, receive, send)


def _parameters(body: bytes) -> dict[str, str | list[str]]:
    operation = etree.fromstring(body)[-1][0]
    return {
        etree.QName(child).localname: [low.text or "" for low in child.iter("LOW")] if len(child) else child.text or ""
        for child in operation
    }


@pytest.fixture(scope="session")
def _running_stack() -> Iterator[ForeignStack]:
    stack = ForeignStack()
    with running(stack) as url:
        stack.url = url
        yield stack


@pytest.fixture
def stack(_running_stack: ForeignStack) -> ForeignStack:
    _running_stack.calls.clear()
    return _running_stack


Connect = Callable[..., SoapSystem]


@pytest.fixture
async def connect(stack: ForeignStack) -> AsyncIterator[Connect]:
    """Makes a system at the stack's address, with these settings beside the usual."""
    made: list[SoapSystem] = []

    def system(**settings: object) -> SoapSystem:
        usual = {"url": stack.url, "user": "PORTAL", "password": SecretStr("pässword")}
        made.append(SoapSystem("contracts", SoapSettings.model_validate(usual | settings), WSDL))
        return made[-1]

    yield system
    for one in made:
        await one.close()
