"""The example dashboard (`examples/dashboard`), where it was built: served by the demo from its own origin."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from connectors.people import Client

PATH = "/dashboard"
CLIENT = "portal-dashboard"
BUNDLE = Path(__file__).parents[2] / "examples" / "dashboard" / "dist"

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


def is_built() -> bool:
    return (BUNDLE / "index.html").is_file()


def routes() -> Sequence[BaseRoute]:
    """There are none where it was not built."""

    async def page(_: Request) -> Response:
        headers = {"cache-control": "no-cache", "content-security-policy": _POLICY}
        return FileResponse(BUNDLE / "index.html", headers=headers)

    if not is_built():
        return []
    return [Route(f"{PATH}/", page), Mount(f"{PATH}/assets", StaticFiles(directory=BUNDLE / "assets"))]


def client(origin: str, now: datetime) -> Client:
    """The dashboard as the built-in provider knows it: a public client that is sent back to its own page alone."""
    page = f"{origin}{PATH}/"
    return Client(
        id=CLIENT,
        name="The example dashboard",
        redirect_uris=(page,),
        logout_uris=(page,),
        scopes=frozenset({"openid", "profile", "email", "portal"}),
        created_at=now,
    )
