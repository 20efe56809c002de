"""Each field has a rule: shown in the SDL, asked before anything is read, and the graph does not start without it."""

from typing import Any

import pytest
import strawberry
from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode, parse

from auth.rules import Action
from schema.access import Access, FieldWithoutRule, guard
from schema.graph import print_sdl
from tests.portal import Portal, Systems

HELPDESK = "helpdesk@maker.example"


def made(query: type) -> Any:
    return strawberry.Schema(query=query)._schema


def test_a_field_without_a_rule_fails_the_start_and_is_named() -> None:
    @strawberry.type
    class Gadget:
        colour: str

    @strawberry.type
    class Query:
        loose: int
        gadget: Gadget = strawberry.field(directives=[Access(action=Action.READ_SELF)])

    with pytest.raises(FieldWithoutRule) as raised:
        guard(made(Query))
    assert str(raised.value) == "these fields have no access rule: Gadget.colour, Query.loose"


def test_a_rule_on_the_type_is_the_rule_of_its_fields() -> None:
    @strawberry.type(directives=[Access(action=Action.READ_SELF)])
    class Query:
        one: int
        other: str

    guard(made(Query))


def test_every_field_shows_its_rule_in_the_sdl(graph: strawberry.Schema) -> None:
    def ruled(node: ObjectTypeDefinitionNode | FieldDefinitionNode) -> bool:
        return any(directive.name.value == "access" for directive in node.directives or ())

    types = [node for node in parse(print_sdl(graph)).definitions if isinstance(node, ObjectTypeDefinitionNode)]
    bare = [
        f"{type_.name.value}.{field.name.value}"
        for type_ in types
        for field in type_.fields or ()
        if not ruled(type_) and not ruled(field)
    ]
    assert len(types) > 20
    assert bare == []


@pytest.mark.rule("R11")
@pytest.mark.parametrize(
    ("field", "selection"),
    [
        ("locations", "{ totalCount }"),
        ("installedProducts", "{ nodes { serialNumber } }"),
        ("cases", "{ totalCount }"),
        ("serviceContracts", "{ totalCount }"),
        ("warranties", "{ totalCount }"),
        ('installedProduct(assetId: "10000001")', "{ serialNumber }"),
        ('case(number: "300000101")', "{ description }"),
        ('serviceContract(number: "40000029")', "{ description }"),
    ],
)
async def test_a_denied_field_is_null_with_forbidden_at_its_path_and_nothing_is_asked(
    portal: Portal, systems: Systems, field: str, selection: str
) -> None:
    answer = await portal.ask(HELPDESK, f"{{ viewer {{ subject }} asked: {field} {selection} }}")
    assert answer.data == {"viewer": {"subject": HELPDESK}, "asked": None}
    (error,) = answer.errors
    assert (error["path"], error["extensions"]["code"]) == (["asked"], "FORBIDDEN")
    assert error["message"].startswith("the role helpdesk may not read ")
    assert systems.calls() == {}


@pytest.mark.rule("R11")
async def test_a_denied_field_deeper_down_leaves_the_rest_of_its_object(portal: Portal) -> None:
    query = '{ account(number: "7100012") { number name installedProducts { totalCount } cases { totalCount } } }'
    answer = await portal.ask(HELPDESK, query)
    number, name = "7100012", "Zakład Radiologii Gdańsk"
    assert answer.data["account"] == {"number": number, "name": name, "installedProducts": None, "cases": None}
    assert {tuple(error["path"]): error["extensions"]["code"] for error in answer.errors} == {
        ("account", "installedProducts"): "FORBIDDEN",
        ("account", "cases"): "FORBIDDEN",
    }


@pytest.mark.rule("R11")
async def test_the_rule_of_a_type_holds_wherever_the_type_is_reached(portal: Portal, systems: Systems) -> None:
    """An id is no way around: of what the role may not read, `node` says that it isn't there."""
    data = await portal.data("manager@north.example", '{ case(number: "300000101") { id } }')
    systems.behave()
    query = "query($id: ID!) { node(id: $id) { id ... on Case { description } } }"
    assert await portal.data(HELPDESK, query, id=data["case"]["id"]) == {"node": None}
    assert systems.calls() == {}


@pytest.mark.rule("R1")
@pytest.mark.parametrize(
    "who",
    ["reader@north.example", "user@north.example", "manager@north.example", "partner-north", "legacy@south.example"],
)
async def test_every_role_that_reads_is_let_through_everywhere(portal: Portal, who: str) -> None:
    nouns = ("accounts", "locations", "installedProducts", "cases", "serviceContracts", "warranties")
    data = await portal.data(who, "{" + " ".join(f"{noun} {{ totalCount }}" for noun in nouns) + "}")
    assert all(data[noun]["totalCount"] > 0 for noun in nouns)


@pytest.mark.rule("R6")
async def test_who_has_no_accounts_gets_empty_lists_and_no_error(portal: Portal) -> None:
    query = """{ viewer { access } cases { totalCount nodes { id } }
                 installedProducts { totalCount } accounts { totalCount } }"""
    assert await portal.data("idle@north.example", query) == {
        "viewer": {"access": "NO_ACCOUNTS"},
        "cases": {"totalCount": 0, "nodes": []},
        "installedProducts": {"totalCount": 0},
        "accounts": {"totalCount": 0},
    }
