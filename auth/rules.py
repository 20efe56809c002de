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
    MANAGE_USERS = "MANAGE_USERS"
    ASSIGN_ACCOUNTS = "ASSIGN_ACCOUNTS"
    ANSWER_ACCESS_REQUESTS = "ANSWER_ACCESS_REQUESTS"


class Decision(NamedTuple):
    allowed: bool
    reason: str


_READ = frozenset(
    {Action.READ_SELF, Action.READ_ACCOUNTS, Action.READ_EQUIPMENT, Action.READ_CASES, Action.READ_CONTRACTS}
)
_SERVE = frozenset({Action.CREATE_CASES, Action.UPDATE_CASES})
_MANAGE = frozenset({Action.WRITE_ASSET_DATA, Action.MANAGE_USERS})

GRANTS: dict[Role, frozenset[Action]] = {
    Role.READER: _READ,
    Role.USER: _READ | _SERVE,
    Role.MANAGER: _READ | _SERVE | _MANAGE,
    Role.PARTNER: _READ,
    Role.ANALYST: _READ,
    Role.HELPDESK: frozenset(
        {Action.READ_SELF, Action.READ_ACCOUNTS, Action.ASSIGN_ACCOUNTS, Action.ANSWER_ACCESS_REQUESTS}
    ),
}


def decide(viewer: Viewer, action: Action) -> Decision:
    """Whether the viewer may, and why (not). Deny first: what is not granted is refused."""
    if action not in GRANTS.get(viewer.role, frozenset()):
        return Decision(False, f"the role {viewer.role.value} may not {_words(action)}")
    if viewer.older_portal and action not in _READ:
        return Decision(False, f"users of the older portal may not {_words(action)}")
    return Decision(True, f"the role {viewer.role.value} may {_words(action)}")


def permitted(viewer: Viewer) -> frozenset[Action]:
    """Everything the viewer may do."""
    return frozenset(action for action in Action if decide(viewer, action).allowed)


def _words(action: Action) -> str:
    return action.value.lower().replace("_", " ")
