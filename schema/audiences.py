"""Whom the graph is for: what each kind of client can ever be shown, worked out from the access rules.

A partner's programs see the partner's schema, in introspection too: what no partner may ask for is not there.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLSchema, is_object_type

from auth.rules import GRANTS, OPEN_TO_ANYONE, Action
from auth.viewer import Role
from schema.access import actions_of
from schema.views import Fields, pruned, reachable


class Audience(Enum):
    """A kind of client. The value is the name of its tag in the federated SDL."""

    CUSTOMER = "customer"
    PARTNER = "partner"
    INTERNAL = "internal"


ROLES: Mapping[Audience, frozenset[Role]] = {
    Audience.CUSTOMER: frozenset({Role.READER, Role.USER, Role.MANAGER}),
    Audience.PARTNER: frozenset({Role.PARTNER}),
    Audience.INTERNAL: frozenset({Role.ANALYST, Role.HELPDESK}),
}


def fields_for(schema: GraphQLSchema, audience: Audience) -> Fields:
    """What somebody of that audience may be granted to ask for, and comes to from the roots."""
    return reachable(schema, lambda type_, field: _is_for(audience, type_, field))


@cache
def view_for(made: strawberry.Schema, audience: Audience) -> strawberry.Schema:
    """The same graph with nothing but what is for that audience."""
    return pruned(made, fields_for(made._schema, audience))


def _is_for(audience: Audience, type_: Any, field: GraphQLField) -> bool:
    if not is_object_type(type_):
        return True  # of an interface: each type behind it has its own rule
    actions = actions_of(type_, field) - OPEN_TO_ANYONE
    return any(actions <= GRANTS.get(role, frozenset[Action]()) for role in ROLES[audience])
