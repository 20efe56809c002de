"""Views of the graph: the same resolvers, rules and values, with some fields left out and whatever only they led to."""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from functools import cache
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_interface_type,
    is_introspection_type,
    is_object_type,
    is_union_type,
)

Fields = Mapping[str, frozenset[str]]
"""The names of fields, by the name of their type (an object's or an interface's)."""


ROUTERS = ("_entities", "_service")
"""Fields of the query that routers of a composed graph ask for."""


def reachable(schema: GraphQLSchema, is_visible: Callable[[Any, GraphQLField], bool]) -> Fields:
    """The visible fields that are come to from the roots through visible ones. `is_visible(type, field)`."""
    found: dict[str, frozenset[str]] = {}
    waiting: list[GraphQLNamedType] = [
        root for root in (schema.query_type, schema.mutation_type, schema.subscription_type) if root is not None
    ]
    while waiting:
        type_ = waiting.pop()
        if type_.name in found or is_introspection_type(type_):
            continue
        if is_abstract_type(type_):
            waiting.extend(schema.get_possible_types(type_))
        if is_object_type(type_) or is_interface_type(type_):
            visible = {name: field for name, field in type_.fields.items() if is_visible(type_, field)}
            if visible:
                found[type_.name] = frozenset(visible)
            waiting.extend(get_named_type(field.type) for field in visible.values())
    return found


@cache
def for_clients(made: strawberry.Schema) -> strawberry.Schema:
    """Without what only routers of a composed graph ask for: it is in nobody's SDL, types or list of fields."""
    query = made._schema.query_type
    hidden = {id(field) for name, field in query.fields.items() if name in ROUTERS} if query is not None else set()
    return pruned(made, reachable(made._schema, lambda _, field: id(field) not in hidden))


def pruned(made: strawberry.Schema, visible: Fields) -> strawberry.Schema:
    view = copy(made)
    view._schema = _Pruned(made._schema, visible).schema()
    view._schema._strawberry_schema = view  # type: ignore[attr-defined]  # where Strawberry's Info looks for it
    return view


class _Pruned:
    """A schema's objects, interfaces and unions again, without the fields that are not visible."""

    def __init__(self, schema: GraphQLSchema, visible: Fields) -> None:
        self._schema = schema
        self._visible = visible
        self._made: dict[str, Any] = {}

    def schema(self) -> GraphQLSchema:
        given = self._schema.to_kwargs()
        roots = {kind: self._root(given[kind]) for kind in ("query", "mutation", "subscription")}
        types = [self._named(type_) for type_ in self._schema.type_map.values() if self._stays(type_)]
        return GraphQLSchema(**{**given, **roots, "types": types})

    def _root(self, type_: GraphQLObjectType | None) -> Any:
        return self._named(type_) if type_ is not None and type_.name in self._visible else None

    def _stays(self, type_: GraphQLNamedType) -> bool:
        """Beside what fields lead to: the types behind an interface."""
        return is_object_type(type_) and bool(type_.interfaces) and type_.name in self._visible

    def _named(self, type_: Any) -> Any:
        if is_introspection_type(type_) or not (is_object_type(type_) or is_abstract_type(type_)):
            return type_
        if type_.name not in self._made:
            self._made[type_.name] = type(type_)(**self._again(type_))
        return self._made[type_.name]

    def _again(self, type_: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType) -> dict[str, Any]:
        given: dict[str, Any] = dict(type_.to_kwargs())
        if is_union_type(type_):
            return {**given, "types": lambda: [self._named(one) for one in type_.types if one.name in self._visible]}
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)  # noqa: S101 - the only ones left
        return {
            **given,
            "fields": lambda: dict(self._fields(type_)),
            "interfaces": lambda: [self._named(one) for one in type_.interfaces if one.name in self._visible],
        }

    def _fields(self, type_: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[tuple[str, GraphQLField]]:
        for name, field in type_.fields.items():
            if name in self._visible[type_.name]:
                yield name, GraphQLField(**{**field.to_kwargs(), "type_": self._typed(field.type)})

    def _typed(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return GraphQLNonNull(self._typed(type_.of_type))
        if isinstance(type_, GraphQLList):
            return GraphQLList(self._typed(type_.of_type))
        return self._named(type_)
