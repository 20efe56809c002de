"""Rows are kept for who has the same rights, as long as they are good, and never a moment or a viewer further."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from connectors.errors import SourceMisconfigured, SourceTimeout, SourceUnreachable, TooManyRows
from connectors.queries import AccountScope, CaseQuery, Rows
from connectors.records import Case
from connectors.transport.cache import CacheMetrics, CacheSettings, MemoryStore, RowCache
from tests.connectors.transport.cache.conftest import (
    DECIDING,
    FRESH,
    NORTH,
    REVALIDATED,
    SOUTH,
    STOOD_IN,
    Bench,
    Clock,
    System,
    asked,
)


async def test_who_has_the_same_rights_shares_a_read(bench: Bench) -> None:
    assert await bench.read(asked(NORTH)) == ("north 1", False)
    assert await bench.read(asked(NORTH)) == ("north 1", False)
    assert len(bench.system.asked) == 1
    assert (bench.count("miss"), bench.count("fresh")) == (1, 1)


@pytest.mark.rule("R10")
async def test_other_rights_never_see_what_was_kept(bench: Bench) -> None:
    await bench.read(asked(NORTH))
    assert await bench.read(asked(SOUTH)) == ("south 2", False)
    same_accounts = AccountScope(NORTH.unrestricted, NORTH.account_ids, NORTH.account_numbers, "north, reassigned")
    assert (await bench.read(asked(same_accounts)))[0] == "north, reassigned 3"


async def test_another_question_is_another_read(bench: Bench) -> None:
    await bench.read(asked(NORTH, "1"))
    await bench.read(asked(NORTH, "1", "2"))
    await bench.read(CaseQuery(scope=NORTH, numbers=("1",), fields=frozenset({"status"})))
    assert len(bench.system.asked) == 3


async def test_a_read_that_prepares_a_decision_reaches_the_system_each_time(bench: Bench) -> None:
    for _ in range(3):
        await bench.read(asked(DECIDING))
    assert len(bench.system.asked) == 3
    assert bench.count("bypass") == 3


async def test_old_rows_are_shown_as_old_and_read_anew_once(bench: Bench) -> None:
    await bench.read(asked(NORTH))
    bench.clock.now += FRESH + 1
    assert await bench.read(asked(NORTH)) == ("north 1", True)
    assert await bench.read(asked(NORTH)) == ("north 1", True)
    async with asyncio.timeout(5):
        while (await bench.read(asked(NORTH)))[1]:  # noqa: ASYNC110  # the refresh tells nobody that it is done
            await asyncio.sleep(0.005)
    assert await bench.read(asked(NORTH)) == ("north 2", False)
    assert len(bench.system.asked) == 2


async def test_rows_past_revalidation_are_read_before_they_are_shown(bench: Bench) -> None:
    await bench.read(asked(NORTH))
    bench.clock.now += FRESH + REVALIDATED + 1
    assert await bench.read(asked(NORTH)) == ("north 2", False)


@pytest.mark.parametrize("failure", [SourceUnreachable("sap", "away"), SourceTimeout("sap", "slow")])
async def test_old_rows_stand_in_for_a_system_that_is_away_and_say_so(
    bench: Bench, failure: SourceUnreachable | SourceTimeout
) -> None:
    await bench.read(asked(NORTH))
    bench.system.failure = failure
    bench.clock.now += FRESH + REVALIDATED + 1
    assert await bench.read(asked(NORTH)) == ("north 1", True)
    bench.clock.now += STOOD_IN
    with pytest.raises(type(failure)):
        await bench.read(asked(NORTH))


@pytest.mark.parametrize("failure", [TooManyRows("sap", "too many"), SourceMisconfigured("sap", "refused")])
async def test_what_is_no_outage_is_told(bench: Bench, failure: TooManyRows | SourceMisconfigured) -> None:
    await bench.read(asked(NORTH))
    bench.system.failure = failure
    bench.clock.now += FRESH + REVALIDATED + 1
    with pytest.raises(type(failure)):
        await bench.read(asked(NORTH))


@pytest.mark.rule("R10")
async def test_an_entitlement_is_never_decided_by_old_rows(bench: Bench) -> None:
    await bench.read(asked(NORTH, deciding=True))
    bench.clock.now += FRESH + 1
    assert await bench.read(asked(NORTH, deciding=True)) == ("north 2", False)
    bench.system.failure = SourceUnreachable("sap", "away")
    bench.clock.now += FRESH + 1
    with pytest.raises(SourceUnreachable):
        await bench.read(asked(NORTH, deciding=True))


async def test_what_we_wrote_is_not_hidden_by_what_was_kept(bench: Bench) -> None:
    await bench.read(asked(NORTH))
    await bench.cache.invalidate("sap", "cases")
    assert await bench.read(asked(NORTH)) == ("north 2", False)


async def test_a_read_under_way_while_we_write_is_not_kept(bench: Bench) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def slow(query: CaseQuery) -> Rows[Case]:
        started.set()
        await go_on.wait()
        return await bench.system.cases(query)

    read = asyncio.ensure_future(bench.cache.read("sap", "cases", asked(NORTH), slow))
    await started.wait()
    await bench.cache.invalidate("sap", "cases")
    go_on.set()
    await read
    assert (await bench.read(asked(NORTH)))[0] == "north 2"


async def test_reads_under_way_are_joined_within_the_same_rights_alone(bench: Bench) -> None:
    go_on = asyncio.Event()

    async def slow(query: CaseQuery) -> Rows[Case]:
        await go_on.wait()
        return await bench.system.cases(query)

    def read(scope: AccountScope) -> "asyncio.Future[Rows[Case]]":
        return asyncio.ensure_future(bench.cache.read("sap", "cases", asked(scope), slow))

    reads = [read(NORTH), read(NORTH), read(SOUTH), read(DECIDING), read(DECIDING)]
    await asyncio.sleep(0.01)
    go_on.set()
    told = [str((await each).rows[0].description).rpartition(" ")[0] for each in reads]
    assert told == ["north", "north", "south", "", ""]
    assert len(bench.system.asked) == 4


async def test_a_read_ends_when_its_last_waiter_goes(bench: Bench) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def endless(_: CaseQuery) -> Rows[Case]:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    waiters = [asyncio.ensure_future(bench.cache.read("sap", "cases", asked(NORTH), endless)) for _ in range(2)]
    async with asyncio.timeout(5):
        await began.wait()
        while bench.registry.get_sample_value("portal_cache_joined_reads_total") != 1:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.005)
    waiters[0].cancel()
    await asyncio.sleep(0.01)
    assert not ended.is_set()
    waiters[1].cancel()
    async with asyncio.timeout(5):
        await ended.wait()


STEPS = st.lists(
    st.tuples(
        st.sampled_from([NORTH, SOUTH, DECIDING]),
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from([0.0, 5.0, 20.0, 60.0, 700.0]),
        st.sampled_from(["", "fail", "write"]),
        st.booleans(),
    ),
    max_size=40,
)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
async def test_whatever_happens_rows_stay_with_their_rights_and_tell_their_age(
    steps: list[tuple[AccountScope, str, float, str, bool]],
) -> None:
    metrics = CacheMetrics(CollectorRegistry())
    store, clock, system = MemoryStore(40_000, metrics), Clock(), System()
    cache = RowCache(CacheSettings.model_validate({}), store, metrics, clock=clock)
    read_at: dict[str, float] = {}
    written_at = clock.now
    for scope, number, pause, event, deciding in steps:
        clock.now += pause
        system.failure = SourceUnreachable("sap", "away") if event == "fail" else None
        if event == "write":
            await cache.invalidate("sap", "cases")
            written_at = clock.now
            continue
        before = len(system.asked)
        try:
            rows = await cache.read("sap", "cases", asked(scope, number, deciding=deciding), system.cases)
        except SourceUnreachable:
            continue
        await asyncio.sleep(0)
        (row,) = rows.rows
        told = str(row.description)
        assert told.rpartition(" ")[0] == scope.fingerprint
        if told not in read_at:
            read_at[told] = clock.now
            assert len(system.asked) > before
        age = clock.now - read_at[told]
        assert row.provenance.stale or age < FRESH or not scope.fingerprint
        assert age < FRESH + STOOD_IN
        if deciding:
            assert not row.provenance.stale
        assert read_at[told] >= written_at
        assert store.bytes <= 40_000
    await cache.close()
