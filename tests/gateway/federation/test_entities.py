"""`_entities`: what other graphs refer to is found under the same rules as anything else."""

from typing import Any

import pytest
import strawberry
from graphql import GraphQLUnionType

from schema.federation.keys import ENTITIES, NATURAL_KEYS
from schema.finders import MOST_NODES
from schema.node import GlobalId
from tests.portal import Portal, Systems

QUERY = """query ($given: [_Any!]!) { _entities(representations: $given) { __typename
    ... on Account { accountName: name accountNumber: number } ... on InstalledProduct { assetId serialNumber }
    ... on Case { id number } ... on ServiceContract { number } ... on Location { description } } }"""
MANAGER, ELSEWHERE, ANALYST = "manager@north.example", "manager@south.example", "analyst@maker.example"
KNOWN = [
    {"__typename": "Account", "number": "7100012"},
    {"__typename": "InstalledProduct", "assetId": "10000001"},
    {"__typename": "Case", "number": "300000211"},
    {"__typename": "Case", "id": str(GlobalId("Case", "300000211"))},
]


async def entities(portal: Portal, who: str, *given: object) -> list[Any]:
    found: list[Any] = (await portal.data(who, QUERY, given=list(given)))["_entities"]
    return found


def test_the_union_holds_what_has_keys(graph: strawberry.Schema) -> None:
    union = graph._schema.type_map["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    assert {type_.name for type_ in union.types} == ENTITIES
    assert set(NATURAL_KEYS) <= ENTITIES


async def test_objects_are_found_by_their_id_and_by_the_number_that_people_know(portal: Portal) -> None:
    found = await entities(portal, MANAGER, *KNOWN)
    assert [one["__typename"] for one in found] == ["Account", "InstalledProduct", "Case", "Case"]
    assert found[1]["assetId"] == "10000001"
    assert found[2] == found[3]


@pytest.mark.rule("R4")
@pytest.mark.parametrize("who", [ELSEWHERE, "idle@north.example", "helpdesk@maker.example"])
async def test_what_is_not_the_viewer_s_is_not_there(portal: Portal, who: str) -> None:
    nothing = [{"__typename": "Case", "number": "1"}, {"__typename": "InstalledProduct", "assetId": "nix"}]
    found = await entities(portal, who, *KNOWN[1:], *nothing)
    assert found == [None] * 5


async def test_what_names_nothing_spoils_nothing_else(portal: Portal) -> None:
    odd: list[object] = [3, {}, {"__typename": "Viewer"}, {"__typename": "Case"}, {"__typename": "Case", "number": 4}]
    odd += [{"__typename": "Case", "id": "?"}, {"__typename": "Account", "id": KNOWN[3]["id"]}, {"__typename": 1}]
    answer = await portal.ask(MANAGER, QUERY, given=[*odd, KNOWN[3]])
    assert [one is None for one in answer.data["_entities"]] == [True] * len(odd) + [False]
    assert [error["path"] for error in answer.errors] == [["_entities", index] for index in range(len(odd))]
    assert {error["extensions"]["code"] for error in answer.errors} == {"BAD_INPUT"}


async def test_there_is_an_end_to_what_is_asked_at_once(portal: Portal, systems: Systems) -> None:
    answer = await portal.ask(MANAGER, QUERY, given=[KNOWN[1]] * (MOST_NODES + 1))
    assert [error["extensions"]["field"] for error in answer.errors] == ["representations"]
    assert systems.calls() == {}


async def test_a_type_is_read_once_by_each_key(portal: Portal, systems: Systems) -> None:
    await entities(portal, ANALYST, KNOWN[1])
    systems.behave()
    await entities(portal, ANALYST, KNOWN[1])
    one = systems.calls()
    systems.behave()
    ids = [{"__typename": "InstalledProduct", "assetId": str(number)} for number in range(10000001, 10000020)]
    found = await entities(portal, ANALYST, *ids)
    assert sum(each is not None for each in found) > 5
    assert systems.calls() == one == {"crm": 1}


async def test_a_system_that_is_down_takes_away_its_own_objects_alone(portal: Portal, systems: Systems) -> None:
    systems.conducts["sap"].misbehave(fail=503)
    answer = await portal.ask(MANAGER, QUERY, given=KNOWN)
    assert [one is None for one in answer.data["_entities"]] == [False, False, True, True]
    assert {error["extensions"]["system"] for error in answer.errors} == {"sap"}


async def test_only_who_may_be_told_the_schema_gets_it_for_a_composition(portal: Portal) -> None:
    answer = await portal.ask(MANAGER, "{ _service { sdl } }")
    assert answer.codes == ["FORBIDDEN"]
