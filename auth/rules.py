"""What each role may do: the grants table (R1), and the one function that answers with a reason.

A rule says which *kinds* of thing a viewer may do; which *rows* it may be done to is `auth.visibility`.
"""

from enum import Enum
from typing import NamedTuple

from auth.viewer import Role, Viewer


class Action(Enum):
    """What can be asked of the gateway. To add a rule: add an action here and grant it below."""

    READ_SELF = "READ_SELF"
    READ_ACCOUNTS = "READ_ACCOUNTS"
    READ_EQUIPMENT = "READ_EQUIPMENT"
    READ_CASES = "READ_CASES"
    READ_CONTRACTS = "READ_CONTRACTS"
    CREATE_CASES = "CREATE_CASES"
    UPDATE_CASES = "UPDATE_CASES"
    WRITE_ASSET_DATA = "WRITE_ASSET_DATA"
    READ_USERS = "READ_USERS"
    MANAGE_USERS = "MANAGE_USERS"
    ASSIGN_ACCOUNTS = "ASSIGN_ACCOUNTS"
    ANSWER_ACCESS_REQUESTS = "ANSWER_ACCESS_REQUESTS"
    READ_AUDIT = "READ_AUDIT"
    CHANGE_SELF = "CHANGE_SELF"
    SUBMIT_REQUESTS = "SUBMIT_REQUESTS"


class Decision(NamedTuple):
    allowed: bool
    reason: str


_SELF = frozenset({Action.READ_SELF, Action.CHANGE_SELF})
_READ = frozenset({Action.READ_ACCOUNTS, Action.READ_EQUIPMENT, Action.READ_CASES, Action.READ_CONTRACTS}) | _SELF
_SERVE = frozenset({Action.CREATE_CASES, Action.UPDATE_CASES})
_MANAGE = frozenset({Action.WRITE_ASSET_DATA, Action.READ_USERS, Action.MANAGE_USERS, Action.ASSIGN_ACCOUNTS})
_HELP = frozenset(
    {
        Action.READ_ACCOUNTS,
        Action.READ_USERS,
        Action.ASSIGN_ACCOUNTS,
        Action.ANSWER_ACCESS_REQUESTS,
        Action.READ_AUDIT,
    }
)

OPEN_TO_ANYONE = frozenset({Action.SUBMIT_REQUESTS})
"""What may be done without signing in (F15)."""

GRANTS: dict[Role, frozenset[Action]] = {
    Role.READER: _READ,
    Role.USER: _READ | _SERVE,
    Role.MANAGER: _READ | _SERVE | _MANAGE,
    Role.PARTNER: _READ - {Action.CHANGE_SELF},
    Role.ANALYST: _READ,
    Role.HELPDESK: _SELF | _HELP,
}

SCOPES: dict[str, frozenset[Action]] = {
    "portal": frozenset(Action),
    "accounts:read": frozenset({Action.READ_ACCOUNTS}),
    "equipment:read": frozenset({Action.READ_EQUIPMENT}),
    "cases:read": frozenset({Action.READ_CASES}),
    "cases:write": frozenset({Action.CREATE_CASES, Action.UPDATE_CASES}),
    "contracts:read": frozenset({Action.READ_CONTRACTS}),
}
"""What an access token's scope admits, of what the role may. Every token may ask who it is of."""

_NEEDS_ACCOUNTS = _SERVE | _MANAGE  # R6: without accounts nothing is done to those of others either


def decide(viewer: Viewer, action: Action) -> Decision:
    """Whether the viewer may, and why (not). Deny first: what is not granted is refused."""
    if action in OPEN_TO_ANYONE:
        return Decision(True, f"anybody may {_words(action)}")
    if viewer.role is None:
        return Decision(False, f"who is not signed in may not {_words(action)}")
    if action not in GRANTS.get(viewer.role, frozenset()):
        return Decision(False, f"the role {viewer.role.value} may not {_words(action)}")
    if viewer.scopes is not None and action is not Action.READ_SELF and not _admits(viewer.scopes, action):
        return Decision(False, f"the access token's scope does not admit to {_words(action)}")
    if viewer.older_portal and action not in _READ:
        return Decision(False, f"users of the older portal may not {_words(action)}")
    if action in _NEEDS_ACCOUNTS and not viewer.accounts and viewer.role is not Role.HELPDESK:
        return Decision(False, f"without an assigned account nobody may {_words(action)}")
    return Decision(True, f"the role {viewer.role.value} may {_words(action)}")


def _admits(scopes: frozenset[str], action: Action) -> bool:
    return any(action in SCOPES.get(scope, frozenset()) for scope in scopes)


def permitted(viewer: Viewer) -> frozenset[Action]:
    """Everything the viewer may do."""
    return frozenset(action for action in Action if decide(viewer, action).allowed)


def _words(action: Action) -> str:
    return action.value.lower().replace("_", " ")
