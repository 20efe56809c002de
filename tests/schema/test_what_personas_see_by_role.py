"""What a role may do (R1), and those who see little: helpdesk, the deactivated, users of the older portal."""

from datetime import timedelta

import pytest

from tests.portal import Portal, Systems
from tests.seen import Row, every_object, everything, rows
from tests.watchers import STORY, WATCHERS, sight_of, viewer

READ = [
    "READ_SELF",
    "CHANGE_SELF",
    "SUBMIT_REQUESTS",
    "READ_ACCOUNTS",
    "READ_EQUIPMENT",
    "READ_CASES",
    "READ_CONTRACTS",
]
SERVE = ["CREATE_CASES", "UPDATE_CASES"]
MANAGE = ["WRITE_ASSET_DATA", "READ_USERS", "MANAGE_USERS", "ASSIGN_ACCOUNTS"]
ASSIST = ["READ_USERS", "ASSIGN_ACCOUNTS", "ANSWER_ACCESS_REQUESTS", "READ_AUDIT"]

LISTS_OF_EQUIPMENT = ("locations", "installedProducts", "cases", "serviceContracts", "warranties")
WITHOUT_ACCOUNTS = [
    name for name, persona in WATCHERS.items() if not persona.accounts and persona.role not in ("analyst", "helpdesk")
] + ["astray", "orphan"]


@pytest.mark.parametrize(
    ("who", "role", "permissions"),
    [
        ("reader@north.example", "READER", READ),
        ("user@north.example", "USER", READ + SERVE),
        ("manager@north.example", "MANAGER", READ + SERVE + MANAGE),
        ("analyst@maker.example", "ANALYST", READ),
        ("partner-north", "PARTNER", [action for action in READ if action != "CHANGE_SELF"]),
        (
            "helpdesk@maker.example",
            "HELPDESK",
            ["READ_SELF", "CHANGE_SELF", "SUBMIT_REQUESTS", "READ_ACCOUNTS", *ASSIST],
        ),
        pytest.param("idle@north.example", "USER", READ, marks=pytest.mark.rule("R6")),
        pytest.param("legacy@south.example", "USER", READ, marks=pytest.mark.rule("R9")),
    ],
)
@pytest.mark.rule("R1")
async def test_a_role_may_do_what_the_product_s_table_says(
    portal: Portal, who: str, role: str, permissions: list[str]
) -> None:
    told = (await everything(portal, who)).data["viewer"]
    assert (told["role"], sorted(told["permissions"])) == (role, sorted(permissions))


@pytest.mark.parametrize("who", STORY)
@pytest.mark.rule("R2")
async def test_viewers_are_told_who_they_are(portal: Portal, who: str) -> None:
    persona = STORY[who]
    told = (await everything(portal, who)).data["viewer"]
    assert (told["subject"], told["parentAccountNumber"], told["accountNumbers"], told["timeZone"]) == (
        who,
        persona.parent_account,
        sorted(persona.accounts),
        persona.zone,
    )


@pytest.mark.parametrize("who", WITHOUT_ACCOUNTS)
@pytest.mark.rule("R6")
async def test_one_without_accounts_is_told_so_and_gets_empty_lists_without_an_error(portal: Portal, who: str) -> None:
    answer = await everything(portal, who)
    assert answer.errors == []
    assert answer.data["viewer"]["access"] == "NO_ACCOUNTS"
    for field in ("accounts", *LISTS_OF_EQUIPMENT):
        assert (answer.data[field]["totalCount"], answer.data[field]["nodes"]) == (0, [])
        assert answer.data[field]["pageInfo"] == {"startCursor": None, "endCursor": None}
    assert set((await every_object(portal, who)).values()) == {None}


@pytest.mark.rule("R6")
async def test_one_without_accounts_costs_no_system_a_call(portal: Portal, systems: Systems) -> None:
    lists = " ".join(f"{field} {{ totalCount }}" for field in ("accounts", *LISTS_OF_EQUIPMENT))
    await portal.data("idle@north.example", f"{{ {lists} }}")
    assert systems.calls() == {}


