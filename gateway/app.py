"""The application: which path leads where, and what every answer carries."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.answer_extensions import SHOW_CALLS
from gateway.calendars.endpoint import CalendarEndpoint
from gateway.calendars.links import CALENDARS, FEEDS
from gateway.edges import Edges
from gateway.exports.endpoint import ExportEndpoint
from gateway.exports.links import EXPORTS
from gateway.files.endpoint import FileEndpoint
from gateway.files.links import FILES, UPLOADS
from gateway.graphiql_page import Assets, page
from gateway.graphql_http import DEADLINE, GraphQLEndpoint
from gateway.graphql_multipart import PREFLIGHT
from gateway.health import Readiness
from gateway.identity.routes import identity_routes
from gateway.load.door import Door
from gateway.media_types import wants_page
from gateway.refusal import Refusal
from gateway.request_log import HEADER, RequestLog
from gateway.settings import Settings
from gateway.statements.endpoint import StatementEndpoint
from gateway.statements.links import STATEMENTS
from gateway.telemetry.endpoint import MetricsEndpoint
from gateway.telemetry.tracing import Tracing
from gateway.webhook import WEBHOOKS, WebhookEndpoint
from gateway.websockets.endpoint import WebSocketEndpoint
from gateway.wiring import Gateway, build
from schema.errors import ErrorCode

GRAPHQL_PATH = "/graphql"

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_HTTPS_ALONE = "max-age=31536000"


class AnswerHeaders:
    """Puts on each answer what tells a browser to trust it with little."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if "json" in headers.get("content-type", ""):
                    headers.setdefault("content-security-policy", _NOTHING)  # opened as a page, it does nothing
                if scope.get("scheme") == "https":
                    headers.setdefault("strict-transport-security", _HTTPS_ALONE)
            await send(message)

        await self.app(scope, receive, answer if scope["type"] == "http" else send)


def create_app(settings: Settings, *, further: Sequence[BaseRoute] = ()) -> Starlette:
    """The gateway as an application, with `further` routes before its own. `app.state.gateway` is its Gateway.

    No system is called before the first request. Whoever runs the app without its lifespan closes
    `app.state.gateway` themselves. Raises what `gateway.wiring.build` raises.
    """
    gateway = build(settings)
    app = Starlette(
        routes=[*further, *_routes(gateway)],
        middleware=[
            Middleware(Door, gateway.turns, GRAPHQL_PATH),
            *_proxies(settings.server.trusted_proxies),
            Middleware(Tracing),
            Middleware(RequestLog),
            Middleware(AnswerHeaders),
            Middleware(Edges),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.server.allowed_origins,
                allow_credentials=bool(settings.server.allowed_origins),  # a session's cookie, for pages named here
                allow_methods=["GET", "POST", "PUT"],
                allow_headers=["authorization", "content-type", HEADER, DEADLINE, SHOW_CALLS, *PREFLIGHT],
                expose_headers=[HEADER, "retry-after", "ratelimit", "ratelimit-policy"],
            ),
        ],
        exception_handlers={HTTPException: _refused},
        lifespan=_lifespan,
    )
    app.state.gateway = gateway
    return app


def _proxies(trusted: Sequence[str]) -> list[Middleware]:
    """Whose word counts on where a request comes from, and whether it came by https."""
    return [Middleware(ProxyHeadersMiddleware, trusted_hosts=list(trusted))] if trusted else []


def _routes(gateway: Gateway) -> list[BaseRoute]:
    endpoint = GraphQLEndpoint(gateway)
    readiness = Readiness(gateway.sources.systems, gateway.draining)
    pages = gateway.settings.server.graphiql

    async def graphql(request: Request) -> Response:
        if pages and request.method in ("GET", "HEAD") and wants_page(request.headers.get("accept", "")):
            return page(str(request.url.replace(query="", fragment="")))
        return await endpoint.answer(request)

    routes: list[BaseRoute] = [
        Route(GRAPHQL_PATH, graphql, methods=["GET", "POST"]),
        WebSocketRoute(GRAPHQL_PATH, WebSocketEndpoint(gateway).serve),
        Route("/healthz", readiness.alive),
        Route("/readyz", readiness.ready),
    ]
    if gateway.settings.server.metrics:
        routes.append(Route("/metrics", MetricsEndpoint(gateway.metrics).answer))
    files = FileEndpoint(gateway, gateway.links, gateway.sources.files)
    routes += [
        Route(FILES + "/{token}/{name}", files.download, methods=["GET"]),
        Route(UPLOADS + "/{token}", files.upload, methods=["PUT"]),
    ]
    calendars = CalendarEndpoint(gateway)
    routes += [Route(CALENDARS + "/{file}", calendars.calendar), Route(FEEDS + "/{file}", calendars.feed)]
    statements = StatementEndpoint(gateway, gateway.statement_links)
    routes.append(Route(STATEMENTS + "/{token}/{name}", statements.open, methods=["GET"]))
    routes.append(Route(EXPORTS + "/{token}/{name}", ExportEndpoint(gateway).download, methods=["GET"]))
    if gateway.settings.live.webhook_secret is not None:
        routes.append(Route(WEBHOOKS + "/{system}", WebhookEndpoint(gateway).receive, methods=["POST"]))
    routes += identity_routes(gateway)
    if pages:
        routes += [Mount("/graphiql/assets", Assets()), Route("/", _to_the_page)]
    return routes


async def _to_the_page(_: Request) -> Response:
    return RedirectResponse(GRAPHQL_PATH)


async def _refused(_: Request, error: Exception) -> Response:
    """What Starlette refuses by itself: an unknown path, a method that a path doesn't take."""
    if not isinstance(error, HTTPException):
        raise error
    code = ErrorCode.NOT_FOUND if error.status_code == 404 else ErrorCode.BAD_INPUT
    return Refusal(error.status_code, f"{error.detail}.", code=code, headers=error.headers).response()


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.gateway.start()
    try:
        yield
    finally:
        await app.state.gateway.close()
