"""Whether anybody collects traces of this process: else the spans of hot paths are not even begun."""

from opentelemetry import trace


def is_traced() -> bool:
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
