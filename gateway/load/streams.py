"""Connections that stay open: how many there are, and may be."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Gauge


class OpenStreams:
    def __init__(self, most: int, gauge: Gauge) -> None:
        self._most = most
        self._gauge = gauge
        self._open = 0

    @property
    def is_full(self) -> bool:
        return self._open >= self._most

    @contextmanager
    def one(self) -> Iterator[None]:
        """While it is open."""
        self._open += 1
        self._gauge.set(self._open)
        try:
            yield
        finally:
            self._open -= 1
            self._gauge.set(self._open)
