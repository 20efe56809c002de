"""A cache of upstream rows that cannot leak: what is kept was read under a fingerprint of rights, and is only ever
answered under the same one. Decisions about who may see what are never made from it."""

from connectors.transport.cache.metrics import CacheMetrics
from connectors.transport.cache.reads import RowCache
from connectors.transport.cache.settings import CacheSettings, Freshness
from connectors.transport.cache.sources import cached_sources
from connectors.transport.cache.stores import MemoryStore, Store

__all__ = ["CacheMetrics", "CacheSettings", "Freshness", "MemoryStore", "RowCache", "Store", "cached_sources"]
