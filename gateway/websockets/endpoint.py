"""`/graphql` for WebSockets: how many there may be at once."""

from starlette.websockets import WebSocket

from gateway.load.streams import OpenStreams
from gateway.websockets.connection import Connection
from gateway.websockets.messages import PROTOCOL, Close
from gateway.wiring import Gateway


class WebSocketEndpoint:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._sockets = OpenStreams(gateway.settings.server.websockets, gateway.observed.sockets)

    async def serve(self, socket: WebSocket) -> None:
        if self._sockets.is_full:
            offered = PROTOCOL in socket.scope.get("subprotocols", ())
            await socket.accept(subprotocol=PROTOCOL if offered else None)
            await socket.close(Close.TRY_LATER, "Too many connections: try again later")
            return
        with self._sockets.one():
            await Connection(self._gateway, socket).run()
