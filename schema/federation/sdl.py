"""The SDL that a composition takes: the graph's own, with the directives of Apollo Federation 2, from our own rules.

- `@key`: what other graphs may know an object by (`keys`);
- `@authenticated`, `@requiresScopes`, `@policy`: the rules of `auth.rules`, for routers that check them beforehand.
  A scope that no token but a whole session's has is a policy, named as the action;
- `@tag`: the audiences that a field is for, `@inaccessible` what is for our own staff alone;
- `@cost`, `@listSize`: as they stand in our own SDL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import strawberry
from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLSchema,
    ListValueNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    parse,
    print_ast,
)

from auth.rules import OPEN_TO_ANYONE, SCOPES, Action
from schema.access import action_of, own_action
from schema.audiences import Audience, fields_for
from schema.federation.keys import keys_of_type
from schema.graph import print_sdl

VERSION = "v2.9"
"""The oldest that has all that we use (`@cost`): what older routers read, newer ones do, too."""

_USED = (
    "@authenticated",
    "@cost",
    "@inaccessible",
    "@key",
    "@listSize",
    "@policy",
    "@requiresScopes",
    "@shareable",
    "@tag",
)
_RULES = ("@authenticated", "@policy", "@requiresScopes")
_VALUE_TYPES = frozenset({"PageInfo"})
"""What other graphs have in the same form."""

_SESSION = "portal"


def subgraph_sdl(made: strawberry.Schema, *, rules: bool = True) -> str:
    """Of the graph, or of an audience's view of it. Without `rules` routers that don't know them take it, too."""
    document = parse(print_sdl(made), no_location=True)
    marks = _Marks(made._schema, rules)
    definitions = [marks.on(node) for node in document.definitions if not _is_federations(node)]
    imports = ", ".join(f'"{name}"' for name in _USED if rules or name not in _RULES)
    link = f'extend schema @link(url: "https://specs.apollo.dev/federation/{VERSION}", import: [{imports}])'
    return f"{link}\n\n{print_ast(DocumentNode(definitions=tuple(definitions)))}\n"


def _is_federations(node: DefinitionNode) -> bool:
    """What a composition defines by itself."""
    return isinstance(node, DirectiveDefinitionNode) and f"@{node.name.value}" in _USED


class _Marks:
    """What is put on each type and field."""

    def __init__(self, schema: GraphQLSchema, rules: bool) -> None:
        self._schema = schema
        self._rules = rules
        self._seen = {audience: fields_for(schema, audience) for audience in Audience}

    def on(self, node: DefinitionNode) -> DefinitionNode:
        if not isinstance(node, ObjectTypeDefinitionNode):
            return node
        name = node.name.value
        kept = node.fields or ()
        shown = [self._audiences(name, field) for field in kept]
        alike = all(audiences == shown[0] for audiences in shown)  # a tag of a type is one of all its fields
        audiences = {audience for of_field in shown for audience in of_field}
        marks = [
            *(f'@key(fields: "{field}")' for field in keys_of_type(name)),
            *(["@shareable"] if name in _VALUE_TYPES else []),
            *self._allowed(Action.READ_SELF if _shares_id(node) else action_of(self._type(name))),
            *(_tags(shown[0]) if alike else ()),
            *(["@inaccessible"] if audiences <= {Audience.INTERNAL} else []),
        ]
        fields = [self._field(node, field, () if alike else of) for field, of in zip(kept, shown, strict=True)]
        return replace(node, directives=(*(node.directives or ()), *_nodes(marks)), fields=tuple(fields))

    def _field(
        self, parent: ObjectTypeDefinitionNode, node: FieldDefinitionNode, tagged: Sequence[Audience]
    ) -> FieldDefinitionNode:
        type_ = self._type(parent.name.value)
        action = own_action(type_.fields[node.name.value])
        if action is None and _shares_id(parent) and node.name.value != "id":
            action = action_of(type_)
        marks = [*self._allowed(action), *_tags(tagged)]
        if tagged and set(tagged) <= {Audience.INTERNAL}:
            marks.append("@inaccessible")
        own = [_sized(node, directive) for directive in node.directives or ()]
        return replace(node, directives=(*own, *_nodes(marks)))

    def _audiences(self, type_name: str, node: FieldDefinitionNode) -> list[Audience]:
        return [each for each in Audience if node.name.value in self._seen[each].get(type_name, ())]

    def _allowed(self, action: Action | None) -> Iterable[str]:
        if not self._rules or action is None or action in OPEN_TO_ANYONE:
            return
        scopes = [name for name, admitted in SCOPES.items() if action in admitted]
        if action is Action.READ_SELF:
            yield "@authenticated"  # every token may
        else:
            yield f"@requiresScopes(scopes: [{', '.join(f'[{_quoted(name)}]' for name in scopes)}])"
            if scopes == [_SESSION]:
                yield f"@policy(policies: [[{_quoted(action.value)}]])"

    def _type(self, name: str) -> Any:  # Any: an object type
        return self._schema.type_map[name]


def _shares_id(node: ObjectTypeDefinitionNode) -> bool:
    """A type behind an interface: a composition asks of the interface all that any type behind it asks. So the rule of
    such a type stands on its fields, but for the interface's."""
    return bool(node.interfaces)


def _sized(node: FieldDefinitionNode, directive: ConstDirectiveNode) -> ConstDirectiveNode:
    """A list that has as many objects as an argument has ids: a composition takes sizes from numbers alone."""
    if directive.name.value != "listSize":
        return directive
    integers = {f'"{each.name.value}"' for each in node.arguments or () if print_ast(each.type) in ("Int", "Int!")}
    kept = [
        argument
        for argument in directive.arguments or ()
        if argument.name.value != "slicingArguments"
        or (isinstance(argument.value, ListValueNode) and set(map(print_ast, argument.value.values)) <= integers)
    ]
    return replace(directive, arguments=tuple(kept))


def _tags(audiences: Sequence[Audience]) -> Iterable[str]:
    return (f'@tag(name: "{audience.value}")' for audience in audiences)


def _quoted(text: str) -> str:
    return f'"{text}"'


@cache
def _node(mark: str) -> ConstDirectiveNode:
    (definition,) = parse(f"scalar X {mark}", no_location=True).definitions
    assert isinstance(definition, ScalarTypeDefinitionNode)  # noqa: S101 - as it was written
    (found,) = definition.directives or ()
    return found


def _nodes(marks: Iterable[str]) -> list[ConstDirectiveNode]:
    return [_node(mark) for mark in marks]
