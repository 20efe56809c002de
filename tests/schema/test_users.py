"""Users in the graph: who sees whom (R2, R3, F14), and who sees an account."""

import pytest

from schema.node import GlobalId
from tests.portal import Portal

USERS = """{ users(first: 100, orderBy: [{ field: EMAIL }]) { totalCount nodes {
  id email role status parentAccountNumber accountNumbers needsHelpdesk olderPortal version
  assignments { number name } } } }"""

NORTH = ["idle@north.example", "manager@north.example", "reader@north.example", "user@north.example"]
SOUTH = ["legacy@south.example", "manager@south.example", "user@south.example"]
MAKERS = ["analyst@maker.example", "helpdesk@maker.example"]


@pytest.mark.rule("R3")
@pytest.mark.rule("F14")
@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("manager@north.example", NORTH),
        ("manager@south.example", SOUTH),
        ("helpdesk@maker.example", sorted(NORTH + SOUTH + MAKERS)),
    ],
)
async def test_managers_see_the_users_of_their_parent_account_and_the_helpdesk_all(
    town: Portal, who: str, seen: list[str]
) -> None:
    users = (await town.data(who, USERS))["users"]
    assert [user["email"] for user in users["nodes"]] == seen
    assert users["totalCount"] == len(seen)


@pytest.mark.rule("R1")
@pytest.mark.rule("R10")
@pytest.mark.parametrize(
    "who",
    [
        "reader@north.example",
        "user@north.example",
        "idle@north.example",
        "legacy@south.example",
        "analyst@maker.example",
        "partner-north",
    ],
)
async def test_nobody_else_sees_any_user(town: Portal, who: str) -> None:
    answer = await town.ask(who, USERS)
    assert answer.codes == ["FORBIDDEN"]
    assert answer.data is None or answer.data["users"] is None
    key = str(GlobalId("User", "manager@north.example"))
    assert (await town.data(who, "query($id: ID!) { node(id: $id) { id } }", id=key))["node"] is None


@pytest.mark.rule("R10")
async def test_a_user_of_another_customer_is_not_there_by_id(town: Portal) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { email } } }"
    ids = [str(GlobalId("User", name)) for name in (*NORTH, *SOUTH, *MAKERS, "unknown")]
    nodes = (await town.data("manager@north.example", query, ids=ids))["nodes"]
    assert [node and node["email"] for node in nodes] == [*NORTH, *[None] * (len(ids) - len(NORTH))]


async def test_users_are_found_ordered_and_paged(town: Portal) -> None:
    query = """query($filter: UserFilter, $first: Int, $after: String) {
      users(filter: $filter, first: $first, after: $after, orderBy: [{ field: EMAIL, direction: DESC }]) {
        totalCount nodes { email } pageInfo { hasNextPage endCursor } } }"""
    who, found, after = "manager@north.example", [], None
    while True:
        page = (await town.data(who, query, first=1, after=after))["users"]
        found += [node["email"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == sorted(NORTH, reverse=True)
    for given, expected in (
        ({"text": "READER"}, ["reader@north.example"]),
        ({"roles": ["MANAGER", "READER"]}, ["reader@north.example", "manager@north.example"]),
        ({"statuses": ["DISABLED"]}, []),
        ({"accountNumbers": ["7100010"]}, ["user@north.example"]),
        ({"text": "north", "roles": []}, []),
    ):
        nodes = (await town.data(who, query, filter=given, first=10))["users"]["nodes"]
        assert [node["email"] for node in nodes] == expected, given


async def test_assignments_come_with_their_names(town: Portal) -> None:
    users = (await town.data("manager@north.example", USERS))["users"]["nodes"]
    reader = next(user for user in users if user["email"] == "reader@north.example")
    assert reader["assignments"] == [{"number": "7100020", "name": "Szpital Morski Gdynia"}]


@pytest.mark.rule("F14")
async def test_who_sees_an_account_is_whoever_is_assigned_to_it_or_above_it(town: Portal) -> None:
    query = "{ accounts(first: 100) { nodes { number users { email } } } }"
    shown = {
        account["number"]: sorted(user["email"] for user in account["users"])
        for account in (await town.data("helpdesk@maker.example", query))["accounts"]["nodes"]
    }
    assert shown["7100000"] == ["manager@north.example"]
    assert shown["7100010"] == ["manager@north.example", "user@north.example"]
    assert shown["7100021"] == ["manager@north.example", "reader@north.example", "user@north.example"]
    assert not [each for each in shown["7200000"] if "north" in each]
    theirs = (await town.data("manager@north.example", query))["accounts"]["nodes"]
    seen = {user["email"] for account in theirs for user in account["users"]}
    assert seen <= set(NORTH), "a related account's people are somebody else's"


@pytest.mark.rule("R3")
async def test_a_manager_may_assign_what_lies_under_the_own_parent_account(town: Portal) -> None:
    query = "{ viewer { assignableAccounts { number name parentNumber } helpdesk { email phone } } }"
    viewer = (await town.data("manager@north.example", query))["viewer"]
    numbers = [account["number"] for account in viewer["assignableAccounts"]]
    assert numbers[0] == "7100000"
    assert all(number.startswith("71") for number in numbers)
    assert viewer["helpdesk"]["email"] == "help@maker.example"
    for who in ("reader@north.example", "helpdesk@maker.example", "analyst@maker.example"):
        assert (await town.data(who, query))["viewer"]["assignableAccounts"] is None
