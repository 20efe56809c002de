"""From an operation to its plan: what is asked of which type, and how each field is fetched."""

from collections.abc import Sequence
from typing import Any

import msgspec
import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLString,
    OperationDefinitionNode,
    OperationType,
    default_field_resolver,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from gateway.execution.arguments import Arguments, Convert
from gateway.execution.plan import Leaf, ObjectPlan, OperationPlan, Read, Resolved
from gateway.execution.reads import by_attribute, by_batch, by_computing, by_resolver
from gateway.execution.selections import Conditions, Selections
from gateway.execution.unsupported import Unsupported
from gateway.execution.wanted import wanted_attributes
from schema.access import GUARD
from schema.batch import BATCH, Batch
from schema.computed import COMPUTED, Computed

_DEFINITION = "strawberry-definition"
_MOST_OBJECTS = 2_000  # planned objects of one operation; beyond, nobody wrote it by hand


class Planner:
    """Plans operations of one document. Raises Unsupported."""

    def __init__(
        self, schema: strawberry.Schema, fragments: dict[str, FragmentDefinitionNode], conditions: Conditions
    ) -> None:
        self._schema = schema
        self._core = schema._schema
        self._selections = Selections(self._core, fragments, conditions)
        self._objects = 0

    def plan(self, operation: OperationDefinitionNode) -> OperationPlan:
        type_ = self._core.get_root_type(operation.operation)
        if type_ is None:
            raise Unsupported(f"a {operation.operation.value}, which the schema has not")
        if operation.directives:
            raise Unsupported("directives of an operation")
        root = self._object(type_, [operation.selection_set])
        serial = operation.operation is OperationType.MUTATION
        return OperationPlan(root=root, serial=serial, wanted=wanted_attributes(root))

    def _object(self, type_: GraphQLObjectType, sets: Sequence[Any]) -> ObjectPlan:
        self._objects += 1
        if self._objects > _MOST_OBJECTS:
            raise Unsupported("an operation of that size")
        asked = self._selections.fields(type_, sets)
        fields = [self._field(type_, key, nodes) for key, nodes in asked.items()]
        names = [f"f{number}" for number in range(len(fields))]
        output = msgspec.defstruct(
            f"{type_.name}Output",
            [(name, Any) for name in names],
            rename={name: field.key for name, field in zip(names, fields, strict=True)},
            gc=False,
        )
        resolved = [field for field in fields if isinstance(field, Resolved)]
        return ObjectPlan(type=type_, fields=fields, resolved=resolved, output=output)

    def _field(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Leaf | Resolved:
        name = nodes[0].name.value
        if name == "__typename":
            return Leaf(
                key=key,
                name=name,
                nodes=nodes,
                type=GraphQLString,
                parent=parent,
                leaf=GraphQLString,
                constant=parent.name,
            )
        if name.startswith("__"):
            raise Unsupported("introspection")
        definition = parent.fields[name]
        return self._leaf(parent, key, nodes, definition) or self._resolved(parent, key, nodes, definition)

    def _leaf(
        self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], definition: GraphQLField
    ) -> Leaf | None:
        """None for what is no leaf, or is not to be had from the row alone."""
        named = get_named_type(definition.type)
        if not is_leaf_type(named) or GUARD in definition.extensions:
            return None
        declared = _declared(definition)
        computed = None if declared is None else declared.metadata.get(COMPUTED)
        attribute = self._attribute(definition)
        if computed is None and attribute is None:
            return None
        return Leaf(
            key=key,
            name=nodes[0].name.value,
            nodes=nodes,
            type=definition.type,
            parent=parent,
            definition=definition,
            leaf=named,
            attribute=attribute,
            prepare=computed.prepare if isinstance(computed, Computed) else None,
        )

    def _resolved(
        self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], definition: GraphQLField
    ) -> Resolved:
        named = get_named_type(definition.type)
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        objects = {type_.name: self._object(type_, sets) for type_ in self._concrete_types(named)}
        field = Resolved(
            key=key,
            name=nodes[0].name.value,
            nodes=nodes,
            type=definition.type,
            parent=parent,
            definition=definition,
            leaf=named if is_leaf_type(named) else None,
            abstract=named if is_abstract_type(named) else None,
            objects=objects,
            read=_unread,
            waits=any(plan.waits for plan in objects.values()),
        )
        field.read, waits = self._read(field, definition)
        field.waits = field.waits or waits
        return field

    def _concrete_types(self, named: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if is_abstract_type(named):
            return self._core.get_possible_types(named)
        return [named] if is_object_type(named) else []

    def _read(self, field: Resolved, definition: GraphQLField) -> tuple[Read, bool]:
        """How the field is fetched, and whether that may have to wait."""
        declared = _declared(definition)
        metadata = {} if declared is None else declared.metadata
        guard = definition.extensions.get(GUARD)
        batch, computed = metadata.get(BATCH), metadata.get(COMPUTED)
        arguments = Arguments(definition, field.nodes[0], self._convert(declared))
        if isinstance(batch, Batch):
            parts = frozenset(each.name for plan in field.objects.values() for each in plan.fields)
            return by_batch(field, batch, arguments, guard, parts), True
        if isinstance(computed, Computed):
            return by_computing(computed, guard), False
        attribute = self._attribute(definition)
        if attribute is not None:
            return by_attribute(attribute, guard), False
        return by_resolver(field, definition.resolve or default_field_resolver, arguments), True

    def _attribute(self, definition: GraphQLField) -> str | None:
        """The attribute of the row that a field without a resolver shows."""
        declared = _declared(definition)
        if declared is None or not declared.is_basic_field or self._schema.config.default_resolver is not getattr:
            return None
        return declared.python_name

    def _convert(self, declared: StrawberryField | None) -> Convert:
        if declared is None:
            return lambda values: values
        registry, config = self._schema.schema_converter.scalar_registry, self._schema.config
        return lambda values: convert_arguments(values, declared.arguments, registry, config)


def _declared(definition: GraphQLField) -> StrawberryField | None:
    declared = definition.extensions.get(_DEFINITION)
    return declared if isinstance(declared, StrawberryField) else None


async def _unread(*_: object) -> Sequence[Any]:
    raise AssertionError("a field is fetched once its plan is made")
