"""A system's codes and what they mean in the portal's vocabulary, as the settings say."""

from collections.abc import Mapping
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")


class CodeList(Generic[T]):
    """`field` is the system's own name of what carries the codes, as it stands in the log."""

    def __init__(self, system: str, field: str, meanings: Mapping[str, T]) -> None:
        self._system = system
        self._field = field
        self._meanings = dict(meanings)
        self._unknown: set[str] = set()

    def meaning(self, code: str) -> T | None:
        """None for a blank, and for an unknown code, which is logged when it is met first."""
        code = code.strip()
        found = self._meanings.get(code)
        if found is None and code and code not in self._unknown and len(self._unknown) < 100:
            self._unknown.add(code)
            log.warning("source.unknown_code", system=self._system, field=self._field, code=code[:20])
        return found
