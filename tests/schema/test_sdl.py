"""The committed SDL is the graph's, and explains itself."""

import strawberry
from graphql import (
    InputObjectTypeDefinitionNode,
    build_schema,
    is_specified_scalar_type,
    parse,
)

from schema.descriptions import USUAL
from schema.graph import SDL, print_sdl
from schema.views import for_clients


def test_the_committed_sdl_is_the_graphs(graph: strawberry.Schema) -> None:
    committed = SDL.read_text(encoding="utf-8")
    assert committed == print_sdl(graph), "schema/schema.graphql is not the graph's: `make sdl` writes it"


def test_the_sdl_is_a_schema_on_its_own() -> None:
    assert build_schema(SDL.read_text(encoding="utf-8")).query_type is not None


def test_everything_says_what_it_is(graph: strawberry.Schema) -> None:
    bare = []
    for name, type_ in for_clients(graph)._schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(type_):
            continue
        bare += [name] if type_.description is None else []
        for place, each in getattr(type_, "fields", getattr(type_, "values", {})).items():
            bare += [f"{name}.{place}"] if each.description is None else []
            arguments = getattr(each, "args", {}).items()
            bare += [f"{name}.{place}({argument})" for argument, told in arguments if told.description is None]
    assert bare == []


def test_what_names_say_throughout_is_said_of_something(graph: strawberry.Schema) -> None:
    told = {
        each.description
        for type_ in graph._schema.type_map.values()
        for slot in getattr(type_, "fields", {}).values()
        for each in (slot, *getattr(slot, "args", {}).values())
    }
    assert {name for name, description in USUAL.items() if description not in told} == set()


def test_every_filter_says_how_its_criteria_go_together() -> None:
    nodes = parse(SDL.read_text(encoding="utf-8")).definitions
    filters = [
        node for node in nodes if isinstance(node, InputObjectTypeDefinitionNode) and node.name.value.endswith("Filter")
    ]
    assert len(filters) == 9
    for node in filters:
        assert node.description is not None
        assert node.description.value.endswith("that match all that is given.")
