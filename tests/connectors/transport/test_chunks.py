"""Keys in portions that a system takes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connectors.transport.chunks import chunked

KEYS = st.lists(st.text("abc", min_size=1, max_size=6), max_size=60)


@given(KEYS, st.integers(1, 10), st.none() | st.integers(1, 20))
def test_every_key_comes_once_in_order_and_no_chunk_is_too_large(
    keys: list[str], at_most: int, budget: int | None
) -> None:
    chunks = list(chunked(keys, at_most=at_most, budget=budget))
    assert [key for chunk in chunks for key in chunk] == list(dict.fromkeys(keys))
    for chunk in chunks:
        assert 1 <= len(chunk) <= at_most
        # A key that is beyond the budget by itself goes alone.
        assert budget is None or len(chunk) == 1 or sum(map(len, chunk)) <= budget


@given(KEYS, st.integers(1, 10), st.integers(6, 20))
def test_no_chunk_could_have_taken_the_next_key(keys: list[str], at_most: int, budget: int) -> None:
    chunks = list(chunked(keys, at_most=at_most, budget=budget))
    for chunk, following in pairwise(chunks):
        assert len(chunk) == at_most or sum(map(len, chunk)) + len(following[0]) > budget


def test_a_keys_cost_can_be_told() -> None:
    chunks = chunked(["a", "b", "c", "d"], at_most=9, budget=10, cost=lambda key: 5)
    assert list(chunks) == [("a", "b"), ("c", "d")]


def test_no_keys_make_no_chunk() -> None:
    assert list(chunked([], at_most=5)) == []
