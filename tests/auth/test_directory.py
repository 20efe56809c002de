"""Managing users (R1, R3, R6): the data absent, the side effect absent, not merely an error."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.credentials import Where
from auth.directory import Authority, Fault, Unfit, authority_of, checked_address
from auth.notices import Notice
from auth.viewer import Role, Viewer
from connectors.people import AuditAction
from connectors.vocabulary import UserStatus
from tests.auth.conftest import HERE, Portal, helpdesk, manager

Change = Callable[[Portal, Authority, str], Awaitable[object]]

CHANGES: dict[str, Change] = {
    "look": lambda folk, who, key: folk.membership.directory.user(who, key),
    "change the role": lambda folk, who, key: folk.membership.directory.change_role(who, key, Role.READER),
    "assign": lambda folk, who, key: folk.membership.directory.assign(who, key, ["110"]),
    "disable": lambda folk, who, key: folk.membership.directory.disable(who, key),
    "enable": lambda folk, who, key: folk.membership.directory.enable(who, key),
    "resend": lambda folk, who, key: folk.membership.directory.resend_activation(who, key),
}


async def fault_of(work: Awaitable[object]) -> tuple[Fault, str | None]:
    with pytest.raises(Unfit) as caught:
        await work
    return caught.value.fault, caught.value.field


@pytest.mark.rule("R3")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(
    "theirs",
    [
        {"parent_account": "200", "accounts": frozenset({"210"})},
        {"parent_account": None, "accounts": frozenset()},
        {"parent_account": "200", "accounts": frozenset({"110"})},
        {"parent_account": None, "role": Role.ANALYST},
        {"parent_account": "100", "role": Role.HELPDESK},
        {"parent_account": "100", "role": Role.ANALYST},
    ],
    ids=str,
)
async def test_a_user_who_is_not_the_managers_is_not_there(
    folk: Portal, change: Change, theirs: dict[str, object]
) -> None:
    await folk.add("theirs", **theirs)
    before = await folk.everything()
    not_mine = await fault_of(change(folk, manager(), "theirs"))
    not_there = await fault_of(change(folk, manager(), "unknown"))
    assert not_mine == not_there == (Fault.NOT_FOUND, "userId")
    assert await folk.everything() == before
    assert await folk.membership.directory.users(manager()) == []


@pytest.mark.rule("R3")
async def test_a_manager_of_no_parent_account_manages_nobody(folk: Portal) -> None:
    viewer = Viewer(subject="boss", role=Role.MANAGER, accounts=frozenset({"110"}))
    assert authority_of(viewer, Where()) is None


@pytest.mark.rule("R1")
@pytest.mark.parametrize("role", [Role.READER, Role.USER, Role.ANALYST, Role.PARTNER, None])
def test_no_other_role_has_authority_over_users(role: Role | None) -> None:
    viewer = Viewer(subject="x", role=role, parent_account="100", accounts=frozenset({"110"}))
    assert authority_of(viewer, Where()) is None


@pytest.mark.rule("R3")
async def test_an_invited_user_is_of_the_managers_own_parent_account_and_gets_a_link(folk: Portal) -> None:
    user = await folk.membership.directory.invite(
        manager(), email="Ewa@East.example", name="Ewa", role=Role.READER, accounts=["0110", "112"], locale="pl"
    )
    assert (user.parent_account, sorted(user.accounts), user.status) == ("100", ["110", "112"], UserStatus.INVITED)
    assert await folk.now(user.id) == user
    assert folk.postbox.of("Ewa@East.example", Notice.ACTIVATION)[0].locale == "pl"
    invited = (await folk.trail())[0]
    assert (invited.action, invited.actor, invited.subject) == (AuditAction.USER_INVITED, "boss", user.id)


@pytest.mark.rule("R3")
async def test_a_manager_does_not_choose_another_parent_account(folk: Portal) -> None:
    user = await folk.membership.directory.invite(
        manager(), email="ewa@east.example", name="", role=Role.USER, accounts=[], locale="pl", parent_account="200"
    )
    assert user.parent_account == "100"


@pytest.mark.rule("R3")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"accounts": ["200"]}, (Fault.BEYOND_PARENT_ACCOUNT, "accountNumbers")),
        ({"accounts": ["110", "210"]}, (Fault.BEYOND_PARENT_ACCOUNT, "accountNumbers")),
        ({"accounts": ["999"]}, (Fault.BEYOND_PARENT_ACCOUNT, "accountNumbers")),
        ({"accounts": [""]}, (Fault.BEYOND_PARENT_ACCOUNT, "accountNumbers")),
        ({"accounts": [str(n) for n in range(1, 1100)]}, (Fault.TOO_MANY, "accountNumbers")),
        ({"role": Role.ANALYST}, (Fault.NO_PORTAL_ROLE, "role")),
        ({"role": Role.HELPDESK}, (Fault.NO_PORTAL_ROLE, "role")),
        ({"role": Role.PARTNER}, (Fault.NO_PORTAL_ROLE, "role")),
        ({"email": ""}, (Fault.REQUIRED, "email")),
        ({"email": "no address"}, (Fault.MALFORMED, "email")),
        ({"email": "a@b.example\nBcc: all@b.example"}, (Fault.MALFORMED, "email")),
        ({"email": "taken@east.example"}, (Fault.TAKEN, "email")),
        ({"email": "TAKEN@rival.example"}, (Fault.TAKEN, "email")),
        ({"name": "x" * 121}, (Fault.TOO_LONG, "name")),
    ],
    ids=str,
)
async def test_an_unfit_invitation_invites_nobody(
    folk: Portal, changes: dict[str, object], expected: tuple[Fault, str]
) -> None:
    await folk.add("taken")
    await folk.add("rival", email="taken@rival.example", parent_account="200")
    usual = {"email": "ewa@east.example", "name": "Ewa", "role": Role.READER, "accounts": ["110"], "locale": "en"}
    before = await folk.everything()
    assert await fault_of(folk.membership.directory.invite(manager(), **usual | changes)) == expected  # type: ignore[arg-type]  # by name
    assert await folk.everything() == before


@pytest.mark.rule("R3")
@pytest.mark.parametrize("accounts", [["210"], ["110", "200"], ["unknown"]], ids=str)
async def test_nobody_is_assigned_beyond_the_parent_account(folk: Portal, accounts: list[str]) -> None:
    await folk.add("anna")
    before = await folk.everything()
    for who in (manager(), helpdesk()):
        outcome = await fault_of(folk.membership.directory.assign(who, "anna", accounts))
        assert outcome == (Fault.BEYOND_PARENT_ACCOUNT, "accountNumbers")
    assert await folk.everything() == before


@pytest.mark.rule("R3")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(wanted=st.lists(st.sampled_from(["100", "110", "111", "112", "120", "200", "210", "300"]), max_size=4))
async def test_assigned_is_what_lies_under_the_parent_account_or_nothing(folk: Portal, wanted: list[str]) -> None:
    if not await folk.store.users.by_id(["anna"]):
        await folk.add("anna")
    before = (await folk.now("anna")).accounts
    try:
        await folk.membership.directory.assign(manager(), "anna", wanted)
    except Unfit:
        assert not set(wanted) <= {"100", "110", "111", "112", "120"}
        assert (await folk.now("anna")).accounts == before
    else:
        assert (await folk.now("anna")).accounts == set(wanted) <= {"100", "110", "111", "112", "120"}


async def test_nobody_ends_or_raises_their_own_access(folk: Portal) -> None:
    await folk.add("boss", role=Role.MANAGER)
    before = await folk.everything()
    directory = folk.membership.directory
    assert await fault_of(directory.disable(manager(), "boss")) == (Fault.YOURSELF, "userId")
    assert await fault_of(directory.change_role(manager(), "boss", Role.READER)) == (Fault.YOURSELF, "userId")
    assert await folk.everything() == before


@pytest.mark.parametrize("role", [Role.ANALYST, Role.HELPDESK, Role.PARTNER])
async def test_nobody_is_made_one_of_the_makers(folk: Portal, role: Role) -> None:
    await folk.add("anna")
    for who in (manager(), helpdesk()):
        outcome = await fault_of(folk.membership.directory.change_role(who, "anna", role))
        assert outcome == (Fault.NO_PORTAL_ROLE, "role")
    assert (await folk.now("anna")).role is Role.USER


@pytest.mark.rule("R6")
async def test_who_lost_the_accounts_by_inactivity_gets_new_ones_from_the_helpdesk_alone(folk: Portal) -> None:
    await folk.add("idle", accounts=frozenset(), needs_helpdesk=True)
    directory = folk.membership.directory
    assert await fault_of(directory.assign(manager(), "idle", ["110"])) == (Fault.HELPDESK_ONLY, "userId")
    assert (await folk.now("idle")).accounts == frozenset()
    user = await directory.assign(helpdesk(), "idle", ["110"])
    assert (sorted(user.accounts), user.needs_helpdesk) == (["110"], False)
    assert (await directory.assign(manager(), "idle", ["120"])).accounts == {"120"}


async def test_a_disabled_user_is_enabled_as_before(folk: Portal) -> None:
    await folk.add("anna", last_active_at=folk.clock.now)
    directory = folk.membership.directory
    assert (await directory.disable(manager(), "anna")).status is UserStatus.DISABLED
    assert folk.postbox.of("anna@east.example", Notice.DISABLED)
    assert await fault_of(directory.disable(manager(), "anna")) == (Fault.WRONG_STATUS, "userId")
    user = await directory.enable(manager(), "anna")
    assert (user.status, sorted(user.accounts)) == (UserStatus.ACTIVE, ["110"])
    assert await fault_of(directory.enable(manager(), "anna")) == (Fault.WRONG_STATUS, "userId")
    assert await fault_of(directory.resend_activation(manager(), "anna")) == (Fault.WRONG_STATUS, "userId")


async def test_a_change_to_an_older_version_is_refused(folk: Portal) -> None:
    await folk.add("anna")
    directory = folk.membership.directory
    await directory.change_role(manager(), "anna", Role.READER, version=1)
    before = await folk.everything()
    stale = await fault_of(directory.assign(manager(), "anna", ["120"], version=1))
    assert stale == (Fault.CHANGED_MEANWHILE, "version")
    assert await folk.everything() == before


@pytest.mark.rule("R3")
async def test_of_changes_at_once_none_is_lost(folk: Portal) -> None:
    await folk.add("anna")
    directory = folk.membership.directory
    await asyncio.gather(
        directory.change_role(manager(), "anna", Role.READER),
        directory.assign(manager(), "anna", ["120"]),
        directory.disable(helpdesk(), "anna"),
    )
    user = await folk.now("anna")
    assert (user.role, sorted(user.accounts), user.status) == (Role.READER, ["120"], UserStatus.DISABLED)
    assert user.version == 4


@pytest.mark.parametrize(
    "address", ["a@b.example", "first.last+tag@sub.domain.example", "o'brien@b.example", "a@xn--bcher-kva.example"]
)
def test_an_address_of_the_usual_form_is_taken(address: str) -> None:
    assert checked_address(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "@b.example",
        "a@",
        "a b@c.example",
        "a@b..example",
        "a@b.example, c@d.example",
        "a@[127.0.0.1]",
        "ä@b.example",
        "a@b.example\r\nx: y",
        "<a@b.example>",
        "x" * 65 + "@b.example",
    ],
)
def test_no_other_address_is(address: str) -> None:
    with pytest.raises(Unfit):
        checked_address(address)


def test_where_something_was_done_is_in_the_trail() -> None:
    assert manager().where is HERE
