"""The account scope (R2): what lies under an assigned account is in it, whatever the hierarchy looks like."""

import asyncio

import pytest
from structlog.testing import capture_logs

from auth.scope import EVERYTHING, NOTHING, OF_ANALYSTS, ScopeCompiler, admits_account, admits_number
from auth.viewer import Role, Viewer
from connectors.errors import SourceFailed, SourceTimeout
from connectors.queries import AccountQuery, AccountScope, Rows
from connectors.records import Account
from connectors.transport.deadline import deadline
from tests.hierarchy import HIERARCHY, Hierarchy, Tree


def user(*accounts: str, parent: str | None = "100", role: Role = Role.USER) -> Viewer:
    return Viewer(subject="someone", role=role, parent_account=parent, accounts=frozenset(accounts))


async def compiled(viewer: Viewer, hierarchy: Tree = HIERARCHY) -> AccountScope:
    return await ScopeCompiler(Hierarchy(hierarchy)).compile(viewer)


@pytest.mark.rule("R2")
@pytest.mark.parametrize(
    ("assigned", "seen"),
    [
        pytest.param(["112"], {"room"}, id="a leaf"),
        pytest.param(["111"], {"ward", "room"}, id="what lies under it too"),
        pytest.param(["110"], {"east", "ward", "room"}, id="three deep"),
        pytest.param(["120"], {"west", "annexe"}, id="an account without a number under it"),
        pytest.param(["100"], {"group", "east", "ward", "room", "west", "annexe"}, id="the parent account"),
        pytest.param(["111", "120"], {"ward", "room", "west", "annexe"}, id="two branches"),
        pytest.param(["110", "112"], {"east", "ward", "room"}, id="one within the other"),
    ],
)
async def test_the_assigned_accounts_and_all_under_them_are_in_scope(assigned: list[str], seen: set[str]) -> None:
    scope = await compiled(user(*assigned))
    assert scope.account_ids == seen
    assert scope.account_numbers == {number for key in seen if (number := HIERARCHY[key][0])}
    assert not scope.unrestricted


@pytest.mark.rule("R2")
async def test_accounts_outside_the_parent_account_are_dropped_and_logged() -> None:
    with capture_logs() as logs:
        scope = await compiled(user("111", "210", "999"))
    assert scope.account_ids == {"ward", "room"}
    (entry,) = [entry for entry in logs if entry["event"] == "scope.accounts_dropped"]
    assert (entry["subject"], entry["accounts"]) == ("someone", ["210", "999"])


@pytest.mark.rule("R2")
async def test_a_parent_account_that_the_crm_does_not_know_gives_nothing() -> None:
    assert not await compiled(user("111", parent="999"))


@pytest.mark.rule("R2")
async def test_a_person_without_a_parent_account_sees_nothing() -> None:
    base = Hierarchy(HIERARCHY)
    assert await ScopeCompiler(base).compile(user("111", parent=None)) == NOTHING
    assert base.asked == []


@pytest.mark.rule("R2")
async def test_a_partner_belongs_to_no_account_and_sees_those_granted() -> None:
    scope = await compiled(user("111", "210", parent=None, role=Role.PARTNER))
    assert scope.account_ids == {"ward", "room", "clinic"}


@pytest.mark.rule("R2")
async def test_a_partner_with_a_parent_account_is_held_to_it() -> None:
    scope = await compiled(user("111", "210", parent="100", role=Role.PARTNER))
    assert scope.account_ids == {"ward", "room"}


@pytest.mark.rule("R6")
@pytest.mark.parametrize("role", [Role.READER, Role.USER, Role.MANAGER, Role.PARTNER], ids=lambda role: role.value)
async def test_whoever_has_no_accounts_left_sees_nothing_and_no_system_is_asked(role: Role) -> None:
    base = Hierarchy(HIERARCHY)
    assert await ScopeCompiler(base).compile(user(role=role)) == NOTHING
    assert base.asked == []


@pytest.mark.rule("R1")
async def test_an_analyst_sees_all_and_the_helpdesk_no_equipment_whatever_their_token_says() -> None:
    base = Hierarchy(HIERARCHY)
    assert await ScopeCompiler(base).compile(user("110", role=Role.ANALYST)) == OF_ANALYSTS
    assert await ScopeCompiler(base).compile(user("110", role=Role.HELPDESK)) == NOTHING
    assert base.asked == []


async def test_a_loop_in_the_hierarchy_ends_and_widens_nothing() -> None:
    loop = {"a": ("100", "c"), "b": ("110", "a"), "c": ("120", "b"), "rival": ("200", None)}
    assert (await compiled(user("110"), loop)).account_ids == {"a", "b", "c"}  # each lies under each


async def test_an_account_that_is_its_own_parent_is_just_itself() -> None:
    assert (await compiled(user("100"), {"a": ("100", "a"), "b": ("110", "b")})).account_ids == {"a"}


