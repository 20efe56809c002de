"""What a document becomes: a tree of levels, each with the fields that are asked of its rows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
)

if TYPE_CHECKING:
    from gateway.execution.places import Place
    from gateway.execution.run import Run

Rows = Sequence[Any]  # Any: rows are whatever resolvers answer
Values = Sequence[Any]
"""One value a row, in the rows' order; an exception in it is that row's error."""

Guard = Callable[[Any], None]
"""`guard(context)` raises where the field may not be asked for at all."""

Read = Callable[[Rows, "Place", "Run"], Awaitable[Values]]


Output = type[msgspec.Struct]
Writer = Callable[..., list[Any]]
"""Generated code: `write(rows, columns, functions)` gives the outputs in the rows' order."""

Accepted = dict[type, bool]
"""What `is_type_of` says of the rows of a class."""


class Dead:
    """Stands for an object that can't be shown, because something in it is missing that must not be null."""


DEAD = Dead()


@dataclass(slots=True, eq=False, kw_only=True)
class PlannedField:
    """A field of a level. `nodes` are all its places in the document, the first one first."""

    key: str
    name: str
    nodes: list[FieldNode]
    type: GraphQLOutputType
    parent: GraphQLObjectType
    definition: GraphQLField | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Leaf(PlannedField):
    """A field written straight from the row: an attribute, what is computed from the row, or a constant."""

    leaf: GraphQLLeafType
    attribute: str | None = None
    prepare: Callable[[Any], Callable[[Any], Any]] | None = None
    constant: str | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Resolved(PlannedField):
    """A field whose values are fetched for all rows of the level, before any of them is written.

    `waits` says whether fetching it, or something below, may have to wait. `objects` are the plans of what it leads
    to, by the concrete type's name; a leaf has none.
    """

    read: Read
    waits: bool
    guard: Guard | None = None
    leaf: GraphQLLeafType | None = None
    abstract: GraphQLAbstractType | None = None
    objects: "dict[str, ObjectPlan]" = field(default_factory=dict)
    runtime_types: dict[type, str] = field(default_factory=dict)
    write: Callable[[Values], Values] | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class ObjectPlan:
    """What is asked of objects of one concrete type. `output` is the struct that is encoded for each."""

    type: GraphQLObjectType
    fields: list[Leaf | Resolved]
    resolved: list[Resolved]
    output: Output
    write: Writer | None = None
    accepted: Accepted = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        return any(each.waits for each in self.resolved)


@dataclass(slots=True, eq=False, kw_only=True)
class OperationPlan:
    """An operation, for one value of its conditions. `serial`: the root's fields are resolved one after the other.

    `wanted` names the attributes of rows that the operation looks at, by type; None where any may be.
    """

    root: ObjectPlan
    serial: bool
    wanted: Mapping[str, frozenset[str] | None]
