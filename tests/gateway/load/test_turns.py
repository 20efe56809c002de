"""The gateway executes as much at once as it keeps up with; what is too much is refused early, small queries last."""

import asyncio
from collections.abc import Callable

import pytest

from gateway.load.settings import LoadSettings
from gateway.load.turns import Turns
from gateway.refusal import Refusal


def turns(**told: object) -> Turns:
    return Turns(LoadSettings.model_validate(told))


async def hold(turns: Turns, cost: int, done: asyncio.Event, began: Callable[[int], None] = lambda _: None) -> None:
    async with turns.turn(cost):
        began(cost)
        await done.wait()


async def test_more_than_may_wait_are_refused_with_when_to_come_back() -> None:
    made, done = turns(at_once=2, queue=3), asyncio.Event()
    tasks = [asyncio.create_task(hold(made, 1, done)) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as refused:
        async with made.turn(1):
            pass
    assert (refused.value.status, refused.value.headers["retry-after"]) == (503, "1")
    assert made.is_full
    assert made.refused == 1
    done.set()
    await asyncio.gather(*tasks)
    assert (made.running, made.waiting) == (0, 0)


async def test_nobody_waits_longer_than_is_said() -> None:
    made, done = turns(at_once=2, patience=0.05), asyncio.Event()
    tasks = [asyncio.create_task(hold(made, 1, done)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Refusal):
        async with made.turn(1):
            pass
    assert made.waiting == 0
    done.set()
    await asyncio.gather(*tasks)


async def test_small_queries_go_first() -> None:
    made, done, order = turns(at_once=2), asyncio.Event(), list[int]()
    tasks = [asyncio.create_task(hold(made, 0, done)) for _ in range(2)]
    await asyncio.sleep(0)
    ends = asyncio.Event()
    ends.set()
    tasks += [asyncio.create_task(hold(made, cost, ends, order.append)) for cost in (5000, 9000, 3, 1)]
    await asyncio.sleep(0)
    done.set()
    await asyncio.gather(*tasks)
    assert order == [3, 1, 5000, 9000]


async def test_who_goes_away_while_waiting_leaves_no_gap() -> None:
    made, done = turns(at_once=2), asyncio.Event()
    tasks = [asyncio.create_task(hold(made, 1, done)) for _ in range(6)]
    await asyncio.sleep(0)
    for task in tasks[2:4]:
        task.cancel()
    done.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (made.running, made.waiting) == (0, 0)
    async with made.turn(1):
        assert made.running == 1


async def test_queries_that_wait_for_a_slow_system_hold_up_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.load.turns.SLOW", 0.05)
    made, done = turns(at_once=2), asyncio.Event()
    slow = [asyncio.create_task(hold(made, 1, done)) for _ in range(2)]
    await asyncio.sleep(0)
    async with asyncio.timeout(0.5), made.turn(1):
        assert (made.running, made.slow) == (1, 2)
    more = [asyncio.create_task(hold(made, 1, done)) for _ in range(30)]
    await asyncio.sleep(0.6)
    assert made.slow == 16  # there is an end to what may be slow at once
    for task in more:
        task.cancel()
    await asyncio.gather(*more, return_exceptions=True)
    done.set()
    await asyncio.gather(*slow)
    assert (made.running, made.slow, made.waiting) == (0, 0, 0)


async def test_a_loop_that_is_behind_makes_it_take_less_and_one_that_keeps_up_more_again() -> None:
    made, done = turns(at_once=100), asyncio.Event()
    tasks = [asyncio.create_task(hold(made, 1, done)) for _ in range(100)]
    await asyncio.sleep(0)
    for _ in range(4):
        made.look(0.3)
    assert made.limit == 80
    for _ in range(40):
        made.look(0.3)
    assert 4 <= made.limit < 20
    for _ in range(200):
        made.look(0.0)
    assert made.limit == 100
    done.set()
    await asyncio.gather(*tasks)


async def test_one_long_step_is_no_standing_lag() -> None:
    made = turns(at_once=100)
    for number in range(50):
        made.look(1.0 if number % 4 == 0 else 0.0)
    assert made.limit == 100


async def test_it_looks_by_itself_once_it_is_started() -> None:
    made = turns(at_once=50, lag=0.001)
    made.start()
    for _ in range(8):
        await asyncio.sleep(0.06)
    assert made.lag >= 0
    await made.close()
