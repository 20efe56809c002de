"""The composition root: the only place where settings become objects."""

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry

from auth.analytics.facts import FactsOfViewers
from auth.credentials import Where
from auth.identification import Identification
from auth.membership import Membership
from auth.scope import ScopeCompiler
from auth.search import Search
from auth.tokens import TokenVerifier
from auth.viewer import Viewer
from connectors.changes import LocalFeed
from connectors.people_ports import People
from connectors.ports import Connector, InstalledBase
from connectors.registry import Clock, PortConflict, utc_now
from connectors.sources import Sources, sources_of
from connectors.submitted_cases import WithSubmittedCases
from connectors.transport.cache import CacheMetrics, CacheSettings, MemoryStore, RowCache, cached_sources
from connectors.transport.calls import listen, unlisten
from gateway.calendars.links import SealedCalendarLinks
from gateway.deliveries import DeliveryService
from gateway.draining import Draining
from gateway.executors import Executors
from gateway.exports.links import SealedExportLinks
from gateway.exports.service import ExportService
from gateway.files.links import Lifetimes, SealedLinks
from gateway.identity.service import IdentityService, identity_service
from gateway.live import LiveService
from gateway.load.rates import Rates
from gateway.load.turns import Turns
from gateway.notifications import Notifications
from gateway.request import Authentication
from gateway.search.indexing import Indexing
from gateway.settings import Settings
from gateway.statements.links import SealedStatementLinks
from gateway.telemetry.metrics import GatewayMetrics
from gateway.trusted_documents.choice import TrustedDocuments
from schema.access import open_mutations
from schema.context import Context, HelpdeskContact
from schema.graph import create_schema
from schema.labels import locales

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the running process is made of. `close` ends it all."""

    settings: Settings
    executors: Executors
    documents: TrustedDocuments
    open_mutations: frozenset[str]
    sources: Sources
    scopes: ScopeCompiler
    verifier: TokenVerifier
    authentication: Authentication
    identity: IdentityService | None
    deliveries: DeliveryService | None
    live: LiveService
    links: SealedLinks
    calendar_links: SealedCalendarLinks
    exports: ExportService
    statement_links: SealedStatementLinks
    search: Search | None
    facts: FactsOfViewers
    indexing: Indexing | None
    turns: Turns
    rates: Rates
    observed: GatewayMetrics
    draining: Draining
    notifications: Notifications | None
    clock: Clock
    cache: RowCache
    metrics: CollectorRegistry

    @property
    def membership(self) -> Membership | None:
        """What is decided about people; None where the gateway keeps no state of them."""
        return self.identity.membership if self.identity is not None else None

    def context_for(self, viewer: Viewer, where: Where) -> Context:
        """What the resolvers of one request share."""
        helpdesk = self.settings.helpdesk
        context = Context(
            viewer=viewer,
            sources=self.sources,
            scopes=self.scopes,
            clock=self.clock,
            request_id=where.request_id,
            network=where.network,
            membership=self.membership,
            case_desk=self.deliveries.desk if self.deliveries is not None else None,
            feed=self.live.feed,
            links=self.links,
            calendar_links=self.calendar_links,
            exports=self.exports,
            statement_links=self.statement_links,
            search=self.search,
            facts=self.facts,
            helpdesk=HelpdeskContact(helpdesk.email, helpdesk.phone) if helpdesk.email or helpdesk.phone else None,
            session_idle=timedelta(seconds=self.settings.identity.sessions.idle),
        )
        if self.executors.may_introspect(viewer):
            context.subgraph_sdl = lambda: self.executors.sdl_for(viewer)
        if self.indexing is not None:
            context.assets_changed = self.indexing.assets_changed
        return context

    def start(self) -> None:
        """Begin what goes on beside the requests. Needs a running event loop."""
        if self.identity is not None:
            self.identity.start()
        if self.deliveries is not None:
            self.deliveries.start()
        listen(self.observed.called)
        self.turns.start()
        self.live.start()
        self.exports.start_keeping()
        if self.indexing is not None:
            self.indexing.start()
        if self.notifications is not None:
            self.notifications.start()

    async def close(self) -> None:
        """Close what goes on beside the requests, the cache, the systems in reverse order, then the verifier: one that
        fails keeps none from it."""
        unlisten(self.observed.called)
        parts: list[
            Connector
            | TokenVerifier
            | RowCache
            | IdentityService
            | DeliveryService
            | LiveService
            | Notifications
            | ExportService
            | Indexing
            | Turns
            | Rates
        ] = [
            self.turns,
            self.rates,
            *([self.notifications] if self.notifications is not None else []),
            *([self.indexing] if self.indexing is not None else []),
            self.exports,
            self.live,
            *([self.deliveries] if self.deliveries is not None else []),
            *([self.identity] if self.identity is not None else []),
            self.cache,
            *reversed(self.sources.systems),
            self.verifier,
        ]
        for part in parts:
            try:
                await part.close()
            except Exception:
                log.exception("gateway.not_closed", part=type(part).__name__)


def build(settings: Settings, *, clock: Clock = utc_now) -> Gateway:
    """The gateway of those settings. No system is called yet. Raises PortConflict where two systems do one
    job, or none holds the installed base."""
    connectors = [system.connector.connect(name, system.settings, clock) for name, system in settings.systems.items()]
    sources = sources_of(connectors)
    if not any(isinstance(connector, InstalledBase) for connector in connectors):
        raise PortConflict("no system serves the installed base: without its accounts nobody may see anything")
    schema = create_schema()
    metrics = CollectorRegistry()
    cache = _cache(settings.cache, metrics)
    scopes = ScopeCompiler(sources.installed_base, ttl=settings.scope.hierarchy_ttl)
    people = _people(settings, sources)
    identity = identity_service(settings, people, scopes, clock) if people is not None else None
    own = identity.own if identity is not None else None
    keys = identity.keys if identity is not None else None
    verifier = TokenVerifier(
        settings.identity.issuers,
        own=(own, keys) if own is not None and keys is not None else None,
        now=lambda: clock().timestamp(),
    )
    identification = Identification(people, clock, own=own, locales=locales())
    sessions = identity.sessions if identity is not None else None
    live = _live(settings, sources, cache, clock)
    notices = identity.outbox if identity is not None else None
    deliveries = None
    if sources.deliveries is not None and sources.case_writer is not None:
        deliveries = DeliveryService(
            sources.deliveries,
            sources.case_writer,
            cache,
            clock,
            settings.deliveries,
            metrics,
            feed=live.feed,
            notices=notices,
            helpdesk=settings.helpdesk.email,
            store=sources.files,
            attachments=settings.attachments,
        )
    index = sources.search_index if settings.search.enabled else None
    turns = Turns(settings.load)
    own_sources = _with_submitted(cached_sources(sources, cache), clock)
    made = Gateway(
        settings=settings,
        executors=Executors(
            schema,
            settings.limits.of_documents,
            settings.server.told_the_schema,
            rules=settings.server.subgraph_rules,
        ),
        documents=TrustedDocuments(settings.trusted_documents),
        open_mutations=open_mutations(schema._schema),
        sources=own_sources,
        scopes=scopes,
        verifier=verifier,
        authentication=Authentication(verifier, identification, sessions, origins=settings.server.allowed_origins),
        identity=identity,
        deliveries=deliveries,
        live=live,
        links=_links(settings, clock),
        calendar_links=SealedCalendarLinks(*_sealing(settings)),
        exports=_exports(settings, people, sources, clock),
        statement_links=SealedStatementLinks(*_sealing(settings)),
        search=None if index is None else Search(index, clock),
        facts=FactsOfViewers(index, clock),
        indexing=None if index is None else Indexing(index, sources, clock, settings.search),
        turns=turns,
        observed=GatewayMetrics(metrics, turns),
        draining=Draining(),
        rates=Rates(settings.load, _redis_url(settings), timeout=settings.cache.redis_timeout),
        notifications=_notifications(identity, own_sources, scopes, live, clock),
        clock=clock,
        cache=cache,
        metrics=metrics,
    )
    made.exports.over(made)
    return made


def _redis_url(settings: Settings) -> str | None:
    redis = settings.cache.redis
    return None if redis is None else redis.get_secret_value()


def _exports(settings: Settings, people: People | None, sources: Sources, clock: Clock) -> ExportService:
    return ExportService(SealedExportLinks(*_sealing(settings)), people, sources.files, clock, settings.exports)


def _people(settings: Settings, sources: Sources) -> People | None:
    """The store of people. Raises PortConflict where it is needed and there is none."""
    identity = settings.identity
    needed = identity.secret is not None or any(issuer.people == "store" for issuer in identity.issuers)
    if needed and sources.people is None:
        raise PortConflict(
            "no system keeps people, and [identity] needs one: add a system of the connector portal_store"
        )
    return sources.people


def _with_submitted(sources: Sources, clock: Clock) -> Sources:
    """The cases that wait for the service system, among its own."""
    if sources.deliveries is None:
        return sources
    cases = WithSubmittedCases(sources.service_cases, sources.deliveries, clock)
    return replace(sources, service_cases=cases)


def _notifications(
    identity: IdentityService | None, sources: Sources, scopes: ScopeCompiler, live: LiveService, clock: Clock
) -> Notifications | None:
    """None where the gateway knows nobody to write to."""
    if identity is None:
        return None
    return Notifications(
        identity.people, sources, scopes, live.feed, identity.outbox, clock, stop_link=identity.stop_links.link
    )


def _sealing(settings: Settings) -> tuple[str, str | None, int]:
    """What links are made with: the gateway's address, its secret, and how many seconds they live."""
    secret = settings.identity.secret
    known = None if secret is None else secret.get_secret_value()
    return settings.server.address, known, settings.attachments.link_seconds


