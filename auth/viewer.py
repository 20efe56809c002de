"""Who asks: what every decision is made from."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from connectors.people import User
from connectors.vocabulary import Role, UserStatus

__all__ = ["ANYONE", "Role", "Viewer", "viewer_of_user"]


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """A person or a machine client, as signed in.

    `parent_account` and `accounts` are bare customer numbers: the account the viewer belongs to, and the assigned
    ones (R2). `older_portal` marks users of the older portal (R9); `frozen_since` is the day their country moved.
    `locale_told`: somebody said that it is the viewer's language.
    `scopes` are those of an access token that was given to a program; None: all that the role may. `client` is the
    OAuth client that the token was given to; None of a browser that is signed in here. `kept` says that the store
    knows the viewer under `subject`. Nobody has a role (None) but who is signed in.
    """

    subject: str
    role: Role | None
    name: str = ""
    email: str | None = None
    parent_account: str | None = None
    accounts: frozenset[str] = frozenset()
    locale: str = "en"
    locale_told: bool = True
    time_zone: str = "UTC"
    older_portal: bool = False
    frozen_since: date | None = None
    attested_at: datetime | None = None
    scopes: frozenset[str] | None = None
    client: str | None = None
    kept: bool = False

    def today(self, now: datetime) -> date:
        """The date where the viewer is (V25). `now` is aware."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


ANYONE = Viewer(subject="", role=None)
"""Whoever has not signed in."""


def viewer_of_user(user: User, *, scopes: frozenset[str] | None = None) -> Viewer:
    """A user of the store as the one who asks. One who was deactivated has no accounts left (R6)."""
    return Viewer(
        subject=user.id,
        role=user.role,
        name=user.name,
        email=user.email,
        parent_account=user.parent_account,
        accounts=user.accounts if user.status is UserStatus.ACTIVE else frozenset(),
        locale=user.locale,
        time_zone=user.time_zone,
        older_portal=user.older_portal,
        frozen_since=user.frozen_since,
        attested_at=user.attested_at,
        scopes=scopes,
        kept=True,
    )
