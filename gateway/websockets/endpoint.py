"""`/graphql` for WebSockets: how many there may be at once."""

from starlette.websockets import WebSocket

from gateway.websockets.connection import Connection
from gateway.websockets.messages import PROTOCOL, Close
from gateway.wiring import Gateway


class WebSocketEndpoint:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._most = gateway.settings.server.websockets
        self._open = 0

    async def serve(self, socket: WebSocket) -> None:
        if self._open >= self._most:
            offered = PROTOCOL in socket.scope.get("subprotocols", ())
            await socket.accept(subprotocol=PROTOCOL if offered else None)
            await socket.close(Close.TRY_LATER, "Too many connections: try again later")
            return
        self._open += 1
        self._gateway.observed.sockets.inc()
        try:
            await Connection(self._gateway, socket).run()
        finally:
            self._open -= 1
            self._gateway.observed.sockets.dec()
