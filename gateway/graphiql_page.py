"""What a browser is shown at /graphql: GraphiQL from our own origin, or how to get it where it was not built."""

import os
from html import escape
from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

BUNDLE = Path(__file__).with_name("graphiql") / "dist"

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the editor sets the place of each word by a style
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
_NOTICE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_NOTICE = Path(__file__).with_name("graphiql_notice.html")
_PAGE_HEADERS = {"cache-control": "no-cache", "vary": "Accept"}


def page(address: str) -> Response:
    """GraphiQL, or a notice that tells how to ask without it. `address` is the graph's own, as the browser sees it."""
    index = BUNDLE / "index.html"
    if index.is_file():
        return FileResponse(index, headers={**_PAGE_HEADERS, "content-security-policy": _POLICY})
    html = _NOTICE.read_text(encoding="utf-8").replace("{address}", escape(address))
    return HTMLResponse(html, headers={**_PAGE_HEADERS, "content-security-policy": _NOTICE_POLICY})


class Assets(StaticFiles):
    """The page's files, for /graphiql/assets. Their names change with their content: a browser may keep them."""

    def __init__(self) -> None:
        super().__init__(directory=BUNDLE / "assets", check_dir=False)

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
