"""The moment by which an answer is of use."""

import asyncio

from connectors.transport.deadline import deadline, remaining


def test_without_a_deadline_the_callers_own_limit_counts() -> None:
    assert remaining(7.0) == 7.0


def test_the_nearer_of_both_counts() -> None:
    with deadline(5):
        assert 4.9 < remaining(60) <= 5
        assert remaining(1) == 1


def test_an_inner_deadline_never_lengthens_an_outer_one() -> None:
    with deadline(1):
        with deadline(60):
            assert remaining(60) <= 1
        with deadline(0.5):
            assert remaining(60) <= 0.5
        assert remaining(60) > 0.9
    assert remaining(60) == 60


def test_a_past_deadline_leaves_no_time() -> None:
    with deadline(-1):
        assert remaining(60) == 0


async def test_tasks_have_the_deadline_of_whoever_started_them() -> None:
    async def left() -> float:
        return remaining(60)

    with deadline(1):
        inside = asyncio.create_task(left())
    assert await inside <= 1
    assert await asyncio.create_task(left()) == 60