@pytest.mark.parametrize("who", [name for name in STORY if name not in WITHOUT_ACCOUNTS])
@pytest.mark.rule("R6")
async def test_one_with_accounts_is_granted_access(portal: Portal, who: str) -> None:
    assert (await everything(portal, who)).data["viewer"]["access"] == "GRANTED"


@pytest.mark.rule("R11")
async def test_the_helpdesk_knows_every_account_by_name_and_number(portal: Portal) -> None:
    seen = rows(await everything(portal, "helpdesk@maker.example"), "accounts")
    assert {(row["name"], row["number"]) for row in seen} == {(a.name, a.number) for a in portal.world.accounts}
    told = {"id", "name", "number", "access", "accessLabel", "provenance"}
    assert {row["access"] for row in seen} == {"RELATED"}
    assert [value for row in seen for field, value in row.items() if field not in told and value] == []


@pytest.mark.parametrize("field", LISTS_OF_EQUIPMENT)
@pytest.mark.rule("R1")
@pytest.mark.rule("R11")
async def test_equipment_lists_are_forbidden_to_the_helpdesk(portal: Portal, field: str) -> None:
    answer = await portal.ask("helpdesk@maker.example", f"{{ {field} {{ totalCount nodes {{ id }} }} }}")
    assert answer.data == {field: None}
    assert answer.codes == ["FORBIDDEN"]


@pytest.mark.parametrize(
    "lookup",
    ['installedProduct(assetId: "10000001")', 'case(number: "300000101")', 'serviceContract(number: "40000029")'],
)
@pytest.mark.rule("R11")
async def test_equipment_is_not_looked_up_for_the_helpdesk(portal: Portal, systems: Systems, lookup: str) -> None:
    answer = await portal.ask("helpdesk@maker.example", f"{{ {lookup} {{ id }} }}")
    assert answer.codes == ["FORBIDDEN"]
    assert systems.calls() == {}


@pytest.mark.rule("R10")
@pytest.mark.rule("R11")
async def test_an_id_of_equipment_is_one_of_nothing_to_the_helpdesk(portal: Portal) -> None:
    found = await every_object(portal, "helpdesk@maker.example")
    assert {row["__typename"] for row in found.values() if row is not None} == {"Account"}


@pytest.mark.rule("R9")
async def test_a_user_of_the_older_portal_is_told_since_when_nothing_is_updated(portal: Portal) -> None:
    since = (portal.world.today - timedelta(days=180)).isoformat()
    answer = await everything(portal, "legacy@south.example")
    told = answer.data["viewer"]
    assert (told["olderPortal"], told["frozenSince"]) == (True, since)
    seen = [row for field in ("accounts", *LISTS_OF_EQUIPMENT) for row in rows(answer, field)]
    assert {row["provenance"]["frozenSince"] for row in seen} == {since}


@pytest.mark.parametrize("who", [name for name in STORY if name != "legacy@south.example"])
@pytest.mark.rule("R9")
async def test_nobody_else_s_data_is_frozen(portal: Portal, who: str) -> None:
    answer = await everything(portal, who)
    told = answer.data["viewer"]
    assert (told["olderPortal"], told["frozenSince"]) == (False, None)
    seen: list[Row] = [row for field in ("accounts", *LISTS_OF_EQUIPMENT) for row in rows(answer, field)]
    assert {row["provenance"]["frozenSince"] for row in seen} <= {None}


@pytest.mark.rule("R2")
async def test_an_assignment_beyond_the_parent_account_gives_nothing(portal: Portal) -> None:
    assert sight_of(portal, "astray").accounts == []
    assert rows(await everything(portal, "astray"), "accounts") == []
    number = WATCHERS["astray"].accounts[0]
    assert await portal.data(viewer("astray"), "query($n: String!) { account(number: $n) { name } }", n=number) == {
        "account": None
    }
