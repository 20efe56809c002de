"""Where calendars are read (F8): a link for one viewer and a short while, and a feed's, which lives until revoked."""

from datetime import date
from typing import Protocol

import msgspec

from auth.viewer import Viewer
from connectors.people import CalendarView


class CalendarOf(msgspec.Struct, frozen=True, kw_only=True):
    """One visit, by its order's number; or a view, from one day to another."""

    visit: str | None = None
    view: CalendarView = CalendarView()
    first: date | None = None
    last: date | None = None
    alarm_minutes: int | None = None


class CalendarLinks(Protocol):
    def calendar(self, viewer: Viewer, of: CalendarOf) -> str: ...

    def feed(self, feed_id: str) -> str:
        """Always the same for one feed."""
        ...
