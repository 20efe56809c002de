"""The door: where as many are inside as can be served in time, a query is refused before anything of it is looked at,
for next to nothing. Who asks, and what it costs, is known only inside, and takes time to find out."""

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.load.turns import Turns, busy


class Door:
    """Stands before everything else. Health checks, pages and files go through."""

    def __init__(self, app: ASGIApp, turns: Turns, path: str) -> None:
        self.app = app
        self._turns = turns
        self._path = path
        self._inside = 0
        refusal = busy()
        self._body = refusal.body()
        told = {**refusal.headers, "content-type": "application/json; charset=utf-8", "cache-control": "no-store"}
        told["content-length"] = str(len(self._body))
        self._headers = [(name.encode(), value.encode()) for name, value in told.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self.app(scope, receive, send)
        elif self._inside >= self._turns.room:
            self._turns.refused += 1
            start: dict[str, Any] = {"type": "http.response.start", "status": 503, "headers": self._headers}
            await send(start)
            await send({"type": "http.response.body", "body": self._body})
        else:
            await self._admit(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One whose answer has begun is inside no more: events may come for hours."""
        self._inside += 1
        inside = True

        async def answer(message: Message) -> None:
            nonlocal inside
            if inside:
                inside = False
                self._inside -= 1
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            self._inside -= inside
