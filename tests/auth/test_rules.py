"""The grants table, held against R1 and R9 as the product page states them, role by role and action by action."""

from typing import Any

import pytest

from auth.rules import GRANTS, SCOPES, Action, decide, permitted
from auth.viewer import ANYONE, Role, Viewer

# Who may do what, by the words of R1: an x grants, a dot does not.
TABLE = """
                        reader  user  manager  analyst  partner  helpdesk
READ_SELF               x       x     x        x        x        x
CHANGE_SELF             x       x     x        x        .        x
READ_ACCOUNTS           x       x     x        x        x        x
READ_EQUIPMENT          x       x     x        x        x        .
READ_CASES              x       x     x        x        x        .
READ_CONTRACTS          x       x     x        x        x        .
CREATE_CASES            .       x     x        .        .        .
UPDATE_CASES            .       x     x        .        .        .
WRITE_ASSET_DATA        .       .     x        .        .        .
READ_USERS              .       .     x        .        .        x
MANAGE_USERS            .       .     x        .        .        .
ASSIGN_ACCOUNTS         .       .     x        .        .        x
ANSWER_ACCESS_REQUESTS  .       .     .        .        .        x
READ_AUDIT              .       .     .        .        .        x
SUBMIT_REQUESTS         x       x     x        x        x        x
"""

_HEAD, *_LINES = TABLE.strip("\n").splitlines()
EXPECTED = {
    (Role(role), Action(line.split()[0])): mark == "x"
    for line in _LINES
    for role, mark in zip(_HEAD.split(), line.split()[1:], strict=True)
}
OF_OLDER_USERS = {
    Action.READ_SELF,
    Action.CHANGE_SELF,
    Action.READ_ACCOUNTS,
    Action.READ_EQUIPMENT,
    Action.READ_CASES,
    Action.READ_CONTRACTS,
    Action.SUBMIT_REQUESTS,
}
"""What an older-portal user can be allowed at all: to read, and what concerns nobody else."""


def viewer(role: Role, **changes: Any) -> Viewer:  # Any: each attribute has its own type
    return Viewer(subject="someone", role=role, **{"accounts": frozenset({"7100010"})} | changes)


@pytest.mark.rule("R1")
def test_the_table_speaks_of_every_role_and_every_action() -> None:
    assert set(EXPECTED) == {(role, action) for role in Role for action in Action}


@pytest.mark.rule("R1")
@pytest.mark.parametrize(("role", "action"), EXPECTED, ids=lambda part: part.value)
def test_a_role_may_do_what_the_product_grants_it_and_nothing_else(role: Role, action: Action) -> None:
    assert decide(viewer(role), action).allowed is EXPECTED[role, action]


@pytest.mark.rule("R9")
@pytest.mark.parametrize(("role", "action"), EXPECTED, ids=lambda part: part.value)
def test_a_user_of_the_older_portal_reads_and_changes_nothing(role: Role, action: Action) -> None:
    expected = EXPECTED[role, action] and action in OF_OLDER_USERS
    assert decide(viewer(role, older_portal=True), action).allowed is expected


@pytest.mark.rule("R1")
@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_what_is_permitted_is_what_is_decided_one_by_one(role: Role) -> None:
    for older_portal in (False, True):
        who = viewer(role, older_portal=older_portal)
        assert permitted(who) == {action for action in Action if decide(who, action).allowed}


def test_a_refusal_says_why_without_naming_the_viewer() -> None:
    assert decide(viewer(Role.READER), Action.CREATE_CASES).reason == "the role reader may not create cases"
    older = decide(viewer(Role.USER, older_portal=True), Action.CREATE_CASES)
    assert older.reason == "users of the older portal may not create cases"


def test_a_role_that_nobody_granted_anything_may_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(GRANTS, Role.MANAGER)
    assert permitted(viewer(Role.MANAGER)) == {Action.SUBMIT_REQUESTS}


@pytest.mark.rule("R6")
@pytest.mark.parametrize("role", [Role.READER, Role.USER, Role.MANAGER], ids=lambda role: role.value)
def test_without_an_account_nobody_changes_anything_of_others(role: Role) -> None:
    allowed = permitted(viewer(role, accounts=frozenset()))
    assert allowed == {action for action in OF_OLDER_USERS if EXPECTED[role, action]}


@pytest.mark.rule("F15")
def test_who_is_not_signed_in_may_ask_for_access_and_nothing_else() -> None:
    assert permitted(ANYONE) == {Action.SUBMIT_REQUESTS}


@pytest.mark.parametrize("action", Action, ids=lambda action: action.value)
def test_a_tokens_scope_narrows_what_the_role_may_and_never_widens_it(action: Action) -> None:
    for scope, admitted in SCOPES.items():
        for role in Role:
            allowed = decide(viewer(role, scopes=frozenset({scope, "openid"})), action).allowed
            always = action in (Action.READ_SELF, Action.SUBMIT_REQUESTS)
            assert allowed == (EXPECTED[role, action] and (always or action in admitted)), (scope, role)


def test_a_token_without_a_scope_of_ours_tells_its_holder_who_it_is_and_no_more() -> None:
    assert permitted(viewer(Role.MANAGER, scopes=frozenset({"openid"}))) == {Action.READ_SELF, Action.SUBMIT_REQUESTS}
