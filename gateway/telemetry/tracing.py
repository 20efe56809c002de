"""Traces: a request, the fields of its plan that ask a system, and the calls to the systems, as one.

The API costs next to nothing until `export_traces` has said where to. No query, variable or row is told to a trace.
"""

from collections.abc import Callable

from opentelemetry import propagate, trace
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.telemetry.settings import TelemetrySettings

_tracer = trace.get_tracer("portal.gateway")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


def export_traces(settings: TelemetrySettings) -> Callable[[], None]:
    """Send this process's traces to a collector. What is answered ends that, once all has been sent."""
    if settings.otlp is None:
        return lambda: None
    # Imported where they are used: a gateway without a collector starts faster.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    provider = TracerProvider(
        resource=Resource.create({"service.name": settings.name}),
        sampler=ParentBased(TraceIdRatioBased(settings.share)),
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{settings.otlp}/v1/traces")))
    trace.set_tracer_provider(provider)
    return provider.shutdown


class Tracing:
    """A span for each request, under the caller's own where it tells one (`traceparent`);"""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self.app(scope, receive, send)
            return
        above = propagate.extract(Headers(scope=scope))
        with _tracer.start_as_current_span(scope["method"], above, kind=trace.SpanKind.SERVER) as span:

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            await self.app(scope, receive, answer if span.is_recording() else send)


def trace_of_request() -> dict[str, str]:
    """What joins a line of the log to the trace; empty without one."""
    context = trace.get_current_span().get_span_context()
    return {"trace_id": trace.format_trace_id(context.trace_id)} if context.is_valid else {}


def name_request(operation: str, kind: str) -> None:
    """Once it is known what a request asks: the names that a document of ours holds, never a client's text."""
    span = trace.get_current_span()
    if span.is_recording():
        span.update_name(f"{kind} {operation}")
        span.set_attributes({"graphql.operation.name": operation, "graphql.operation.type": kind})