def _links(settings: Settings, clock: Clock) -> SealedLinks:
    address, secret, seconds = _sealing(settings)
    return SealedLinks(address, secret, Lifetimes(seconds, settings.attachments.upload_seconds), clock)


def _live(settings: Settings, sources: Sources, cache: RowCache, clock: Clock) -> LiveService:
    local, shared = LocalFeed(), None
    if settings.cache.redis is not None:
        from redis.asyncio import Redis

        from connectors.transport.redis_feed import RedisFeed

        redis = Redis.from_url(settings.cache.redis.get_secret_value())
        shared = RedisFeed(redis, local, timeout=settings.cache.redis_timeout)
    return LiveService(sources.service_cases, cache, local, shared, clock, settings.live)


def _cache(settings: CacheSettings, registry: CollectorRegistry) -> RowCache:
    metrics = CacheMetrics(registry)
    memory = MemoryStore(settings.max_bytes, metrics)
    if settings.redis is None:
        return RowCache(settings, memory, metrics)
    # Imported where it is used: a gateway without Redis starts faster.
    from redis.asyncio import Redis

    from connectors.transport.cache.redis_store import RedisStore

    redis = Redis.from_url(settings.redis.get_secret_value())
    store = RedisStore(
        redis, memory, metrics, timeout=settings.redis_timeout, max_entry_bytes=settings.redis_entry_bytes
    )
    return RowCache(settings, store, metrics)
