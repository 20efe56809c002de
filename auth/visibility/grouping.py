"""Rows by what they hang on."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

R = TypeVar("R")


def grouped(rows: Iterable[R], keys: Callable[[R], Iterable[str | None]]) -> dict[str, list[R]]:
    """Each row under each of its keys, in the rows' order."""
    groups: dict[str, list[R]] = defaultdict(list)
    for row in rows:
        for key in dict.fromkeys(keys(row)):
            if key is not None:
                groups[key].append(row)
    return groups
