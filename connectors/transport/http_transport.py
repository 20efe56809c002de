"""httpx over our own connections: for what is sent through httpx (sign-ins with their forms)."""

import httpx

from connectors.transport.http_connection import AnswerTooLarge, ExchangeFailed
from connectors.transport.http_pool import HttpPool
from connectors.transport.http_requests import header_lines, request_bytes

_NOT_SENT = {b"content-length"}  # written with the content


class PooledTransport(httpx.AsyncBaseTransport):
    """Answers are read whole and unpacked, at most `max_bytes` of them."""

    def __init__(self, pool: HttpPool, max_bytes: int) -> None:
        self._pool = pool
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        lines = header_lines(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
            if name.lower() not in _NOT_SENT
        )
        target = request.url.raw_path.decode("ascii")
        written = request_bytes(request.method, target, lines, None, content or None)
        try:
            received = await self._pool.exchange(
                written, max_bytes=self._max_bytes, repeatable=request.method in ("GET", "HEAD")
            )
        except ExchangeFailed as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        except AnswerTooLarge as error:
            raise httpx.DecodingError("the answer is too large", request=request) from error
        except OSError as error:
            raise httpx.ConnectError(str(error), request=request) from error
        unpacked = [field for field in received.fields if field[0].lower() != b"content-encoding"]
        return httpx.Response(received.status, headers=unpacked, content=received.body, request=request)

    async def aclose(self) -> None:
        await self._pool.close()
