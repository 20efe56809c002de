"""What a resolver knows of the request it answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from aiodataloader import DataLoader
from graphql import GraphQLError

from auth.analytics.facts import FactsOfViewers
from auth.attachments import Attachments, FileLinks
from auth.calendar_links import CalendarLinks
from auth.case_desk import CaseDesk
from auth.credentials import Where
from auth.exports import Exports
from auth.membership import Membership
from auth.scope import ScopeCompiler
from auth.search import Search
from auth.statements import StatementLinks
from auth.viewer import Viewer
from auth.visibility import Visibility
from connectors.changes import ChangeFeed
from connectors.deliveries import Deliveries
from connectors.errors import SourceMisconfigured
from connectors.sources import Sources
from schema.wanted import wanted_records

Clock = Callable[[], datetime]
BatchResolver = Callable[..., Awaitable[Sequence[Any]]]  # Any: each field has its own arguments and values


class HelpdeskContact(NamedTuple):
    """Whom people turn to, as configured."""

    email: str | None
    phone: str | None


class Context:
    """One per request: holds the viewer, the door to the rows, and the loaders that join a level's reads."""

    def __init__(
        self,
        *,
        viewer: Viewer,
        sources: Sources,
        scopes: ScopeCompiler,
        clock: Clock,
        request_id: str,
        network: str = "",
        membership: Membership | None = None,
        case_desk: CaseDesk | None = None,
        feed: ChangeFeed | None = None,
        links: FileLinks | None = None,
        calendar_links: CalendarLinks | None = None,
        exports: Exports | None = None,
        statement_links: StatementLinks | None = None,
        search: Search | None = None,
        facts: FactsOfViewers | None = None,
        helpdesk: HelpdeskContact | None = None,
        session_idle: timedelta = timedelta(hours=1),
    ) -> None:
        self.viewer = viewer
        self.sources = sources
        self.request_id = request_id
        self.where = Where(network, request_id)
        self.helpdesk = helpdesk
        self.session_idle = session_idle
        self._membership = membership
        self._case_desk = case_desk
        self._feed = feed
        self._links = links
        self._calendar_links = calendar_links
        self._exports = exports
        self._statement_links = statement_links
        self._search = search
        self.facts = facts or FactsOfViewers(None, clock)
        self.now = clock()
        self.viewers: Callable[[], AsyncIterator[Viewer]] = self._viewer_alone
        """Who asks, now and whenever that changes. Set by who keeps a stream open."""
        self.subgraph_sdl: Callable[[], str] | None = None
        """This graph's SDL for a composition. Set where the viewer may be told the schema."""
        self.assets_changed: Callable[[Sequence[str]], None] = lambda _: None
        """Tells whoever keeps an index of assets. Set by who has one."""
        self.renewed: Callable[[], Context] = lambda: self
        """A context of its own for each event of a stream, with the rights of that moment. Set by who keeps it open."""
        self.problems: list[GraphQLError] = []
        """Errors beside the data: a field that answered in part tells here what is missing."""
        self.wanted: Mapping[str, frozenset[str] | None] | None = None
        """The attributes that the query looks at, by the graph's type (None: any; no entry: none). Set before the
        first field is resolved, by who knows; until then any may be looked at."""
        self.scopes = scopes
        self._visibility: asyncio.Task[Visibility] | None = None
        self._closing: list[asyncio.Task[Visibility]] = []
        self._loaders: dict[tuple[BatchResolver, int], DataLoader[object, object]] = {}
        self._parents: list[object] = []

    @property
    def today(self) -> date:
        """The date where the viewer is (V25)."""
        return self.viewer.today(self.now)

    @property
    def membership(self) -> Membership:
        """What is decided about people. Raises SourceMisconfigured where the gateway keeps no store of them."""
        if self._membership is None:
            raise SourceMisconfigured("store", "is served by no configured system")
        return self._membership

    @property
    def case_desk(self) -> CaseDesk:
        """Where cases are reported and changed. Raises SourceMisconfigured where no system takes cases."""
        if self._case_desk is None:
            raise SourceMisconfigured("service cases", "can't be written with the systems that are configured")
        return self._case_desk

    @property
    def feed(self) -> ChangeFeed:
        """What tells of changes. Raises SourceMisconfigured where nothing does."""
        if self._feed is None:
            raise SourceMisconfigured("changes", "are told by no configured system")
        return self._feed

    @property
    def links(self) -> FileLinks:
        """Addresses of files. Raises SourceMisconfigured where no files are kept."""
        if self._links is None:
            raise SourceMisconfigured("files", "can't be kept with the systems that are configured")
        return self._links

    @property
    def calendar_links(self) -> CalendarLinks:
        """Addresses of calendars. Raises SourceMisconfigured where there are none."""
        if self._calendar_links is None:
            raise SourceMisconfigured("calendars", "are given out by nobody")
        return self._calendar_links

    @property
    def exports(self) -> Exports:
        """Where tables are made. Raises SourceMisconfigured where none are."""
        if self._exports is None:
            raise SourceMisconfigured("exports", "are made by nobody")
        return self._exports

    @property
    def statement_links(self) -> StatementLinks:
        """Addresses of statements. Raises SourceMisconfigured where there are none."""
        if self._statement_links is None:
            raise SourceMisconfigured("statements", "are made by nobody")
        return self._statement_links

    @property
    def search(self) -> Search:
        """What finds things. Raises SourceMisconfigured where no index is kept."""
        if self._search is None:
            raise SourceMisconfigured("search", "has no index with the systems that are configured")
        return self._search

    @property
    def attachments(self) -> Attachments:
        """The files of cases."""
        return Attachments(self.deliveries, self.sources.case_attachments, self.sources.files)

    @property
    def deliveries(self) -> Deliveries | None:
        """What was sent to the service system; None where nothing can be."""
        return None if self._case_desk is None else self._case_desk.deliveries

    async def _viewer_alone(self) -> AsyncIterator[Viewer]:
        yield self.viewer

    async def visible(self) -> Visibility:
        """What the viewer may see. Raises a ConnectorError where the account hierarchy can't be read."""
        if self._visibility is None:
            self._visibility = asyncio.ensure_future(self._open_visibility())
        return await asyncio.shield(self._visibility)

    def read_anew(self) -> None:
        """Something was changed: what is read from now on is not what was read before it."""
        if self._visibility is not None:
            self._closing.append(self._visibility)
            self._visibility = None

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
        self.read_anew()
        for opened in self._closing:
            if opened.done() and not opened.cancelled() and opened.exception() is None:
                opened.result().close()
            opened.cancel()

    async def _open_visibility(self) -> Visibility:
        scope = await self.scopes.compile(self.viewer)
        return Visibility(self.viewer, scope, self.sources, wanted_records(self.wanted))
