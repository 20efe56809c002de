"""The committed SDL is the graph's, and explains itself."""

import strawberry
from graphql import (
    EnumTypeDefinitionNode,
    GraphQLObjectType,
    InputObjectTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    build_schema,
    get_named_type,
    parse,
)

from schema.graph import SDL, print_sdl

# Their names say all that is to say; a description would repeat them.
SELF_EVIDENT = {"provenance", "pageInfo", "node", "edges"}


def test_the_committed_sdl_is_the_graphs(graph: strawberry.Schema) -> None:
    committed = SDL.read_text(encoding="utf-8")
    assert committed == print_sdl(graph), "schema/schema.graphql is not the graph's: `make sdl` writes it"


def test_the_sdl_is_a_schema_on_its_own() -> None:
    assert build_schema(SDL.read_text(encoding="utf-8")).query_type is not None


ROOTS = ("Query", "Mutation", "Subscription")


def test_every_type_says_what_it_is() -> None:
    described = (ObjectTypeDefinitionNode, EnumTypeDefinitionNode)
    nodes = [node for node in parse(SDL.read_text(encoding="utf-8")).definitions if isinstance(node, described)]
    assert [node.name.value for node in nodes if node.description is None and node.name.value not in ROOTS] == []


def test_every_filter_says_how_its_criteria_go_together() -> None:
    nodes = parse(SDL.read_text(encoding="utf-8")).definitions
    filters = [
        node for node in nodes if isinstance(node, InputObjectTypeDefinitionNode) and node.name.value.endswith("Filter")
    ]
    assert len(filters) == 9
    for node in filters:
        assert node.description is not None
        assert node.description.value.endswith("that match all that is given.")


def test_every_field_that_leads_elsewhere_says_where(graph: strawberry.Schema) -> None:
    """Fields of objects and lists of objects; a leaf is described where its name does not say it."""
    types = [one for one in graph._schema.type_map.values() if isinstance(one, GraphQLObjectType)]
    bare = [
        f"{type_.name}.{name}"
        for type_ in types
        for name, field in type_.fields.items()
        if isinstance(get_named_type(field.type), GraphQLObjectType) and name not in SELF_EVIDENT
        if field.description is None and not type_.name.startswith("_")
    ]
    assert bare == []
