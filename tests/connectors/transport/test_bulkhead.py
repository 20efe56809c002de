"""A system is given so many calls at once, fewer where it is overloaded; who goes away leaves no gap."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.transport.bulkhead import Bulkhead, QueueFull


async def test_more_than_may_wait_are_refused_at_once() -> None:
    bulkhead = Bulkhead(1, 2)
    await bulkhead.enter()
    waiting = [asyncio.create_task(bulkhead.enter()) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await bulkhead.enter()
    bulkhead.leave()
    await waiting[0]
    assert not waiting[1].done()
    bulkhead.leave()
    await waiting[1]


async def test_overload_makes_it_narrower_and_success_wider_again() -> None:
    now = 0.0
    bulkhead = Bulkhead(20, 0, clock=lambda: now)
    for _ in range(20):
        await bulkhead.enter()
    for _ in range(10):
        bulkhead.leave(overloaded=True)
    assert bulkhead.limit == 14  # together they are one sign
    now += 2
    bulkhead.leave(overloaded=True)
    assert 9 < bulkhead.limit < 10
    while bulkhead.in_flight:
        bulkhead.leave()
    for _ in range(400):
        while bulkhead.in_flight < int(bulkhead.limit):
            await bulkhead.enter()
        bulkhead.leave(overloaded=False)
    assert bulkhead.limit == 20


async def test_it_never_closes_altogether() -> None:
    now = 0.0
    bulkhead = Bulkhead(20, 0, clock=lambda: now)
    for _ in range(50):
        await bulkhead.enter()
        now += 2
        bulkhead.leave(overloaded=True)
    assert int(bulkhead.limit) == 2


@given(st.lists(st.sampled_from(["come", "leave", "vanish", "overloaded"]), max_size=80), st.integers(1, 4))
async def test_whoever_comes_and_goes_the_turns_are_counted_right(steps: list[str], most: int) -> None:
    bulkhead = Bulkhead(most, 5)
    tasks: list[asyncio.Task[None]] = []

    def inside() -> list[asyncio.Task[None]]:
        return [task for task in tasks if task.done()]

    for step in steps:
        if step == "come":
            task = asyncio.create_task(bulkhead.enter())
            await asyncio.sleep(0)
            if not (task.done() and task.exception()):
                tasks.append(task)
        elif step == "vanish" and len(inside()) < len(tasks):
            waiting = next(task for task in tasks if not task.done())
            tasks.remove(waiting)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        elif step in ("leave", "overloaded") and inside():
            tasks.remove(inside()[0])
            bulkhead.leave(overloaded=step == "overloaded")
        await asyncio.sleep(0)
        assert bulkhead.in_flight == len(inside())
        assert bulkhead.waiting == len(tasks) - len(inside())
        assert not bulkhead.waiting or bulkhead.in_flight >= int(bulkhead.limit)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