async def test_a_parent_that_is_missing_ends_the_branch() -> None:
    broken = {"group": ("100", "gone"), "east": ("110", "group"), "lost": ("120", "gone")}
    assert (await compiled(user("100", "120"), broken)).account_ids == {"group", "east"}


async def test_a_hierarchy_deeper_than_any_hospital_is_cut_off() -> None:
    deep: dict[str, tuple[str | None, str | None]] = {"0": ("100", None)}
    deep |= {str(n): (f"5{n}", str(n - 1)) for n in range(1, 200)}
    assert len((await compiled(user("100"), deep)).account_ids) <= 51


@pytest.mark.rule("R10")
async def test_a_source_that_answers_more_than_asked_cannot_widen_the_scope() -> None:
    base = Hierarchy(HIERARCHY)
    base.answers_all = True
    assert (await ScopeCompiler(base).compile(user("111"))).account_ids == {"ward", "room"}
    assert (await ScopeCompiler(base).compile(user("111", "210"))).account_ids == {"ward", "room"}


async def test_the_hierarchy_is_asked_once_a_level_and_again_after_its_time() -> None:
    base, now = Hierarchy(HIERARCHY), [1000.0]
    compiler = ScopeCompiler(base, ttl=60, clock=lambda: now[0])
    await compiler.compile(user("110"))
    levels = len(base.asked)
    assert levels == 5  # group; its two; ward and annexe; room; nothing under that
    now[0] += 59.9
    await compiler.compile(user("110"))
    assert len(base.asked) == levels
    now[0] += 0.2
    await compiler.compile(user("110"))
    assert len(base.asked) == 2 * levels


@pytest.mark.rule("R2")
async def test_an_assignment_that_changed_counts_at_once_though_the_hierarchy_is_remembered() -> None:
    base = Hierarchy(HIERARCHY)
    compiler = ScopeCompiler(base)
    assert (await compiler.compile(user("111"))).account_ids == {"ward", "room"}
    asked = len(base.asked)
    assert (await compiler.compile(user("120"))).account_ids == {"west", "annexe"}
    assert len(base.asked) == asked


@pytest.mark.rule("R10")
async def test_what_is_remembered_of_one_group_serves_no_other() -> None:
    compiler = ScopeCompiler(Hierarchy(HIERARCHY))
    await compiler.compile(user("100"))
    assert (await compiler.compile(user("200", parent="200"))).account_ids == {"rival", "clinic"}
    assert not await compiler.compile(user("110", parent="200"))


async def test_requests_at_the_same_time_ask_once() -> None:
    base = Hierarchy(HIERARCHY)
    compiler = ScopeCompiler(base)
    scopes = await asyncio.gather(*(compiler.compile(user("110")) for _ in range(20)))
    assert len(base.asked) == 5
    assert {scope.account_ids for scope in scopes} == {frozenset({"east", "ward", "room"})}


async def test_a_failure_reaches_all_who_wait_and_is_not_remembered() -> None:
    base = Hierarchy(HIERARCHY)
    base.fails = lambda query: True
    compiler = ScopeCompiler(base)
    outcomes = await asyncio.gather(*(compiler.compile(user("110")) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [SourceFailed] * 3
    base.fails = lambda query: False
    assert (await compiler.compile(user("110"))).account_ids == {"east", "ward", "room"}


async def test_a_failure_half_way_down_leaves_no_half_a_hierarchy_behind() -> None:
    base = Hierarchy(HIERARCHY)
    compiler = ScopeCompiler(base)
    base.fails = lambda query: query.parent_ids == ("ward", "annexe")
    with pytest.raises(SourceFailed):
        await compiler.compile(user("100"))
    base.fails = lambda query: False
    assert "room" in (await compiler.compile(user("100"))).account_ids


def test_a_scope_admits_its_own_accounts_and_no_missing_one() -> None:
    scope = AccountScope(account_ids=frozenset({"east"}), account_numbers=frozenset({"110"}))
    assert admits_account(scope, "east")
    assert not admits_account(scope, "west")
    assert not admits_account(scope, None)
    assert admits_number(scope, None, "110")
    assert not admits_number(scope, None, "120", "")
    assert admits_account(EVERYTHING, None)
    assert admits_number(EVERYTHING)
    assert not admits_number(NOTHING, None)


async def test_a_hierarchy_that_takes_too_long_is_waited_for_no_longer_than_the_request_may_take() -> None:
    hierarchy = Hierarchy(HIERARCHY)
    told = asyncio.Event()

    async def slowly(query: AccountQuery) -> Rows[Account]:
        await told.wait()
        return await Hierarchy.accounts(hierarchy, query)

    hierarchy.accounts = slowly  # type: ignore[method-assign]
    scopes = ScopeCompiler(hierarchy)
    with deadline(0.02), pytest.raises(SourceTimeout):
        await scopes.compile(user("110"))
    told.set()
    assert (await scopes.compile(user("110"))).account_ids == {"east", "ward", "room"}
