"""The process that serves an application: one event loop, stopped by a signal."""

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import Awaitable, Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from gateway.draining import Draining
from gateway.graphql_request import MOST_BYTES
from gateway.http_protocol import BoundedHttp


class PortTaken(OSError):
    """Another process listens where this one was to."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that waits for connections; port 0 takes a free one. Raises PortTaken, OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"port {port} is taken by another process") from error
        raise
    return listener


def serve(
    app: Starlette,
    listener: socket.socket,
    *,
    stop_timeout: int,
    drain: float = 0.0,
    on_ready: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Answer until SIGINT or SIGTERM, then end within `stop_timeout` seconds; after SIGTERM go on answering for `drain`
    seconds before. `on_ready` runs once it answers. `app.state.gateway` is told of the end."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedHttp,
        ws="websockets-sansio",
        ws_max_size=MOST_BYTES,
        ws_max_queue=16,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=stop_timeout,
    )
    draining: Draining = app.state.gateway.draining
    _Server(config, on_ready, draining, drain).run(sockets=[listener])


def _spare_the_collector() -> None:
    """What is there at the start stays: the collector need not look at it again. Rows are freed by their counts, so
    that cycles are rare, and may be looked for rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class _Server(uvicorn.Server):
    """A stop by a signal is a normal end: the signal is not raised again afterwards, as uvicorn would."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_ready: Callable[[], Awaitable[None]] | None,
        draining: Draining,
        drain: float,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._draining = draining
        self._drain = drain
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        _spare_the_collector()
        if self._on_ready is not None and not self.should_exit:
            await self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        if sig == signal.SIGTERM and self._drain and self._loop is not None and not self._draining.has_begun:
            self._loop.call_soon_threadsafe(self._begin_to_drain)
            return
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._draining.begin)
        self.should_exit = True

    def _begin_to_drain(self) -> None:
        self._draining.begin()
        asyncio.get_running_loop().call_later(self._drain, self._end)

    def _end(self) -> None:
        self.should_exit = True
