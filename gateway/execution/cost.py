"""What an operation may ask for at most, in objects: each counts one, a list as many as it may have (`schema.cost`).

Each fragment is counted once for each type that it is spread on, so that counting takes time by a document's length.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_interface_type,
    is_object_type,
)

from schema.cost import Cost, ListSize

T = TypeVar("T")

Variables = Mapping[str, Any]  # Any: JSON


class Counting:
    """Of one operation with the values of its variables. `used` are the variables that sizes depend on."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: Variables
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._known: dict[tuple[str, str, int], int] = {}
        self.used: set[str] = set()

    def of(self, operation: OperationDefinitionNode) -> int:
        root = self._schema.get_root_type(operation.operation)
        return self._selections(root, operation.selection_set, {}) if root is not None else 0

    def _selections(self, parent: Any, selections: SelectionSetNode | None, sizes: Mapping[str, int]) -> int:
        """`sizes` of the parent's own lists, by their fields, where the field that led here says them."""
        total = 0
        for selection in selections.selections if selections is not None else ():
            match selection:
                case FieldNode():
                    total += self._field(parent, selection, sizes)
                case InlineFragmentNode():
                    condition = selection.type_condition
                    inner = parent if condition is None else self._schema.type_map.get(condition.name.value)
                    total += self._selections(inner, selection.selection_set, sizes)
                case FragmentSpreadNode():
                    total += self._fragment(selection.name.value, sizes)
                case _:
                    continue
        return total

    def _fragment(self, name: str, sizes: Mapping[str, int]) -> int:
        key = (name, ",".join(sizes), next(iter(sizes.values()), 0))
        if key not in self._known:
            self._known[key] = 0
            fragment = self._fragments.get(name)
            if fragment is not None:
                type_ = self._schema.type_map.get(fragment.type_condition.name.value)
                self._known[key] = self._selections(type_, fragment.selection_set, sizes)
        return self._known[key]

    def _field(self, parent: Any, node: FieldNode, sizes: Mapping[str, int]) -> int:
        if not (is_object_type(parent) or is_interface_type(parent)):
            return 0
        field = parent.fields.get(node.name.value)
        value = None if field is None else get_named_type(field.type)
        if field is None or not is_composite_type(value):
            return 0 if field is None else _weight(field, 0)
        said, weight = _directive(field, ListSize), _weight(field)
        if said is not None and said.sized_fields:
            size = self._size(said, node)
            return weight + self._selections(value, node.selection_set, dict.fromkeys(said.sized_fields, size))
        size = sizes.get(node.name.value, 1) if said is None else self._size(said, node)
        return size * (weight + self._selections(value, node.selection_set, {}))

    def _size(self, said: ListSize, node: FieldNode) -> int:
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        known = [self._number(given[name]) for name in said.slicing_arguments or () if name in given]
        found = [each for each in known if each is not None]
        return max(found) if found else said.assumed_size

    def _number(self, value: ValueNode) -> int | None:
        match value:
            case IntValueNode():
                return max(0, int(value.value))
            case ListValueNode():
                return len(value.values)
            case VariableNode():
                self.used.add(value.name.value)
                given = self._variables.get(value.name.value)
                if isinstance(given, list):
                    return len(given)
                return max(0, given) if isinstance(given, int) else None
        return None


def _weight(field: GraphQLField, default: int = 1) -> int:
    said = _directive(field, Cost)
    return default if said is None else said.weight


def _directive(field: GraphQLField, kind: type[T]) -> T | None:
    definition = field.extensions.get("strawberry-definition")
    directives = getattr(definition, "directives", None) or ()
    return next((each for each in directives if isinstance(each, kind)), None)
