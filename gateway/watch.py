"""Who asks, for as long as a stream lasts: looked up again and again, since rights change while it does."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import HTTPConnection

from auth.viewer import ANYONE, Viewer
from gateway.refusal import Refusal
from gateway.request import Authentication, not_signed_in

EVERY = 1.0  # seconds from a change of rights to its effect on an open stream, at most


class Watch:
    """Of one open request. `viewer` is who asks as of the last look."""

    def __init__(
        self, request: HTTPConnection, authentication: Authentication, viewer: Viewer, *, every: float = EVERY
    ) -> None:
        self.viewer = viewer
        self._request = request
        self._authentication = authentication
        self._every = every
        self._changed = asyncio.Event()

    async def until_refused(self) -> Refusal:
        """Look until the request is not let in any more; why. A store that can't be asked is no reason to end."""
        while True:
            await asyncio.sleep(self._every)
            try:
                viewer = await self._authentication.viewer_of(self._request, passing=True)
            except Refusal as refusal:
                if refusal.status != 401:
                    continue
                return refusal
            if viewer is ANYONE:
                return not_signed_in()
            if viewer != self.viewer:
                self.viewer = viewer
                self._changed.set()

    async def viewers(self) -> AsyncIterator[Viewer]:
        """Who asks now, and each time that is somebody with other rights."""
        shown = self.viewer
        yield shown
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self.viewer != shown:
                shown = self.viewer
                yield shown
