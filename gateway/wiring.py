"""The composition root: the only place where settings become objects."""

from dataclasses import dataclass

import structlog
from graphql import NoSchemaIntrospectionCustomRule, specified_rules
from prometheus_client import CollectorRegistry

from auth.scope import ScopeCompiler
from auth.tokens import TokenVerifier
from auth.viewer import Viewer
from connectors.ports import Connector, InstalledBase
from connectors.registry import Clock, PortConflict, utc_now
from connectors.sources import Sources, sources_of
from connectors.transport.cache import CacheMetrics, CacheSettings, MemoryStore, RowCache, cached_sources
from gateway.execution import Executor
from gateway.settings import Settings
from schema.context import Context
from schema.graph import create_schema

log = structlog.get_logger(__name__)

MOST_TOKENS = 20_000
"""Of a document: reading more would keep everybody else waiting."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the running process is made of. `close` ends it all."""

    settings: Settings
    executor: Executor
    sources: Sources
    scopes: ScopeCompiler
    verifier: TokenVerifier
    clock: Clock
    cache: RowCache
    metrics: CollectorRegistry

    def context_for(self, viewer: Viewer, request_id: str) -> Context:
        """What the resolvers of one request share."""
        return Context(viewer=viewer, sources=self.sources, scopes=self.scopes, clock=self.clock, request_id=request_id)

    async def close(self) -> None:
        """Close the cache, the systems in reverse order, then the verifier: one that fails keeps none from it."""
        parts: list[Connector | TokenVerifier | RowCache] = [self.cache, *reversed(self.sources.systems), self.verifier]
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
    refused = () if settings.server.introspection else (NoSchemaIntrospectionCustomRule,)
    metrics = CollectorRegistry()
    cache = _cache(settings.cache, metrics)
    return Gateway(
        settings=settings,
        executor=Executor(schema, rules=(*specified_rules, *refused), max_tokens=MOST_TOKENS),
        sources=cached_sources(sources, cache),
        scopes=ScopeCompiler(sources.installed_base, ttl=settings.scope.hierarchy_ttl),
        verifier=TokenVerifier(settings.identity.issuers),
        clock=clock,
        cache=cache,
        metrics=metrics,
    )


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
