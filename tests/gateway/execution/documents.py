"""Hypothesis-generated documents over any schema: valid ones by construction, and now and then one that is not."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_union_type,
)
from hypothesis import strategies as st

from tests.gateway.execution.arguments import ArgumentWriter, Variables

_META = ("__schema { queryType { name } directives { name } }", '__type(name: "Query") { name kind fields { name } }')


class Document(NamedTuple):
    text: str
    variables: dict[str, Any]  # JSON values
    operation_name: str | None


class _Fragment(NamedTuple):
    name: str
    type: GraphQLNamedType
    body: str
    used: frozenset[str]


class _DocumentWriter:
    def __init__(self, draw: st.DrawFn, schema: GraphQLSchema) -> None:
        self.variables = Variables()
        self.fragments: list[_Fragment] = []
        self.arguments = ArgumentWriter(draw, self.variables)
        self._draw = draw
        self._schema = schema
        self._keys: dict[tuple[object, ...], str] = {}
        self._count: dict[str, int] = {}

    def operation(self, kind: str, name: str = "") -> str:
        root = self._schema.mutation_type if kind == "mutation" else self._schema.query_type
        assert root is not None
        self.arguments.used = set()
        body = self._selection_set(root, 3)
        declared = ", ".join(f"${each}: {self.variables.declarations[each]}" for each in sorted(self.arguments.used))
        return f"{kind} {name}{f'({declared})' if declared else ''} {body}"

    def _selection_set(self, type_: GraphQLNamedType, depth: int) -> str:
        many = range(self._draw(st.integers(1, 4 if depth < 3 else 3)))
        return f"{{ {' '.join(self._selection(type_, depth) for _ in many)} }}"

    def _selection(self, type_: GraphQLNamedType, depth: int) -> str:
        kind = self._draw(st.integers(0, 19))
        if kind == 19:
            return f"{self._alias('__typename', '', 'String!')}__typename{self._directives()}"
        if kind == 18 and type_ is self._schema.query_type:
            return self._draw(st.sampled_from(_META)) if self._one_in(3) else "__typename"
        if kind > 15 and depth > 0:
            return self._spread(type_, depth)
        if is_union_type(type_) or (kind == 15 and depth > 0):
            return self._inline(type_, depth)
        return self._field(type_, depth)

    def _field(self, type_: GraphQLNamedType, depth: int) -> str:
        fields: dict[str, GraphQLField] = type_.fields  # type: ignore[attr-defined]  # no union here
        leaves = [name for name, field in fields.items() if is_leaf_type(get_named_type(field.type))]
        objects = [name for name in fields if name not in leaves]
        deeper = depth > 0 and objects and (not leaves or self._draw(st.integers(0, 2)) > 0)
        name = self._draw(st.sampled_from(objects if deeper else leaves))
        field = fields[name]
        arguments = self.arguments.arguments(field.args)
        head = f"{self._alias(name, arguments, str(field.type))}{name}{arguments}{self._directives()}"
        return f"{head} {self._selection_set(get_named_type(field.type), depth - 1)}" if deeper else head

    def _alias(self, *label: str) -> str:
        """The response key: the same one for the same field only, so that fields can always be merged."""
        name = label[0]
        salted = (*label, self._draw(st.integers(0, 7)) // 7)
        if salted not in self._keys:
            number = self._count.get(name, 0)
            self._count[name] = number + 1
            self._keys[salted] = f"{name.strip('_')}{number}: " if number else ""
        return self._keys[salted]

    def _directives(self) -> str:
        written = ""
        for name in ("skip", "include"):
            if self._one_in(14):
                literal = self._draw(st.sampled_from(["true", "false"]))
                condition = literal if self._one_in(2) else self.arguments.variable(GraphQLNonNull(GraphQLBoolean))
                written += f" @{name}(if: {condition})"
        return written

    def _inline(self, type_: GraphQLNamedType, depth: int) -> str:
        conditions = self._overlapping(type_) if depth > 0 else self._concrete(type_)
        condition = self._draw(st.sampled_from([None, *conditions]))
        if condition is None and is_union_type(type_):
            return "__typename"
        on = "" if condition is None else f" on {condition.name}"
        return f"...{on}{self._directives()} {self._selection_set(condition or type_, max(depth - 1, 0))}"

    def _spread(self, type_: GraphQLNamedType, depth: int) -> str:
        overlapping = self._overlapping(type_)
        known = [each for each in self.fragments if each.type in overlapping]
        if known and self._one_in(2):
            fragment = self._draw(st.sampled_from(known))
        else:
            fragment = self._fragment(self._draw(st.sampled_from(overlapping)), depth)
        self.arguments.used |= fragment.used
        return f"...{fragment.name}{self._directives()}"

    def _fragment(self, type_: GraphQLNamedType, depth: int) -> _Fragment:
        outside, self.arguments.used = self.arguments.used, set()
        body = self._selection_set(type_, depth - 1)
        fragment = _Fragment(f"F{len(self.fragments)}", type_, body, frozenset(self.arguments.used))
        self.arguments.used = outside
        self.fragments.append(fragment)
        return fragment

    def _overlapping(self, type_: GraphQLNamedType) -> Sequence[GraphQLNamedType]:
        """The types that a fragment within that type may be on."""
        concrete = set(self._concrete(type_))
        composite = [each for each in self._schema.type_map.values() if hasattr(each, "fields") or is_union_type(each)]
        return [each for each in composite if concrete & set(self._concrete(each))]

    def _concrete(self, type_: GraphQLNamedType) -> Iterable[GraphQLNamedType]:
        return self._schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]

    def _one_in(self, many: int) -> bool:
        return self._draw(st.integers(0, many - 1)) == many - 1


@st.composite
def documents(draw: st.DrawFn, schema: GraphQLSchema) -> Document:
    """A document with the variables and the name of the operation to execute."""
    writer = _DocumentWriter(draw, schema)
    kinds = ["query", "query", "query", "query", "mutation"]
    if draw(st.integers(0, 9)) == 9:
        operations = [writer.operation(draw(st.sampled_from(kinds)), name) for name in ("A", "B")]
        chosen = draw(st.sampled_from(["A", "B", "A", "B", "C", None]))
    else:
        named = draw(st.sampled_from(["", "", "A"]))
        operations = [writer.operation(draw(st.sampled_from(kinds)), named)]
        chosen = draw(st.sampled_from([None, named])) if named else None
    fragments = [f"fragment {each.name} on {each.type.name} {each.body}" for each in writer.fragments]
    text = "\n".join([*operations, *fragments])
    if draw(st.integers(0, 29)) == 29:
        text = _spoilt(draw, text)
    return Document(text, writer.variables.values, chosen)


def _spoilt(draw: st.DrawFn, text: str) -> str:
    """The text with something in it that makes it invalid, more often than not."""
    replaced, by = draw(
        st.sampled_from(
            [
                ("{", "{ nonesuch "),
                ("}", ""),
                (": ", ": $unknown "),
                ("...", "... on Nothing "),
                (")", ", more: 1)"),
                ("name", "nam"),
            ]
        )
    )
    return text.replace(replaced, by, 1)
