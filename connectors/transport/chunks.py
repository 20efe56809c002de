"""Keys in portions that a system takes: its limits on rows a call, on the length of a URL, on a body."""

from collections.abc import Callable, Iterable, Iterator


def chunked(
    keys: Iterable[str], *, at_most: int, budget: int | None = None, cost: Callable[[str], int] = len
) -> Iterator[tuple[str, ...]]:
    """Distinct keys in their order, at most `at_most` a chunk and `cost` summed up to `budget` (bytes, say)."""
    chunk: list[str] = []
    spent = 0
    for key in dict.fromkeys(keys):
        price = cost(key)
        if chunk and (len(chunk) >= at_most or (budget is not None and spent + price > budget)):
            yield tuple(chunk)
            chunk, spent = [], 0
        chunk.append(key)
        spent += price
    if chunk:
        yield tuple(chunk)
