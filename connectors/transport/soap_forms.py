"""Wire rows of a SOAP table → records: for a set of attributes one function, that reads nothing else of a row."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar

from connectors.queries import Query
from connectors.records import Record
from connectors.transport.row_forms import Source

R = TypeVar("R", bound=Record)

_KEPT = 128  # sets of attributes; clients repeat a few

MakeRecord = Callable[..., R]
"""`make(row, provenance, **given)`; `given` are attributes that don't come from the row."""


class SoapForms(Generic[R]):
    """One kind of record. `always` are the attributes that come whether they are wanted or not: the ids, and what
    tells whose a row is."""

    def __init__(self, record: type[R], sources: Mapping[str, Source], always: frozenset[str]) -> None:
        self._record = record
        self._sources = sources
        self._always = always
        self.of = lru_cache(_KEPT)(self._made)
        """The function for the attributes wanted (None: all)."""

    def _made(self, fields: frozenset[str] | None) -> MakeRecord[R]:
        wanted = {
            attribute: source
            for attribute, source in self._sources.items()
            if fields is None or attribute in fields or attribute in self._always
        }
        names: dict[str, Any] = {"record": self._record}  # Any: functions, and the record's class
        arguments = []
        for attribute, source in wanted.items():
            names[f"read_{attribute}"] = source.read
            values = ", ".join(f"get({path!r}, '')" for path in source.paths)
            arguments.append(f"{attribute}=read_{attribute}({values})")
        # The text holds attributes of our records and the field names of our own tables alone.
        made = f"lambda get, provenance, given: record(provenance=provenance, {', '.join(arguments)}, **given)"
        make: Callable[..., R] = eval(made, names)  # noqa: S307 - see above
        return lambda row, provenance, **given: make(row.get, provenance, given)


def wanted_of(query: Query) -> frozenset[str] | None:
    """The attributes that the query asks for, and those that it is to be put in order by."""
    return None if query.fields is None else query.fields | {term.attribute for term in query.order}
