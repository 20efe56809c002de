"""Every list of the root holds the rows that the rules allow to the one who asks, and counts and pages tell no more."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from tests.oracle import Sight, is_open
from tests.portal import Portal
from tests.seen import Row, everything, key_of, rows, warranty_key
from tests.watchers import READERS, STORY, WATCHERS, sight_of, viewer

EXPECTED: dict[str, Callable[[Sight], Iterable[str]]] = {
    "accounts": lambda sight: (account.name for account in sight.accounts),
    "locations": lambda sight: (location.name for location in sight.locations),
    "installedProducts": lambda sight: (asset.name for asset in sight.assets),
    "cases": lambda sight: (case.number for case in sight.cases),
    "serviceContracts": lambda sight: (contract.number for contract in sight.contracts),
    "warranties": lambda sight: (warranty_key(warranty) for warranty in sight.warranties),
}

NAMES: dict[str, Callable[[Row], Any]] = {
    "accounts": lambda row: row["name"],
    "locations": lambda row: row["description"],
    "installedProducts": lambda row: row["installedProductNumber"],
    "cases": lambda row: row["sapNotificationNumber"],
    "serviceContracts": lambda row: row["number"],
    "warranties": key_of,
}


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R2")
@pytest.mark.rule("R11")
async def test_a_list_holds_exactly_the_rows_that_the_rules_allow(portal: Portal, who: str) -> None:
    answer = await everything(portal, who)
    assert answer.errors == []
    sight = sight_of(portal, who)
    seen = {field: sorted(map(NAMES[field], rows(answer, field))) for field in EXPECTED}
    assert seen == {field: sorted(expected(sight)) for field, expected in EXPECTED.items()}


@pytest.mark.parametrize(
    ("who", "assets", "cases", "opened", "contracts", "related"),
    [
        ("reader@north.example", 7, 19, 2, 6, {"7200010", "7200020", "7300001"}),
        ("user@north.example", 20, 65, 19, 19, {"7200010", "7200020", "7200030", "7300001"}),
        ("manager@north.example", 25, 81, 22, 24, {"7200010", "7200020", "7200030", "7300001"}),
        ("partner-north", 17, 57, 19, 18, {"7200030", "7300001"}),
        ("user@south.example", 8, 20, 8, 7, {"7100010", "7300001"}),
        ("manager@south.example", 13, 35, 9, 10, {"7100010", "7300001"}),
        ("legacy@south.example", 3, 7, 1, 2, set()),
        ("idle@north.example", 0, 0, 0, 0, set()),
        ("analyst@maker.example", 40, 120, 35, 30, set()),
    ],
)
@pytest.mark.rule("R2")
@pytest.mark.rule("R4")
async def test_the_story_s_table_of_who_sees_what_holds(
    portal: Portal, who: str, assets: int, cases: int, opened: int, contracts: int, related: set[str]
) -> None:
    answer = await everything(portal, who)
    seen = {field: rows(answer, field) for field in EXPECTED}
    counted = (len(seen["installedProducts"]), len(seen["cases"]), len(seen["serviceContracts"]))
    assert counted == (assets, cases, contracts)
    assert sum(row["isOpen"] for row in seen["cases"]) == opened
    assert {row["number"] for row in seen["accounts"] if row["access"] == "RELATED"} == related


@pytest.mark.parametrize("who", READERS)
async def test_filters_on_open_cases_and_on_access_find_those_and_count_those(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    query = """{
        open: cases(first: 1000, filter: {open: true}) { totalCount nodes { sapNotificationNumber } }
        done: cases(first: 1000, filter: {open: false}) { totalCount nodes { sapNotificationNumber } }
        assigned: accounts(first: 1000, filter: {access: ASSIGNED}) { totalCount nodes { name } }
        related: accounts(first: 1000, filter: {access: RELATED}) { totalCount nodes { name } }
    }"""
    answer = await portal.data(viewer(who), query)
    expected = {
        "open": {case.number for case in sight.cases if is_open(case)},
        "done": {case.number for case in sight.cases if not is_open(case)},
        "assigned": {account.name for account in sight.assigned},
        "related": {account.name for account in sight.related},
    }
    found = {name: {text for row in answer[name]["nodes"] for text in row.values()} for name in expected}
    assert found == expected
    assert {name: answer[name]["totalCount"] for name in expected} == {n: len(e) for n, e in expected.items()}


@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("who", [name for name in READERS if name in STORY])
@pytest.mark.rule("R10")
async def test_paging_through_a_list_meets_every_row_once_and_no_other(
    portal: Portal, who: str, backwards: bool
) -> None:
    whole = await everything(portal, who)
    expected = {field: [row["id"] for row in rows(whole, field)] for field in EXPECTED}
    assert await _paged(portal, who, expected, backwards=backwards) == expected


@pytest.mark.parametrize("field", EXPECTED)
@pytest.mark.rule("R10")
async def test_the_cursors_of_a_list_are_those_of_its_first_and_last_row(portal: Portal, field: str) -> None:
    for who in STORY:
        connection = (await everything(portal, who)).data[field]
        if connection is not None:
            ends = [edge["cursor"] for edge in connection["edges"][:1] + connection["edges"][-1:]] or [None, None]
            assert [connection["pageInfo"]["startCursor"], connection["pageInfo"]["endCursor"]] == ends
            assert [edge["node"]["id"] for edge in connection["edges"]] == [r["id"] for r in connection["nodes"]]


@pytest.mark.parametrize("who", WATCHERS)
@pytest.mark.rule("F5")
async def test_archived_cases_are_in_no_list_of_cases(portal: Portal, who: str) -> None:
    archived = {archived.number for archived in portal.world.archived_cases}
    answer = await everything(portal, who)
    assert not archived & {row["sapNotificationNumber"] for row in rows(answer, "cases")}


async def _paged(portal: Portal, who: str, expected: dict[str, list[str]], *, backwards: bool) -> dict[str, list[str]]:
    """The ids of all lists, asked for in a few pages each, all lists at once."""
    size, cursor, more = ("last", "before", "hasPreviousPage") if backwards else ("first", "after", "hasNextPage")
    found: dict[str, list[str]] = {field: [] for field in expected}
    places: dict[str, str | None] = dict.fromkeys(expected)
    while places:
        asked = " ".join(
            f"{field}({size}: {_page_size(expected[field])} {cursor}: ${field}) "
            "{ totalCount nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } }"
            for field in places
        )
        arguments = ", ".join(f"${field}: String" for field in places)
        answer = await portal.data(viewer(who), f"query({arguments}) {{ {asked} }}", **places)
        for field, page in answer.items():
            assert page["totalCount"] == len(expected[field])
            ids = [row["id"] for row in page["nodes"]]
            found[field] = ids + found[field] if backwards else found[field] + ids
            places[field] = page["pageInfo"]["startCursor" if backwards else "endCursor"]
            if not page["pageInfo"][more]:
                del places[field]
    return found


def _page_size(expected: Sequence[str]) -> int:
    return max(1, -(-len(expected) // 3))  # three pages, where there is enough for three
