"""What stands before each call to a system, and looks at what came of it: breaker, bulkhead, retry budget, traces."""

from time import monotonic
from types import TracebackType
from typing import Self

from opentelemetry import propagate, trace

from connectors.errors import ConnectorError, SourceBusy, SourceFailed, SourceTimeout, SourceUnreachable, TryLater
from connectors.transport.breaker import Breaker
from connectors.transport.bulkhead import Bulkhead, QueueFull
from connectors.transport.calls import ANSWERED, UpstreamCall, tell
from connectors.transport.retries import RetryBudget
from connectors.transport.settings import HttpSettings
from connectors.transport.tracing import is_traced

_tracer = trace.get_tracer("portal.connectors")

_OVERLOADED = (429, 503)


class SystemGuard:
    """Of one system's address."""

    def __init__(self, system: str, settings: HttpSettings) -> None:
        self.system = system
        self.breaker = Breaker(settings.breaker_failures)
        self.bulkhead = Bulkhead(settings.connections, settings.queue)
        self.budget = RetryBudget(settings.retry_share)
        self.timeout = settings.timeout

    def call(self, method: str, path: str, *, seconds: float) -> "GuardedCall":
        """A context in which a call is made in `seconds`. Raises TryLater where the system is left alone for now."""
        wait = self.breaker.refuses()
        if wait:
            raise TryLater(self.system, "does not answer at the moment", retry_after=round(wait + 0.5))
        self.budget.called()
        return GuardedCall(self, method, path, seconds)


class GuardedCall:
    """`headers` are to be sent: they join the system's traces to ours."""

    def __init__(self, guard: SystemGuard, method: str, path: str, seconds: float) -> None:
        self.headers: dict[str, str] = {}
        self._guard = guard
        self._method = method
        self._path = path.partition("?")[0]
        self._in_full = seconds >= guard.timeout
        self._entered = False
        self._status = 0
        self._bytes = 0
        self._started = monotonic()
        self._span: trace.Span = trace.INVALID_SPAN
        if is_traced():
            self._span = _tracer.start_span(f"{method} {guard.system}", kind=trace.SpanKind.CLIENT)

    async def turn(self) -> None:
        """Wait for one's turn. Raises SourceBusy where too many do."""
        try:
            await self._guard.bulkhead.enter()
        except QueueFull as error:
            raise SourceBusy(self._guard.system, "has too much to do at the moment", retry_after=1) from error
        self._entered = True

    def answered(self, status: int, size: int) -> None:
        self._status, self._bytes = status, size

    async def __aenter__(self) -> Self:
        if self._span.get_span_context().is_valid:
            self._span.set_attributes({"peer.service": self._guard.system, "http.request.method": self._method})
            propagate.inject(self.headers, trace.set_span_in_context(self._span))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        ok = self._outcome(error)
        self._guard.breaker.record(ok if self._entered else None)
        if self._entered:
            late = isinstance(error, SourceTimeout) and self._in_full
            overloaded = late or self._status in _OVERLOADED
            self._guard.bulkhead.leave(overloaded=True if overloaded else False if ok else None)
        outcome = ANSWERED if error is None else type(error).__name__
        seconds = monotonic() - self._started
        if self._span.is_recording():
            self._span.set_attributes({"http.response.status_code": self._status, "portal.outcome": outcome})
            if error is not None:
                self._span.set_status(trace.StatusCode.ERROR, outcome)
        self._span.end()
        tell(
            UpstreamCall(
                *(self._guard.system, self._method, self._path, self._started, seconds, outcome),
                status=self._status,
                bytes=self._bytes,
            )
        )

    def _outcome(self, error: BaseException | None) -> bool | None:
        """Whether the system did its part; None where that can't be told: nobody waited, or not long enough."""
        if isinstance(error, SourceTimeout):
            return False if self._in_full else None
        if isinstance(error, SourceUnreachable | SourceFailed):
            return False
        return True if error is None or isinstance(error, ConnectorError) else None
