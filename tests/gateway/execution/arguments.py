"""Hypothesis-generated arguments: literals and variables of any input type, absent, null, defaulted and wrong ones."""

import json
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    Undefined,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st

_SCALARS: Mapping[str, list[Any]] = {
    "Int": [1, 0, 2, 3, -1, 2147483647],
    "Float": [0.5, 2, -1.25, 1e20],
    "String": ["word", "", 'a "quoted" word', "żółw\n", "b1"],
    "ID": ["b1", "b2", "j1", "t1", 7, "nobody"],
    "Boolean": [True, False],
    "DateTime": ["2026-03-14T08:30:00+00:00", "2026-03-14T08:30:00"],
    "Date": ["2026-03-14"],
    "Time": ["08:30:00"],
    "Decimal": ["1.50", "3"],
    "Rune": ["abc", "x"],
    "JSON": [{"a": [1, None]}, "text", 3, [True]],
    "_Any": [{"__typename": "Box", "id": "b1"}, {"id": "j1"}, "none"],
}
_WRONG: list[Any] = ["wrong", 1.5, True, {"x": 1}, 2**40, [[]], None, "bad"]
_OPEN = ("JSON", "_Any")
"""Scalars whose literals may hold anything, variables too."""


class Variables:
    """The variables of a document: how they are declared, and the values they are given."""

    def __init__(self) -> None:
        self.declarations: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self.by_declaration: dict[str, str] = {}


class ArgumentWriter:
    """Writes arguments, and notes the variables used."""

    def __init__(self, draw: st.DrawFn, variables: Variables) -> None:
        self.used: set[str] = set()
        self._faulty = draw(st.integers(0, 11)) == 11
        self._draw = draw
        self._variables = variables

    def arguments(self, arguments: Mapping[str, GraphQLArgument]) -> str:
        written = []
        for name, argument in arguments.items():
            if is_required_argument(argument) or self._one_in(3):
                defaulted = argument.default_value is not Undefined
                written.append(f"{name}: {self.value(argument.type, defaulted=defaulted, depth=2)}")
        return f"({', '.join(written)})" if written else ""

    def value(self, type_: GraphQLInputType, *, defaulted: bool, depth: int, strict: bool = False) -> str:
        """A literal or a variable. `strict` asks for a variable that can't be null, and no null."""
        if self._one_in(3):
            return self.variable(type_, defaulted=defaulted, strict=strict)
        if is_non_null_type(type_):
            return self._literal(type_.of_type, depth)
        return "null" if not strict and self._one_in(6) else self._literal(type_, depth)

    def variable(self, type_: GraphQLInputType, *, defaulted: bool = False, strict: bool = False) -> str:
        inner = type_.of_type if is_non_null_type(type_) else type_
        declared = [f"{inner}!", f"{inner}! = {self.constant(inner)}"]
        if not strict:
            if not is_non_null_type(type_) or defaulted:
                declared += [f"{inner}", f"{inner} = null"] if not is_non_null_type(type_) else [f"{inner}"]
            declared += [f"{inner} = {self.constant(inner)}"]
        declaration = self._draw(st.sampled_from(declared))
        name = self._variables.by_declaration.get(declaration)
        if name is None or self._one_in(3):
            name = f"v{len(self._variables.declarations)}"
            self._declare(name, declaration, inner)
        self.used.add(name)
        return f"${name}"

    def constant(self, type_: GraphQLInputType) -> str:
        """A literal without variables."""
        return _literal_of(type_, self._json(type_, depth=1, faultless=True))

    def _declare(self, name: str, declaration: str, inner: GraphQLInputType) -> None:
        self._variables.declarations[name] = declaration
        self._variables.by_declaration[declaration] = name
        required = declaration == f"{inner}!"
        if self._faulty and self._one_in(6):
            self._variables.values[name] = self._draw(st.sampled_from(_WRONG))
        elif required or not self._one_in(3):
            nullable = "!" not in declaration[len(str(inner)) : len(str(inner)) + 1]
            value = None if nullable and self._one_in(5) else self._json(inner, depth=1)
            self._variables.values[name] = value

    def _literal(self, type_: GraphQLInputType, depth: int) -> str:
        if is_non_null_type(type_):
            return self._literal(type_.of_type, depth)
        if is_list_type(type_):
            if self._one_in(6):
                return self._literal(type_.of_type, depth)  # one item stands for a list of it
            many = range(self._draw(st.integers(0, 2)))
            return f"[{', '.join(self.value(type_.of_type, defaulted=False, depth=depth - 1) for _ in many)}]"
        if is_input_object_type(type_):
            return self._object(type_, depth)
        if str(type_) in _OPEN and self._one_in(3):
            return f"{{id: {self.variable(GraphQLID)}, a: [{self.variable(GraphQLID)}]}}"
        return self.constant(type_)

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> str:
        written = []
        for name, field in self._chosen(type_, depth).items():
            text = self.value(field.type, defaulted=_defaulted(field), depth=depth - 1, strict=_is_one_of(type_))
            written.append(f"{name}: {text}")
        return f"{{{', '.join(written)}}}"

    def _chosen(self, type_: GraphQLInputObjectType, depth: int) -> Mapping[str, GraphQLInputField]:
        """The fields that are given."""
        if _is_one_of(type_):
            name = self._draw(st.sampled_from(sorted(type_.fields)))
            return {name: type_.fields[name]}
        return {
            name: field
            for name, field in type_.fields.items()
            if is_required_input_field(field) or (depth > 0 and self._one_in(4))
        }

    def _json(self, type_: GraphQLInputType, *, depth: int, faultless: bool = False) -> Any:
        """A value as it stands in `variables`."""
        if self._faulty and not faultless and self._one_in(6):
            return self._draw(st.sampled_from(_WRONG))
        if is_non_null_type(type_):
            return self._json(type_.of_type, depth=depth, faultless=faultless)
        if is_list_type(type_):
            many = range(self._draw(st.integers(0, 2)))
            return [self._json(type_.of_type, depth=depth - 1, faultless=faultless) for _ in many]
        if is_input_object_type(type_):
            chosen = self._chosen(type_, depth)
            return {name: self._json(each.type, depth=depth - 1, faultless=faultless) for name, each in chosen.items()}
        if is_enum_type(type_):
            return self._draw(st.sampled_from(sorted(type_.values)))
        values = _SCALARS[str(type_)]
        return self._draw(st.sampled_from(values[:2] if faultless else values))

    def _one_in(self, many: int) -> bool:
        return self._draw(st.integers(0, many - 1)) == many - 1


def _is_one_of(type_: GraphQLInputObjectType) -> bool:
    """Strawberry sees to it itself."""
    return bool(getattr(type_.extensions.get("strawberry-definition"), "is_one_of", False))


def _defaulted(field: GraphQLInputField) -> bool:
    return field.default_value is not Undefined


def _literal_of(type_: GraphQLInputType | None, value: Any) -> str:
    if is_non_null_type(type_):
        return _literal_of(type_.of_type, value)
    if isinstance(value, list):
        item = type_.of_type if is_list_type(type_) else None
        return f"[{', '.join(_literal_of(item, each) for each in value)}]"
    if isinstance(value, dict):
        fields = type_.fields if is_input_object_type(type_) else {}
        inner = {name: fields[name].type if name in fields else None for name in value}
        return f"{{{', '.join(f'{name}: {_literal_of(inner[name], each)}' for name, each in value.items())}}}"
    return str(value) if isinstance(type_, GraphQLEnumType) else json.dumps(value)
