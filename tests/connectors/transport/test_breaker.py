"""A system that fails is left alone for a while, and tried again by one call."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.transport.breaker import WINDOW, Breaker


class Hours:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(hours: Hours, failures: int = 5) -> Breaker:
    breaker = Breaker(failures, clock=hours)
    for _ in range(failures):
        assert breaker.refuses() == 0
        breaker.record(False)
    return breaker


def test_it_opens_after_so_many_failures_and_says_for_how_long() -> None:
    hours = Hours()
    breaker = opened(hours)
    assert 1 < breaker.refuses() < 3


def test_one_call_decides_and_the_others_wait_for_it() -> None:
    hours = Hours()
    breaker = opened(hours)
    hours.now += 3
    assert breaker.refuses() == 0
    assert breaker.refuses() > 0
    breaker.record(True)
    assert [breaker.refuses(), breaker.refuses()] == [0, 0]


def test_each_failed_trial_doubles_the_rest_up_to_half_a_minute() -> None:
    hours = Hours()
    breaker = opened(hours)
    rests = []
    for _ in range(6):
        rests.append(breaker.refuses())
        hours.now += rests[-1] + 0.001
        assert breaker.refuses() == 0
        breaker.record(False)
    assert rests == sorted(rests) or rests[-1] > 20
    assert max(rests) <= 30 * 1.2


def test_a_trial_that_nobody_waited_for_decides_nothing() -> None:
    hours = Hours()
    breaker = opened(hours)
    hours.now += 3
    assert breaker.refuses() == 0
    breaker.record(None)
    assert breaker.is_open
    assert breaker.refuses() == 0  # the next one tries


def test_calls_under_way_when_it_opened_decide_nothing() -> None:
    breaker = opened(Hours())
    breaker.record(True)
    assert breaker.is_open


def test_failures_among_many_successes_are_no_reason() -> None:
    breaker = Breaker(5, clock=Hours())
    for number in range(100):
        breaker.record(number % 3 != 0)
    assert not breaker.is_open


def test_old_failures_do_not_count() -> None:
    hours = Hours()
    breaker = Breaker(5, clock=hours)
    for _ in range(4):
        breaker.record(False)
    hours.now += WINDOW + 1
    breaker.record(False)
    assert not breaker.is_open


@given(st.lists(st.sampled_from([True, False, None]), max_size=300))
def test_without_a_number_it_never_opens(outcomes: list[bool | None]) -> None:
    breaker = Breaker(0, clock=Hours())
    for outcome in outcomes:
        assert breaker.refuses() == 0
        breaker.record(outcome)


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.floats(0, 60)), max_size=200))
def test_it_never_stays_open_for_ever(steps: list[tuple[bool | None, float]]) -> None:
    hours = Hours()
    breaker = Breaker(3, clock=hours)
    for outcome, later in steps:
        hours.now += later
        if not breaker.refuses():
            breaker.record(outcome)
    hours.now += 40
    assert breaker.refuses() == 0
    breaker.record(True)
    assert not breaker.is_open
