"""Who asks: what every decision is made from."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from connectors.vocabulary import Role

__all__ = ["Role", "Viewer"]


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """A person or a machine client, as signed in.

    `parent_account` and `accounts` are bare customer numbers: the account the viewer belongs to, and the assigned
    ones (R2). `older_portal` marks users of the older portal (R9); `frozen_since` is the day their country moved.
    """

    subject: str
    role: Role
    email: str | None = None
    parent_account: str | None = None
    accounts: frozenset[str] = frozenset()
    locale: str = "en"
    time_zone: str = "UTC"
    older_portal: bool = False
    frozen_since: date | None = None

    def today(self, now: datetime) -> date:
        """The date where the viewer is (V25). `now` is aware."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()
