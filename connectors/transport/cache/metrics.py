"""What the cache tells of itself."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class CacheMetrics:
    """Registered with the gateway's own registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.reads = Counter(
            "portal_cache_reads",
            "Reads by what came of them: fresh, stale, miss, or bypass (decisions, and what is not kept)",
            ("system", "record", "outcome"),
            registry=registry,
        )
        self.joined = Counter("portal_cache_joined_reads", "Reads that shared one under way", registry=registry)
        self.evictions = Counter("portal_cache_evictions", "Entries that left for want of room", registry=registry)
        self.bytes = Gauge("portal_cache_bytes", "Bytes kept in the process, as estimated", registry=registry)
        self.store_failures = Counter(
            "portal_cache_store_failures", "Times that Redis could not be used", registry=registry
        )
