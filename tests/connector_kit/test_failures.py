"""What every connector over HTTP makes of a system that is away, fails, hangs or answers nonsense."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from connectors.errors import ConnectorError, SourceTimeout, SourceUnreachable
from connectors.transport.deadline import deadline
from fixtures.world.model import World
from tests.connector_kit.breakage import BREAKAGES, INTERNAL, MARK, MOST_BYTES, BreakingSystem, breaking
from tests.connector_kit.expectations import EVERYONE
from tests.connector_kit.harness import Harness, HttpHarness, harnesses
from tests.connector_kit.reads import READS

OVER_HTTP = [harness for harness in harnesses() if isinstance(harness, HttpHarness)]

Reads = list[Callable[[], Awaitable[object]]]

every_connector = pytest.mark.parametrize("harness", OVER_HTTP, ids=lambda harness: harness.name)


@pytest.fixture(scope="module")
async def breaking_systems(story: World) -> AsyncIterator[dict[str, BreakingSystem]]:
    async with AsyncExitStack() as stack:
        yield {harness.name: await stack.enter_async_context(breaking(harness, story)) for harness in OVER_HTTP}


@pytest.fixture
async def connect(
    breaking_systems: dict[str, BreakingSystem],
) -> AsyncIterator[Callable[[Harness], tuple[BreakingSystem, Any]]]:
    """A system that answers as it should so far, and a new connector to it that has not signed in."""
    async with AsyncExitStack() as stack:

        def connected(harness: Harness, **changed: object) -> tuple[BreakingSystem, Any]:
            system = breaking_systems[harness.name]
            system.breakage.mend()
            system.conduct.behave()
            connector = system.connect(**changed)
            stack.push_async_callback(connector.close)
            return system, connector

        yield connected


def reads_of(harness: Harness, story: World, connector: Any) -> Reads:
    """One read of each kind that the port has, and those that answer no rows."""
    facts = harness.facts(story)
    reads: Reads = []
    for read in READS:
        if read.port is harness.port:
            criterion = list(read.keys)[-1]
            query = read.query(EVERYONE, {criterion: read.known_keys(facts, criterion)[:10]})
            reads.append(partial(getattr(connector, read.name), query))
    if facts.activities:
        reads.append(lambda: connector.activities(tuple(facts.activities)[:10]))
    if facts.texts:
        reads.append(lambda: connector.texts(tuple(facts.texts)[:3]))
    return reads


async def failures(reads: Reads) -> list[BaseException]:
    """What each read raises, all at once; a read that raises nothing fails the test."""
    outcomes = await asyncio.gather(*(read() for read in reads), return_exceptions=True)
    assert all(isinstance(outcome, BaseException) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, BaseException)]


def assert_told_to_a_person(harness: Harness, url: str, *said: str) -> None:
    """Nothing of what a person is told names an address, a secret or what the system answered."""
    parts = urlsplit(url)
    hidden = (parts.netloc, parts.hostname or "", str(parts.port), "http", INTERNAL, MARK, "<", "{", "//", "Traceback")
    for text in said:
        assert text
        for secret in (*hidden, *harness.secrets()):
            assert secret not in text


def assert_errors(harness: Harness, url: str, errors: list[BaseException], expected: type[ConnectorError]) -> None:
    for error in errors:
        assert isinstance(error, expected), repr(error)
        assert error.system == harness.name
        assert_told_to_a_person(harness, url, error.message)


@every_connector
@pytest.mark.parametrize("breakage", BREAKAGES)
async def test_a_broken_answer_is_one_of_our_errors(
    connect: Callable[..., tuple[BreakingSystem, Any]], story: World, harness: HttpHarness, breakage: str
) -> None:
    """The system signs us in, and breaks when it is asked; afterwards it is asked again as if nothing had been."""
    answer, expected = BREAKAGES[breakage]
    system, connector = connect(harness, max_answer_bytes=MOST_BYTES)
    await connector.ping()
    system.breakage.answer, system.breakage.only = answer, lambda operation: not system.is_sign_in(operation)
    reads = reads_of(harness, story, connector)
    with capture_logs() as logged:
        errors = await failures(reads)
    assert_errors(harness, system.served.url, errors, expected)
    told = [entry for entry in logged if entry["log_level"] != "debug"]
    assert not any(secret in repr(told) for secret in (MARK, INTERNAL, *harness.secrets()))
    system.breakage.mend()
    await asyncio.gather(*(read() for read in reads))


@pytest.mark.parametrize("harness", [each for each in OVER_HTTP if each.sign_in], ids=lambda harness: harness.name)
@pytest.mark.parametrize("breakage", BREAKAGES)
async def test_a_sign_in_that_breaks_is_one_of_our_errors(
    connect: Callable[..., tuple[BreakingSystem, Any]], story: World, harness: HttpHarness, breakage: str
) -> None:
    """Where it comes to signing in: those who need none are served."""
    answer, _ = BREAKAGES[breakage]
    system, connector = connect(harness, max_answer_bytes=MOST_BYTES)
    system.breakage.answer, system.breakage.only = answer, system.is_sign_in
    outcomes = await asyncio.gather(*(read() for read in reads_of(harness, story, connector)), return_exceptions=True)
    errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert_errors(harness, system.served.url, errors, ConnectorError)
    assert bool(errors) == bool(
        system.conduct.operations() and all(map(system.is_sign_in, system.conduct.operations()))
    )
    system.breakage.mend()
    await asyncio.gather(*(read() for read in reads_of(harness, story, connector)))


@every_connector
async def test_how_long_to_wait_is_told_where_the_system_says_so(
    connect: Callable[..., tuple[BreakingSystem, Any]], story: World, harness: HttpHarness
) -> None:
    system, connector = connect(harness)
    await connector.ping()
    system.breakage.answer = BREAKAGES["429 in HTML"][0]
    for error in await failures(reads_of(harness, story, connector)):
        assert getattr(error, "retry_after", None) == 7.0


@every_connector
async def test_a_limit_that_is_used_up_is_not_tried_again(
    connect: Callable[..., tuple[BreakingSystem, Any]], story: World, harness: HttpHarness
) -> None:
    for breakage in ("429 in HTML", "403 in HTML", "a sign-in page"):
        system, connector = connect(harness)
        await connector.ping()
        system.conduct.behave()
        system.breakage.answer = BREAKAGES[breakage][0]
        await failures(reads_of(harness, story, connector)[:1])
        assert len(system.conduct.calls) == 1


@every_connector
@pytest.mark.parametrize("breakage", ["500 in HTML", "an answer broken off"])
async def test_a_read_that_failed_once_is_tried_again(
    connect: Callable[..., tuple[BreakingSystem, Any]], story: World, harness: HttpHarness, breakage: str
) -> None:
    system, connector = connect(harness)
    await connector.ping()
    reads = reads_of(harness, story, connector)
    expected = [await read() for read in reads]
    for read, answer in zip(reads, expected, strict=True):
        system.conduct.behave()
        system.breakage.answer, system.breakage.times = BREAKAGES[breakage][0], 1
        assert await read() == answer
        calls = len(system.conduct.calls)
        system.breakage.mend()
        system.conduct.behave()
        await read()
        assert calls == len(system.conduct.calls) + 1


@every_connector
async def test_a_system_that_hangs_is_a_timeout_within_the_deadline(
    connect: Callable[..., tuple[BreakingSystem, Any]], story: World, harness: HttpHarness
) -> None:
    """Whether it is the request's deadline or the system's own limit of time, and while signing in as well."""
    for signed_in, limit, due in ((True, 1.0, 30.0), (True, 30.0, 0.1), (False, 30.0, 0.1)):
        system, connector = connect(harness, timeout=limit)
        if signed_in:
            await connector.ping()
        system.conduct.misbehave(hang=True)
        started = time.monotonic()
        with deadline(due):
            errors = await failures(reads_of(harness, story, connector))
        assert time.monotonic() - started < 10.0, "not the thirty seconds of the other limit"
        assert_errors(harness, system.served.url, errors, SourceTimeout)


@every_connector
async def test_without_time_left_nothing_is_asked(
    connect: Callable[..., tuple[BreakingSystem, Any]], story: World, harness: HttpHarness
) -> None:
    system, connector = connect(harness)
    with deadline(0.0):
        errors = await failures(reads_of(harness, story, connector))
    assert_errors(harness, system.served.url, errors, SourceTimeout)
    assert system.conduct.calls == []


@every_connector
async def test_a_system_that_nobody_listens_for_is_unreachable(story: World, harness: HttpHarness) -> None:
    with socket.socket() as taken:  # bound, and not listening: connections to it are refused
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        connector = harness.connect(url)
        try:
            errors = await failures(reads_of(harness, story, connector))
        finally:
            await connector.close()
    assert_errors(harness, url, errors, SourceUnreachable)
