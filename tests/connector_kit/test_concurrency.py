"""Many readers of one connector at once: right answers for each, one sign-in for all, and none ends another's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from connectors.errors import ConnectorError
from connectors.files import FileStore, read_file
from connectors.ports import CustomerAssetData
from tests.connector_kit.expectations import EVERYONE
from tests.connector_kit.harness import Harness, harnesses
from tests.connector_kit.lab import Lab, System
from tests.connector_kit.reads import READS, Read

READERS = 20

every_connector = pytest.mark.parametrize("harness", harnesses(), ids=lambda harness: harness.name)
over_http = pytest.mark.parametrize(
    "harness", [each for each in harnesses() if each.over_http], ids=lambda harness: harness.name
)
with_sessions = pytest.mark.parametrize(
    "harness", [each for each in harnesses() if each.sign_in], ids=lambda harness: harness.name
)

Ask = Callable[[System[Any]], Awaitable[None]]

FEW, MANY = 12, 105
"""Keys of one reader; for as many as MANY a token is needed even where reading a few does without."""


def readers(harness: Harness, keys: int = FEW) -> list[Ask]:
    """Readers who ask each for something else and look closely at what they get."""

    def reader(place: int) -> Ask:
        async def ask(system: System[Any]) -> None:
            if harness.port is CustomerAssetData:
                kept = system.facts.custom_asset_data
                key = list(kept)[place % len(kept)]
                store = cast(CustomerAssetData, system.connector)
                assert await store.custom_asset_data((key,)) == {key: kept[key]}
                return
            if harness.port is FileStore:
                files, content = cast(FileStore, system.connector), f"of reader {place}".encode()
                await files.put_file(f"readers/{place}", content)
                assert await read_file(files, f"readers/{place}", at_most=100) == content
                return
            read, criterion = _ways(harness)[place % len(_ways(harness))]
            known = read.known_keys(system.facts, criterion)
            chosen = [known[(place * 7 + step) % len(known)] for step in range(keys)]
            await read.assert_answered(system, read.query(EVERYONE, {criterion: tuple(chosen)}))

        return ask

    return [reader(place) for place in range(READERS)]


def _ways(harness: Harness) -> list[tuple[Read, str]]:
    return [(read, criterion) for read in READS if read.port is harness.port for criterion in read.keys]


async def fresh(lab: Lab, harness: Harness) -> System[Any]:
    """A system whose sessions no other test needs, with a connector that has never signed in."""
    system = await lab.system(harness, called="sessions")
    return System(system.harness, system.facts, system.served, system.connect(), lab)


@every_connector
async def test_twenty_readers_at_once_have_each_their_own_answer(lab: Lab, harness: Harness) -> None:
    system = await lab.system(harness)
    system.conduct.misbehave(delay=0.01)
    await asyncio.gather(*(ask(system) for ask in readers(harness)))


@with_sessions
async def test_twenty_readers_who_come_first_sign_in_once(lab: Lab, harness: Harness) -> None:
    system = await fresh(lab, harness)
    system.conduct.misbehave(delay=0.01)
    await asyncio.gather(*(ask(system) for ask in readers(harness, MANY)))
    assert len(system.sign_ins()) == len(set(system.sign_ins())) > 0


@with_sessions
async def test_twenty_readers_whose_session_has_ended_sign_in_once_again(lab: Lab, harness: Harness) -> None:
    system = await fresh(lab, harness)
    await asyncio.gather(*(ask(system) for ask in readers(harness, MANY)))
    system.conduct.behave()
    system.harness.expire(system.served)
    await asyncio.gather(*(ask(system) for ask in readers(harness, MANY)))
    assert len(system.sign_ins()) == len(set(system.sign_ins())) > 0


@with_sessions
async def test_a_session_that_ends_at_once_is_not_renewed_for_ever(lab: Lab, harness: Harness) -> None:
    """A system that takes no session of its own making is told as an error, after one renewal."""
    system = await fresh(lab, harness)
    ask = readers(harness, MANY)[0]
    await ask(system)
    system.conduct.behave()
    ending = asyncio.create_task(_ends_sessions(system))
    try:
        await ask(system)
    except ConnectorError:
        pass
    finally:
        ending.cancel()
    assert len(system.sign_ins()) <= 2
    await ask(system)


async def _ends_sessions(system: System[Any]) -> None:
    while True:
        system.harness.expire(system.served)
        await asyncio.sleep(0)


@every_connector
async def test_a_reader_who_goes_away_ends_no_other_read(lab: Lab, harness: Harness) -> None:
    """Nor does the one who signs in for all, and nothing is left that would disturb who comes later."""
    system = await fresh(lab, harness)
    system.conduct.misbehave(delay=0.05)
    tasks = [asyncio.ensure_future(ask(system)) for ask in readers(harness, MANY if harness.sign_in else FEW)]
    await asyncio.sleep(0.03)
    for task in tasks[::3]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for place, outcome in enumerate(outcomes):
        if place % 3:
            assert outcome is None, repr(outcome)
        else:
            assert outcome is None or isinstance(outcome, asyncio.CancelledError), repr(outcome)
    system.conduct.behave()
    await asyncio.gather(*(ask(system) for ask in readers(harness)))


@over_http
async def test_no_more_calls_run_at_once_than_there_are_connections(lab: Lab, harness: Harness) -> None:
    known = await lab.system(harness)
    limited = System(known.harness, known.facts, known.served, known.connect(connections=3), lab)
    limited.conduct.misbehave(delay=0.005)
    await asyncio.gather(*(ask(limited) for ask in readers(harness)))
    assert 1 < limited.conduct.most_in_flight <= 3
