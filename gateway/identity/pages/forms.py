"""Forms as they are sent: by a page of ours, of a fair size."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from auth.credentials import Where
from gateway.identity.origin import is_from_our_pages, network_of
from gateway.request_log import request_id_of

MOST_BYTES = 16 * 1024

Form = Mapping[str, str]
Endpoint = Callable[[Request], Awaitable[Response]]


class NotOurForm(Exception):
    """Another page sent it, or it is no form of ours."""


async def read_form(request: Request) -> Form:
    """The fields. Raises NotOurForm."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded" or not is_from_our_pages(request, ()):
        raise NotOurForm
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                raise NotOurForm
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except (ValueError, ClientDisconnect) as error:
        raise NotOurForm from error


def where_of(request: Request) -> Where:
    return Where(network_of(request), request_id_of(request.scope))
