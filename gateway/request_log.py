"""One line a request in the log, under an id that the client may choose and always learns."""

import asyncio
import re
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.refusal import Refusal
from gateway.telemetry.tracing import trace_of_request
from schema.errors import ErrorCode

log = structlog.get_logger(__name__)

HEADER = "x-request-id"
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # nothing that could forge a line or a link
_SECRET = re.compile(
    r"^(/(?:activate|reset|files|uploads|calendars|feeds|exports|statements|mails/stop)/).+", re.DOTALL
)  # as good as a password
_QUIET = frozenset({"/healthz", "/readyz"})


def request_id_of(scope: Scope) -> str:
    """The id that `RequestLog` gave the request."""
    return str(scope["state"]["request_id"])


def _stopping() -> Refusal:
    told = "The gateway is stopping. Ask again: another one answers."
    return Refusal(503, told, code=ErrorCode.TIMEOUT, headers={"retry-after": "1", "connection": "close"})


class RequestLog:
    """Gives each request its id, logs how it ended, and answers what nobody foresaw with that id and no detail.

    The log holds no query, no variables, no token and no payload.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked_for = Headers(scope=scope).get(HEADER, "")
        request_id = asked_for if _SANE.fullmatch(asked_for) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id, **trace_of_request())
        status, started = 0, perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except asyncio.CancelledError:  # the gateway stops, and this took longer than it waits
            if not status:
                await _stopping().response()(scope, receive, answer)
            raise
        except Exception:
            log.exception("request.failed")
            if status:
                raise  # too late to say anything else
            failure = Refusal(
                500,
                f"Something went wrong here. Tell the helpdesk this id: {request_id}",
                code=ErrorCode.INTERNAL,
                id=request_id,
            )
            await failure.response()(scope, receive, answer)
        finally:
            write = log.debug if scope["path"] in _QUIET else log.info
            write(
                "request",
                method=scope["method"],
                path=_SECRET.sub(r"\1…", scope["path"])[:200],
                status=status or None,  # None: the client went away before there was one
                seconds=round(perf_counter() - started, 4),
            )
