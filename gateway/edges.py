"""What no request may be, wherever it goes: told by a status before anything of it is read."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.refusal import Refusal

MOST_ADDRESS_BYTES = 16 * 1024
MOST_HEADER_BYTES = 32 * 1024
MOST_HEADERS = 100

_ONCE = ("content-type", "content-length", "host", "origin")


class Edges:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refused(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self.app(scope, receive, send)
        else:
            await refusal.response()(scope, receive, send)


def _refused(scope: Scope) -> Refusal | None:
    closing = {"connection": "close"}  # what else it sends is not read
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_ADDRESS_BYTES:
        return Refusal(
            414, f"An address has at most {MOST_ADDRESS_BYTES} bytes: send a query with POST.", headers=closing
        )
    headers = scope["headers"]
    if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES:
        told = f"A request has at most {MOST_HEADERS} headers, of {MOST_HEADER_BYTES} bytes together."
        return Refusal(431, told, headers=closing)
    given = Headers(scope=scope)
    repeated = next((name for name in _ONCE if len(given.getlist(name)) > 1), None)
    if repeated is not None:
        return Refusal(400, f"The header '{repeated}' may be sent once.", headers=closing)
    if given.get("content-encoding", "identity").strip().lower() != "identity":
        return Refusal(415, "Send the request as it is, without 'Content-Encoding'.", headers=closing)
    return None
