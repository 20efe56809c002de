"""An id or number of something that isn't the viewer's is answered as one of nothing at all (R10)."""

import json
from collections.abc import Iterable, Mapping, Sequence

import pytest

from schema.node import GlobalId, parse_id
from tests.oracle import Sight, has_visit
from tests.portal import Portal, Systems
from tests.seen import every_object, ids_of_the_world, warranty_key
from tests.watchers import CUSTOMERS, STORY, WATCHERS, sight_of, viewer

NOWHERE = {
    "Case": "399999998",
    "ServiceContract": "49999998",
    "ServiceOrder": "89999998",
    "Visit": "89999998",
    "ArchivedCase": "299999998",
    "Warranty": "19999998-S-2020-01-01",
}
"""Keys that look like the story's and are nobody's. A type of the CRM has ids without a pattern: see `twin`."""

LOOKUPS = {
    "account": "number",
    "installedProduct": "assetId",
    "case": "number",
    "serviceContract": "number",
}
FIRST_ORDINARY_CASE = "300000201"
NO_SUCH_NUMBER = {
    "account": "7999998",
    "installedProduct": "19999998",
    "case": "399999998",
    "serviceContract": "49999998",
}


def twin(id_: str) -> str:
    """An id of the same type and form that is nothing's."""
    type_, key = parse_id(id_)
    turned = key[:3] + key[3:][::-1]
    return str(GlobalId(type_, NOWHERE.get(type_, turned)))


@pytest.mark.parametrize("who", WATCHERS)
@pytest.mark.rule("R10")
@pytest.mark.rule("R11")
async def test_nodes_finds_of_every_object_of_the_world_the_viewer_s_and_no_other(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    found = await every_object(portal, who)
    expected = _visible(sight)
    named = {id_: (type_, name) for (type_, name), id_ in (await ids_of_the_world(portal)).items()}
    assert {named[id_] for id_, row in found.items() if row is not None} == expected
    assert all(row["id"] == id_ and row["__typename"] == named[id_][0] for id_, row in found.items() if row)


@pytest.mark.parametrize("who", [*CUSTOMERS, "helpdesk@maker.example"])
@pytest.mark.rule("R10")
async def test_node_answers_what_is_somebody_else_s_as_what_isn_t_there(
    portal: Portal, systems: Systems, who: str
) -> None:
    found = await every_object(portal, who)
    query = "query($key: ID!) { node(id: $key) { id } }"
    for ids in _by_type(id_ for id_, row in found.items() if row is None).values():
        nothing = await _told(portal, systems, who, query, twin(ids[0]))
        assert json.loads(nothing[0]) == {"data": {"node": None}, "errors": []}
        for id_ in _ends_and_middle(ids):
            assert await _told(portal, systems, who, query, id_) == nothing, parse_id(id_)


@pytest.mark.parametrize("who", STORY)
@pytest.mark.rule("R10")
@pytest.mark.rule("R11")
async def test_a_number_finds_the_viewer_s_and_no_other(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    world = portal.world
    numbers = {
        "account": [account.number for account in world.accounts if account.number],
        "installedProduct": [asset.equipment for asset in world.assets if asset.equipment],
        "case": [case.external_reference or case.number for case in world.cases if case.number < FIRST_ORDINARY_CASE],
        "serviceContract": [contract.number for contract in world.contracts],
    }
    if not sight.reads_equipment:
        numbers = {"account": numbers["account"]}
    asked = [(field, number) for field, each in numbers.items() for number in each]
    query = " ".join(
        f'n{place}: {field}({LOOKUPS[field]}: "{number}") {{ id }}' for place, (field, number) in enumerate(asked)
    )
    answer = await portal.data(viewer(who), f"{{ {query} }}")
    found = {key for place, key in enumerate(asked) if answer[f"n{place}"] is not None}
    assert found == {(field, number) for field, number in asked if number in _numbers(sight)[field]}


@pytest.mark.parametrize("who", CUSTOMERS)
@pytest.mark.rule("R10")
async def test_a_foreign_number_is_answered_as_one_that_nothing_has(portal: Portal, systems: Systems, who: str) -> None:
    sight = sight_of(portal, who)
    world = portal.world
    foreign = {
        "account": {account.number or "" for account in world.accounts},
        "installedProduct": {asset.equipment or "" for asset in world.assets},
        "case": {case.external_reference or case.number for case in world.cases},
        "serviceContract": {contract.number for contract in world.contracts},
    }
    await portal.data(viewer(who), "{ viewer { access } }")  # from here on the account hierarchy is remembered
    for field, numbers in foreign.items():
        query = f"query($key: String!) {{ {field}({LOOKUPS[field]}: $key) {{ id }} }}"
        nothing = await _told(portal, systems, who, query, NO_SUCH_NUMBER[field])
        assert json.loads(nothing[0]) == {"data": {field: None}, "errors": []}
        for number in _ends_and_middle(sorted(numbers - _numbers(sight)[field] - {""})):
            assert await _told(portal, systems, who, query, number) == nothing, number


@pytest.mark.parametrize("who", CUSTOMERS)
@pytest.mark.rule("F5")
async def test_an_archived_case_is_no_case_whichever_way_it_is_asked_for(portal: Portal, who: str) -> None:
    numbers = [archived.number for archived in portal.world.archived_cases]
    by_id = " ".join(f'i{n}: node(id: "{GlobalId("Case", n)}") {{ id }}' for n in numbers)
    by_number = " ".join(f'n{n}: case(number: "{n}") {{ id }}' for n in numbers)
    answer = await portal.data(viewer(who), f"{{ {by_id} {by_number} }}")
    assert set(answer.values()) == {None}


async def _told(portal: Portal, systems: Systems, who: str, query: str, key: str) -> tuple[str, Mapping[str, int]]:
    """The answer as the client gets it, and the calls that it cost: as many take as long (same timing class)."""
    systems.behave()
    answer = await portal.ask(viewer(who), query, key=key)
    return json.dumps({"data": answer.data, "errors": answer.errors}), systems.calls()


def _visible(sight: Sight) -> set[tuple[str, str]]:
    return {
        *(("Account", account.name) for account in sight.accounts),
        *(("Location", location.name) for location in sight.locations),
        *(("InstalledProduct", asset.name) for asset in sight.assets),
        *(("Case", case.number) for case in sight.cases),
        *(("ServiceOrder", order.number) for order in sight.orders),
        *(("Visit", order.number) for order in sight.orders if has_visit(order)),
        *(("ServiceContract", contract.number) for contract in sight.contracts),
        *(("Warranty", warranty_key(warranty)) for warranty in sight.warranties),
        *(("ArchivedCase", archived.number) for archived in sight.archived_cases),
    }


def _numbers(sight: Sight) -> Mapping[str, set[str]]:
    """What the root's look-ups find, by field. A case has the portal's number, where it has one, and SAP's."""
    return {
        "account": {account.number for account in sight.accounts if account.number},
        "installedProduct": {asset.equipment for asset in sight.assets if asset.equipment},
        "case": {number for case in sight.cases for number in (case.number, case.external_reference) if number},
        "serviceContract": {contract.number for contract in sight.contracts},
    }


def _by_type(ids: Iterable[str]) -> Mapping[str, list[str]]:
    by_type: dict[str, list[str]] = {}
    for id_ in sorted(ids):
        by_type.setdefault(parse_id(id_).type_name, []).append(id_)
    return by_type


def _ends_and_middle(keys: Sequence[str]) -> list[str]:
    return sorted({keys[0], keys[len(keys) // 2], keys[-1]}) if keys else []
