"""What a resolver knows of the request it answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from aiodataloader import DataLoader
from graphql import GraphQLError

from auth.scope import ScopeCompiler
from auth.viewer import Viewer
from auth.visibility import Visibility
from connectors.sources import Sources
from schema.wanted import wanted_records

Clock = Callable[[], datetime]
BatchResolver = Callable[..., Awaitable[Sequence[Any]]]  # Any: each field has its own arguments and values


class Context:
    """One per request: holds the viewer, the door to the rows, and the loaders that join a level's reads."""

    def __init__(
        self, *, viewer: Viewer, sources: Sources, scopes: ScopeCompiler, clock: Clock, request_id: str
    ) -> None:
        self.viewer = viewer
        self.sources = sources
        self.request_id = request_id
        self.now = clock()
        self.problems: list[GraphQLError] = []
        """Errors beside the data: a field that answered in part tells here what is missing."""
        self.wanted: Mapping[str, frozenset[str] | None] | None = None
        """The attributes that the query looks at, by the graph's type (None: any; no entry: none). Set before the
        first field is resolved, by who knows; until then any may be looked at."""
        self._scopes = scopes
        self._visibility: asyncio.Task[Visibility] | None = None
        self._loaders: dict[tuple[BatchResolver, int], DataLoader[object, object]] = {}
        self._parents: list[object] = []

    @property
    def today(self) -> date:
        """The date where the viewer is (V25)."""
        return self.viewer.today(self.now)

    async def visible(self) -> Visibility:
        """What the viewer may see. Raises a ConnectorError where the account hierarchy can't be read."""
        if self._visibility is None:
            self._visibility = asyncio.ensure_future(self._open_visibility())
        return await asyncio.shield(self._visibility)

    async def load(
        self, batch: BatchResolver, place: int, parent: object, arguments: dict[str, Any], *asked: object
    ) -> object:
        """The value of a batch field for one parent; all parents of the place (a field of the document) go together."""
        if parent is None:  # the query's root, which is alone and no key for a loader
            value = (await batch([None], self, *asked, **arguments))[0]
            if isinstance(value, Exception):
                raise value
            return value
        loader = self._loaders.get((batch, place))
        if loader is None:

            async def resolve(parents: list[object]) -> list[object]:
                return list(await batch(parents, self, *asked, **arguments))

            loader = DataLoader(resolve, get_cache_key=id)
            self._loaders[batch, place] = loader
        # A loader knows a parent by its identity, which is the parent's alone as long as the parent lives.
        self._parents.append(parent)
        return await loader.load(parent)

    def close(self) -> None:
        """The request is over."""
        if self._visibility is None:
            return
        if self._visibility.done() and not self._visibility.cancelled() and self._visibility.exception() is None:
            self._visibility.result().close()
        self._visibility.cancel()

    async def _open_visibility(self) -> Visibility:
        scope = await self._scopes.compile(self.viewer)
        return Visibility(self.viewer, scope, self.sources, wanted_records(self.wanted))
