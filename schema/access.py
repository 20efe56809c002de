"""Each field's rule, shown in the SDL and asked of `auth.rules`: a field without one fails the start.

`@access(action: …)` on a type is the rule of all its fields, on a field the rule of that field. Which rows a field
shows is the door's decision (`auth.visibility`); this decides whether the viewer's role may ask at all.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    default_field_resolver,
    get_named_type,
    is_introspection_type,
    is_object_type,
)
from strawberry.schema_directive import Location

from auth.rules import OPEN_TO_ANYONE, Action, decide
from schema.context import Context
from schema.errors import Forbidden


@strawberry.schema_directive(
    locations=[Location.OBJECT, Location.FIELD_DEFINITION],
    name="access",
    description="The action that a viewer's role must be granted to ask for this.",
)
class Access:
    action: Action


GUARD = "guard"
"""The key of a field's extensions under which its rule stands: `check(context)` raises Forbidden. One that resolves a
field for many rows at once asks it once."""


class FieldWithoutRule(TypeError):
    """A field of the graph has no access rule."""


def guard(schema: GraphQLSchema) -> None:
    """Put its rule before every field. Raises FieldWithoutRule naming the fields that have none."""
    missing = []
    for type_ in _object_types(schema):
        for name, field in type_.fields.items():
            action = own_action(field) or action_of(type_)
            if action is None:
                missing.append(f"{type_.name}.{name}")
                continue
            _guard_field(field, _asked(field, action, own=own_action(field) is not None))
    if missing:
        raise FieldWithoutRule(f"these fields have no access rule: {', '.join(sorted(missing))}")


def open_mutations(schema: GraphQLSchema) -> frozenset[str]:
    """The names of the mutations that need no signing in (F15)."""
    fields = schema.mutation_type.fields if schema.mutation_type is not None else {}
    return frozenset(name for name, field in fields.items() if own_action(field) in OPEN_TO_ANYONE)


def actions_of(type_: GraphQLObjectType, field: GraphQLField) -> frozenset[Action]:
    """All that a viewer's role must be granted for a field: what its type asks, what it asks, what its value's asks."""
    own = own_action(field) or action_of(type_)
    value = get_named_type(field.type)
    inner = action_of(value) if is_object_type(value) else None
    return frozenset(action for action in (own, inner) if action is not None)


def action_of(type_: GraphQLObjectType) -> Action | None:
    """The rule that a type puts on all its fields."""
    return _action(type_.extensions.get("strawberry-definition"))


def _asked(field: GraphQLField, action: Action, *, own: bool) -> frozenset[Action]:
    """The actions to ask before the field is resolved. A leaf under its type's rule was asked where the type began."""
    value = get_named_type(field.type)
    if not is_object_type(value):
        return frozenset({action}) if own else frozenset()
    inner = action_of(value)
    return frozenset({action} if inner is None else {action, inner})


def _guard_field(field: GraphQLField, actions: frozenset[Action]) -> None:
    if not actions:
        return
    resolve: Callable[..., Any] = field.resolve or default_field_resolver

    def check(context: Context) -> None:
        for action in actions:
            decision = decide(context.viewer, action)
            if not decision.allowed:
                raise Forbidden(decision.reason)

    @wraps(resolve)
    def guarded(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        check(info.context)
        return resolve(source, info, **arguments)

    field.resolve = guarded
    field.extensions[GUARD] = check


def own_action(field: GraphQLField) -> Action | None:
    """The rule that stands on the field itself."""
    return _action(field.extensions.get("strawberry-definition"))


def _action(definition: Any) -> Action | None:
    directives: Iterable[object] = getattr(definition, "directives", None) or ()
    return next((directive.action for directive in directives if isinstance(directive, Access)), None)


def _object_types(schema: GraphQLSchema) -> Iterable[GraphQLObjectType]:
    for type_ in schema.type_map.values():
        if is_object_type(type_) and not is_introspection_type(type_):
            yield type_
