"""Connections to one origin, kept and used again. As many at once as configured; who comes later waits in line."""

import asyncio
import ssl
from urllib.parse import urlsplit

from connectors.transport.http_connection import ExchangeFailed, HttpConnection, Received

_IDLE_SECONDS = 30.0
"""A connection that idled for longer is not used again: servers close them about then, and a request that meets that
is lost."""


class HttpPool:
    """Of one origin, as `https://crm.example.com:8443`."""

    def __init__(self, origin: str, *, connections: int, tls: ssl.SSLContext | None) -> None:
        parts = urlsplit(origin)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = tls if parts.scheme == "https" else None
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[HttpConnection] = []
        self._busy: set[HttpConnection] = set()

    async def exchange(self, request: bytes, *, max_bytes: int, repeatable: bool) -> Received:
        """Send a request and read its answer.

        A `repeatable` request that met a kept connection's end, before any answer, is sent once more on a new one.
        Raises ExchangeFailed, AnswerTooLarge, OSError (no connection, ssl.SSLError among them).
        """
        async with self._slots:
            kept = self._kept()
            if kept is not None:
                try:
                    return await self._on(kept, request, max_bytes)
                except ExchangeFailed as error:
                    if error.answered or not repeatable:
                        raise
            return await self._on(await self._connected(), request, max_bytes)

    async def close(self) -> None:
        for connection in [*self._idle, *self._busy]:
            connection.close()
        self._idle.clear()

    async def _on(self, connection: HttpConnection, request: bytes, max_bytes: int) -> Received:
        self._busy.add(connection)
        try:
            received = await connection.exchange(request, max_bytes)
        finally:
            self._busy.discard(connection)
        if connection.usable:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        return received

    def _kept(self) -> HttpConnection | None:
        """The connection that was used last, so that those beyond need grow old and go."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and now - connection.idle_since < _IDLE_SECONDS:
                return connection
            connection.close()
        return None

    async def _connected(self) -> HttpConnection:
        loop = asyncio.get_running_loop()
        name = self._host if self._tls is not None else None
        _, connection = await loop.create_connection(
            HttpConnection, self._host, self._port, ssl=self._tls, server_hostname=name
        )
        return connection
