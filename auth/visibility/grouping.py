"""Rows by what they hang on, each once."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

R = TypeVar("R")


def distinct(rows: Iterable[R], key: Callable[[R], Hashable]) -> list[R]:
    """Each row once, in the rows' order: a source may answer one twice."""
    found: dict[Hashable, R] = {}
    for row in rows:
        found.setdefault(key(row), row)
    return list(found.values())


def grouped(rows: Iterable[R], keys: Callable[[R], Iterable[str | None]]) -> dict[str, list[R]]:
    """Each row under each of its keys, in the rows' order."""
    groups: dict[str, list[R]] = defaultdict(list)
    for row in rows:
        for key in dict.fromkeys(keys(row)):
            if key is not None:
                groups[key].append(row)
    return groups
