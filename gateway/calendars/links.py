"""Port `auth.calendar_links.CalendarLinks`."""

import secrets

import msgspec

from auth.calendar_links import CalendarOf
from auth.viewer import Viewer
from gateway.sealing import Sealer, Signer

CALENDARS = "/calendars"
FEEDS = "/feeds"
SUFFIX = ".ics"


class Opened(msgspec.Struct, frozen=True):
    """Who a link is for, and what of."""

    viewer: Viewer
    of: CalendarOf


class SealedCalendarLinks:
    """Without a `secret` its links are good at this process alone. `seconds` that a link lives."""

    def __init__(self, address: str, secret: str | None, seconds: int) -> None:
        known = secret or secrets.token_urlsafe(32)
        self._calendars = Sealer(known, "calendar-links")
        self._feeds = Signer(known, "calendar-feeds")
        self._address = address
        self._seconds = seconds

    def calendar(self, viewer: Viewer, of: CalendarOf) -> str:
        token = self._calendars.seal(msgspec.json.encode(Opened(viewer, of))).decode()
        return f"{self._address}{CALENDARS}/{token}{SUFFIX}"

    def feed(self, feed_id: str) -> str:
        return f"{self._address}{FEEDS}/{self._feeds.signed(feed_id)}{SUFFIX}"

    def opened(self, file: str) -> Opened:
        """Raises NotOurs: it is none of ours, or too old."""
        token = file.removesuffix(SUFFIX).encode("utf-8", "replace")
        return msgspec.json.decode(self._calendars.unseal(token, within=self._seconds), type=Opened)

    def feed_id(self, file: str) -> str:
        """Raises NotOurs."""
        return self._feeds.read(file.removesuffix(SUFFIX))
