"""JSON rows straight into records: a row type that holds only what is wanted, and a function from it to the record.

Both are made once for a set of attributes, from a connector's table of where each attribute comes from. The rest of
an answer is skipped by the decoder and never becomes an object.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from connectors.records import Provenance, Record

R = TypeVar("R", bound=Record)
V = TypeVar("V")

Row = Any  # a struct that is made at run time


class Source(NamedTuple):
    """Where an attribute comes from: the values at `paths` (`Name`, or `Product__r.Name`), through `read`."""

    paths: tuple[str, ...]
    read: Callable[..., object]


class RowForm(Generic[R]):
    """How rows become one kind of record. `row` is the type to decode, `record` makes a record of it.

    `kinds` are the types of the properties, `kind` that of the others; what is missing is None. An object that a path
    leads through may be anything else: then there is nothing behind it.
    """

    def __init__(
        self,
        record: type[R],
        sources: Mapping[str, Source],
        *,
        kind: Any,  # a type as msgspec takes it, unions too
        kinds: Mapping[str, Any] | None = None,
    ) -> None:
        paths = (path for source in sources.values() for path in source.paths)
        self._node = _Node(paths, kind, kinds or {})
        self.row: Row = self._node.type
        reads = {f"read_{attribute}": source.read for attribute, source in sources.items()}
        arguments = ", ".join(
            f"{attribute}={self._call(f'read_{attribute}', source.paths)}" for attribute, source in sources.items()
        )
        made = f"lambda row, provenance: record(provenance=provenance, {arguments})"
        self.record: Callable[[Row, Provenance], R] = self._compiled(made, {"record": record, **reads})

    def value(self, paths: tuple[str, ...], read: Callable[..., V]) -> Callable[[Row], V]:
        """Another value of a row, from properties that its sources name."""
        made: Callable[[Row], V] = self._compiled(f"lambda row: {self._call('read', paths)}", {"read": read})
        return made

    def _call(self, name: str, paths: tuple[str, ...]) -> str:
        return f"{name}({', '.join(self._node.expression('row', path) for path in paths)})"

    def _compiled(self, source: str, names: Mapping[str, object]) -> Callable[..., Any]:
        # The text holds attributes of our records and numbered names alone: nothing of a system or of its settings.
        return eval(source, {**names, **self._node.names()})  # type: ignore[no-any-return]  # noqa: S307


class _Node:
    """An object of the JSON: its wanted properties, each once, under numbered names."""

    def __init__(self, paths: Iterable[str], kind: Any, kinds: Mapping[str, Any], label: str = "row") -> None:
        self._label = label
        self._fields: dict[str, str] = {}
        inner: dict[str, list[str]] = {}
        for path in paths:
            name, _, rest = path.partition(".")
            self._fields.setdefault(name, f"p{len(self._fields)}")
            if rest:
                inner.setdefault(name, []).append(rest)
        self._inner = {
            name: _Node(rests, kind, kinds, f"{label}_{self._fields[name]}") for name, rests in inner.items()
        }
        fields = [
            (field, self._kind(name, kinds.get(name, kind)), msgspec.field(name=name, default=None))
            for name, field in self._fields.items()
        ]
        # Trees of plain values: the garbage collector has nothing to find in them.
        self.type: Row = msgspec.defstruct(label, fields, gc=False)
        self._nothing = self.type()

    def expression(self, holder: str, path: str) -> str:
        name, _, rest = path.partition(".")
        own = f"{holder}.{self._fields[name]}"
        inner = self._inner.get(name)
        if inner is None or not rest:
            return own
        label = inner._label
        return inner.expression(f"({own} if {own}.__class__ is {label} else no_{label})", rest)

    def names(self) -> dict[str, object]:
        """What expressions refer to."""
        found: dict[str, object] = {self._label: self.type, f"no_{self._label}": self._nothing}
        for inner in self._inner.values():
            found |= inner.names()
        return found

    def _kind(self, name: str, kind: Any) -> Any:
        inner = self._inner.get(name)
        return kind if inner is None else inner.type | str | int | float | bool | list[msgspec.Raw] | None
