"""The fields that a selection asks of one concrete type: fragments flattened, conditions decided."""

from collections.abc import Iterable, Mapping, Sequence

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
)
from graphql.language import BooleanValueNode, VariableNode

from gateway.execution.unsupported import Unsupported

Conditions = Mapping[str, bool]
"""The values of the variables that @skip and @include look at."""


class Selections:
    """Collects fields of one operation. Raises Unsupported for what a plan can't hold."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], conditions: Conditions
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._conditions = conditions

    def fields(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """By response key, in the order of their first place."""
        found: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for each in sets:
            self._collect(type_, each.selections, found, spread)
        return found

    def _collect(
        self,
        type_: GraphQLObjectType,
        selections: Sequence[SelectionNode],
        found: dict[str, list[FieldNode]],
        spread: set[str],
    ) -> None:
        for each in selections:
            if not self._is_included(each.directives):
                continue
            if isinstance(each, FieldNode):
                key = each.alias.value if each.alias else each.name.value
                found.setdefault(key, []).append(each)
            elif isinstance(each, InlineFragmentNode):
                condition = each.type_condition
                if condition is None or self._applies(type_, condition.name.value):
                    self._collect(type_, each.selection_set.selections, found, spread)
            elif isinstance(each, FragmentSpreadNode) and each.name.value not in spread:
                spread.add(each.name.value)
                fragment = self._fragments[each.name.value]
                if fragment.variable_definitions or each.arguments:
                    raise Unsupported("variables of a fragment")
                if self._applies(type_, fragment.type_condition.name.value):
                    self._collect(type_, fragment.selection_set.selections, found, spread)

    def _applies(self, type_: GraphQLObjectType, condition: str) -> bool:
        if condition == type_.name:
            return True
        named = self._schema.get_type(condition)
        return is_abstract_type(named) and self._schema.is_sub_type(named, type_)

    def _is_included(self, directives: Iterable[DirectiveNode] | None) -> bool:
        included = True
        for directive in directives or ():
            name = directive.name.value
            if name not in ("skip", "include"):
                raise Unsupported(f"@{name}")
            included = included and self._decided(directive) is (name == "include")
        return included

    def _decided(self, directive: DirectiveNode) -> bool:
        (argument,) = directive.arguments or ()
        value = argument.value
        if isinstance(value, VariableNode):
            return self._conditions[value.name.value]
        if isinstance(value, BooleanValueNode):
            return value.value
        raise Unsupported("a condition that is no boolean")


def condition_variables(
    selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    """The variables that decide what is included, in their order."""
    found: dict[str, None] = {}
    spread: set[str] = set()
    pending = [selection_set]
    while pending:
        for each in pending.pop().selections:
            for directive in each.directives or ():
                if directive.name.value in ("skip", "include"):
                    values = [argument.value for argument in directive.arguments or ()]
                    found.update({value.name.value: None for value in values if isinstance(value, VariableNode)})
            if isinstance(each, FragmentSpreadNode):
                name = each.name.value
                if name not in spread:
                    spread.add(name)
                    pending.append(fragments[name].selection_set)
            elif isinstance(each, FieldNode | InlineFragmentNode) and each.selection_set is not None:
                pending.append(each.selection_set)
    return tuple(found)
