"""Wire rows of a SOAP table → records: for a set of attributes one function, that reads nothing else of a row."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from connectors.queries import Query
from connectors.records import Provenance, Record
from connectors.transport.row_forms import Source
from connectors.transport.soap_answers import SoapAnswer

R = TypeVar("R", bound=Record)

_NOTHING: Mapping[str, object] = MappingProxyType({})
_KEPT = 128  # sets of attributes; clients repeat a few


class SoapForm(NamedTuple, Generic[R]):
    """For a set of attributes: the fields that are read of a row, and what makes a record of their texts.

    `make(texts, provenance, given)`: `given` are attributes that don't come from the row.
    """

    fields: tuple[str, ...]
    make: Callable[[Sequence[str], Provenance, Mapping[str, object]], R]

    def records(self, answer: SoapAnswer, table: str, provenance: Provenance) -> list[R]:
        """A record of each row of a table. One of a row without an id has none, whatever its type says."""
        make = self.make
        return [make(texts, provenance, _NOTHING) for texts in answer.rows(table, self.fields)]


class SoapForms(Generic[R]):
    """One kind of record. `always` are the attributes that come whether they are wanted or not: the ids, and what
    tells whose a row is."""

    def __init__(self, record: type[R], sources: Mapping[str, Source], always: frozenset[str]) -> None:
        self._record = record
        self._sources = sources
        self._always = always
        self.of = lru_cache(_KEPT)(self._made)
        """The form for the attributes wanted (None: all)."""

    def _made(self, wanted: frozenset[str] | None) -> SoapForm[R]:
        sources = {
            attribute: source
            for attribute, source in self._sources.items()
            if wanted is None or attribute in wanted or attribute in self._always
        }
        fields = tuple(dict.fromkeys(path for source in sources.values() for path in source.paths))
        names: dict[str, Any] = {"record": self._record}  # Any: functions, and the record's class
        arguments = []
        for attribute, source in sources.items():
            names[f"read_{attribute}"] = source.read
            texts = ", ".join(f"texts[{fields.index(path)}]" for path in source.paths)
            arguments.append(f"{attribute}=read_{attribute}({texts})")
        # The text holds attributes of our records and numbers alone.
        made = f"lambda texts, provenance, given: record(provenance=provenance, {', '.join(arguments)}, **given)"
        return SoapForm(fields, eval(made, names))  # noqa: S307 - see above


def wanted_of(query: Query) -> frozenset[str] | None:
    """The attributes that the query asks for, and those that it is to be put in order by."""
    return None if query.fields is None else query.fields | {term.attribute for term in query.order}
