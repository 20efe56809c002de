"""What the gateway counts of itself. Labels are bounded: of names that clients choose, the first so many are told."""

from collections.abc import Iterator
from functools import cache
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from connectors.transport.calls import UpstreamCall
from gateway.load.turns import Turns

MOST_OPERATIONS = 200
MOST_CLIENTS = 100
OTHER = "other"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Bounded:
    """The first `most` names, as they are; any other is OTHER."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        if name in self._known:
            return name
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(name)
        return name


class _Shed(Collector):
    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def collect(self) -> Iterator[Metric]:
        told = "Operations refused for too much work"
        yield CounterMetricFamily("portal_operations_shed", told, value=self._turns.refused)


class GatewayMetrics:
    """Registered with the gateway's own registry."""

    def __init__(self, registry: CollectorRegistry, turns: Turns) -> None:
        self._operation, self._client = Bounded(MOST_OPERATIONS), Bounded(MOST_CLIENTS)
        self._requests = Counter(
            "portal_requests",
            "GraphQL requests by operation, client and what came of them: data, partial (with errors), refused, failed",
            ("operation", "client", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "portal_request_seconds", "How long they took", ("operation",), buckets=_SECONDS, registry=registry
        )
        self._calls = Counter(
            "portal_upstream_calls",
            "Calls to the systems, by system and outcome: answered, or the error",
            ("system", "outcome"),
            registry=registry,
        )
        self._call_seconds = Histogram(
            "portal_upstream_seconds", "How long they took", ("system",), buckets=_SECONDS, registry=registry
        )
        self._call_bytes = Counter("portal_upstream_bytes", "Bytes that they answered", ("system",), registry=registry)
        # A label is looked up slowly, and there are few systems and outcomes.
        self._of_call = cache(
            lambda system, outcome: (
                self._calls.labels(system, outcome),
                self._call_seconds.labels(system),
                self._call_bytes.labels(system),
            )
        )
        self.sockets = Gauge("portal_websockets", "WebSockets that are open", registry=registry)
        self.streams = Gauge("portal_event_streams", "Event streams that are open", registry=registry)
        for name, told, value in (
            ("portal_operations_running", "Operations that are executed now", lambda: turns.running + turns.slow),
            ("portal_operations_waiting", "Operations that wait for their turn", lambda: turns.waiting),
            ("portal_operations_limit", "Operations that may be executed at once now", lambda: int(turns.limit)),
            ("portal_loop_lag_seconds", "How far the event loop was behind at the last look", lambda: turns.lag),
        ):
            Gauge(name, told, registry=registry).set_function(value)
        registry.register(_Shed(turns))

    def answered(self, operation: str, client: str | None, outcome: str, started: float) -> None:
        """`started` is of `time.perf_counter`."""
        name = self._operation(operation)
        self._requests.labels(name, self._client(client or "browser"), outcome).inc()
        self._seconds.labels(name).observe(perf_counter() - started)

    def called(self, call: UpstreamCall) -> None:
        count, seconds, size = self._of_call(call.system, call.outcome)
        count.inc()
        seconds.observe(call.seconds)
        size.inc(call.bytes)
