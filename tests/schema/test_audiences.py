"""What each kind of client is shown of the graph follows from the rules, and is no less than what it may ask for."""

import pytest
import strawberry
from graphql import GraphQLSchema, is_object_type, print_schema, validate_schema

from auth.rules import GRANTS, OPEN_TO_ANYONE
from auth.viewer import Role
from schema.access import actions_of
from schema.audiences import ROLES, Audience, fields_for, view_for

every_audience = pytest.mark.parametrize("audience", Audience, ids=lambda each: each.value)


def test_every_role_belongs_to_one_audience() -> None:
    roles = [role for audience in Audience for role in ROLES[audience]]
    assert sorted(roles, key=lambda role: role.value) == sorted(Role, key=lambda role: role.value)


@pytest.mark.rule("R1")
@every_audience
def test_a_view_holds_what_some_role_of_the_audience_may_ask_for_and_no_more(
    graph: strawberry.Schema, audience: Audience
) -> None:
    whole, view = graph._schema, view_for(graph, audience)._schema
    assert validate_schema(view) == []
    shown = objects(view)
    for type_name, names in objects(whole).items():
        type_ = whole.type_map[type_name]
        assert is_object_type(type_)
        for name in names:
            actions = actions_of(type_, type_.fields[name]) - OPEN_TO_ANYONE
            granted = any(actions <= GRANTS[role] for role in ROLES[audience])
            if type_name in shown:
                assert (name in shown[type_name]) == granted, f"{type_name}.{name}"


def test_a_partner_sees_nothing_of_people_nor_of_what_changes_cases(graph: strawberry.Schema) -> None:
    text = print_schema(view_for(graph, Audience.PARTNER)._schema)
    for name in ("type User ", "inviteUser", "createCase", "AuditEntry", "AccessRequest ", "setCustomAssetData"):
        assert name in print_schema(graph._schema)
        assert name not in text


def test_a_view_is_reached_from_its_roots(graph: strawberry.Schema) -> None:
    """No type is left over that tells of what is hidden."""
    for audience in Audience:
        visible = fields_for(graph._schema, audience)
        assert set(objects(view_for(graph, audience)._schema)) <= set(visible)


def objects(schema: GraphQLSchema) -> dict[str, set[str]]:
    return {
        name: set(type_.fields)
        for name, type_ in schema.type_map.items()
        if is_object_type(type_) and not name.startswith("__")
    }
