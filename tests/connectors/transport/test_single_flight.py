"""One does the work, all who want the same wait for it."""

import asyncio

import pytest

from connectors.transport.single_flight import SingleFlight


class Work:
    """Counts how often it is done, and ends when told."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.done = 0
        self.failure = failure
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.done += 1
        await self.may_end.wait()
        if self.failure is not None:
            raise self.failure
        return self.done


async def test_all_who_come_meanwhile_get_the_one_result() -> None:
    flights, work = SingleFlight[int](), Work()
    waiting = [asyncio.create_task(flights.do("token", work)) for _ in range(20)]
    await asyncio.sleep(0)
    work.may_end.set()
    assert await asyncio.gather(*waiting) == [1] * 20


async def test_who_comes_after_the_end_starts_anew() -> None:
    flights, work = SingleFlight[int](), Work()
    work.may_end.set()
    assert [await flights.do("token", work), await flights.do("token", work)] == [1, 2]


async def test_other_keys_fly_by_themselves() -> None:
    flights, work = SingleFlight[int](), Work()
    work.may_end.set()
    await asyncio.gather(flights.do("one", work), flights.do("two", work))
    assert work.done == 2


async def test_a_failure_reaches_all_and_is_not_kept() -> None:
    flights, work = SingleFlight[int](), Work(ValueError("no"))
    waiting = [asyncio.create_task(flights.do("token", work)) for _ in range(3)]
    await asyncio.sleep(0)
    work.may_end.set()
    assert [type(result) for result in await asyncio.gather(*waiting, return_exceptions=True)] == [ValueError] * 3
    work.failure = None
    assert await flights.do("token", work) == 2


async def test_a_waiter_who_goes_away_ends_it_for_no_other() -> None:
    flights, work = SingleFlight[int](), Work()
    first = asyncio.create_task(flights.do("token", work))
    second = asyncio.create_task(flights.do("token", work))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    work.may_end.set()
    assert await second == 1
    assert work.done == 1


async def test_a_failure_that_nobody_waits_for_any_more_makes_no_noise() -> None:
    flights, work = SingleFlight[int](), Work(ValueError("no"))
    only = asyncio.create_task(flights.do("token", work))
    await asyncio.sleep(0)
    only.cancel()
    work.may_end.set()
    await asyncio.sleep(0.01)
    work.failure = None
    assert await flights.do("token", work) == 2
