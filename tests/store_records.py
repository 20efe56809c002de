"""Records of people that tests of the store keep."""

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.people import (
    AuditAction,
    AuditEvent,
    AuthorizationCode,
    Client,
    Grant,
    Link,
    LinkKind,
    Session,
    User,
)
from connectors.vocabulary import Role, UserStatus

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
EVENT = AuditEvent(action=AuditAction.USER_INVITED, actor="manager", subject="u1", details={"why": "a test"})


def user(key: str = "u1", **changes: Any) -> User:  # Any: each attribute has its own type
    usual: dict[str, Any] = {
        "id": key,
        "email": f"{key}@north.example",
        "role": Role.USER,
        "parent_account": "7100000",
        "accounts": frozenset({"7100010", "7100020"}),
        "status": UserStatus.ACTIVE,
        "created_at": NOW,
    }
    return User(**usual | changes)


def client(key: str = "web", **changes: Any) -> Client:  # Any: as above
    usual: dict[str, Any] = {
        "id": key,
        "name": "A front end",
        "redirect_uris": ("https://web.example/callback",),
        "scopes": frozenset({"openid", "portal"}),
        "created_at": NOW,
    }
    return Client(**usual | changes)


def grant(key: str = "g1", **changes: Any) -> Grant:  # Any: as above
    usual: dict[str, Any] = {"id": key, "client_id": "web", "user_id": "u1", "scope": "openid", "created_at": NOW}
    return Grant(**usual | changes)


def code(digest: str = "c" * 64, **changes: Any) -> AuthorizationCode:  # Any: as above
    usual: dict[str, Any] = {
        "digest": digest,
        "grant_id": "g1",
        "client_id": "web",
        "user_id": "u1",
        "redirect_uri": "https://web.example/callback",
        "scope": "openid",
        "nonce": None,
        "code_challenge": "x" * 43,
        "auth_time": NOW,
        "expires_at": NOW + timedelta(seconds=60),
    }
    return AuthorizationCode(**usual | changes)


def session(key: str = "s1", **changes: Any) -> Session:  # Any: as above
    usual: dict[str, Any] = {
        "id": key,
        "digest": key.ljust(64, "0"),
        "user_id": "u1",
        "created_at": NOW,
        "last_used_at": NOW,
        "expires_at": NOW + timedelta(hours=12),
    }
    return Session(**usual | changes)


def link(key: str = "l1", **changes: Any) -> Link:  # Any: as above
    usual: dict[str, Any] = {
        "id": key,
        "kind": LinkKind.RESET,
        "digest": key.ljust(64, "0"),
        "user_id": "u1",
        "expires_at": NOW + timedelta(hours=24),
    }
    return Link(**usual | changes)
