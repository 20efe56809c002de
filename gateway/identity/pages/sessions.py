"""One's own sessions, and signing out."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from connectors.people import AuditAction, AuditEvent, Session, User
from gateway.identity.pages.desk import Desk
from gateway.identity.pages.forms import read_form, where_of
from gateway.identity.pages.rendering import Texts

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_NO_STORE = {"cache-control": "no-store"}


class SessionPages:
    def __init__(self, desk: Desk, leave: Callable[[Session], Awaitable[str | None]] | None) -> None:
        self._desk = desk
        self._leave = leave

    async def show(self, request: Request) -> Response:
        found = await self._desk.sessions.current(request)
        if found is None:
            return RedirectResponse("/sign-in?next=/sessions", 303, _NO_STORE)
        current, user = found
        words = self._desk.words(request)
        rows = [_told(each, user, words, current) for each in await self._desk.sessions.of_user(user.id)]
        return self._desk.page(request, "sessions", words["sessions"]["title"], sessions=rows)

    async def end(self, request: Request) -> Response:
        form = await read_form(request)
        found = await self._desk.sessions.current(request)
        if found is None:
            return RedirectResponse("/sign-in?next=/sessions", 303, _NO_STORE)
        current, user = found
        own = [each.id for each in await self._desk.sessions.of_user(user.id)]
        wanted = [each for each in own if form.get("id") in (each, "others") and each != current.id]
        where = where_of(request)
        event = AuditEvent(
            action=AuditAction.SESSION_REVOKED,
            actor=user.id,
            subject=user.id,
            network=where.network,
            request_id=where.request_id,
        )
        await self._desk.membership.people.sessions.end(wanted, event)
        return RedirectResponse("/sessions", 303, _NO_STORE)

    async def show_sign_out(self, request: Request) -> Response:
        words = self._desk.words(request)["sign_out"]
        found = await self._desk.sessions.current(request)
        if found is None:
            return self._desk.message(request, words["title"], words["done"], button=words["again"], address="/sign-in")
        return self._desk.page(request, "sign_out", words["title"], email=found[1].email)

    async def sign_out(self, request: Request) -> Response:
        await read_form(request)
        response = RedirectResponse("/sign-out", 303, _NO_STORE)
        ended = await self._desk.sessions.end(request, response)
        elsewhere = await self._leave(ended) if ended is not None and self._leave is not None else None
        if elsewhere is None:
            return response
        words = self._desk.words(request)
        onward = self._desk.message(
            request,
            words["sign_out"]["title"],
            words["sign_out"]["done"],
            button=words["continue"]["link"],
            address=elsewhere,
            goes_to=elsewhere,
        )
        onward.raw_headers += [header for header in response.raw_headers if header[0] == b"set-cookie"]
        return onward


def _told(session: Session, user: User, words: Texts, current: Session) -> dict[str, object]:
    zone = ZoneInfo(user.time_zone)
    return {
        "id": session.id,
        "device": _device(session.device, words["sessions"]),
        "network": session.network or "–",
        "since": _minute(session.created_at, zone),
        "since_iso": session.created_at.isoformat(timespec="seconds"),
        "used": _minute(session.last_used_at, zone),
        "used_iso": session.last_used_at.isoformat(timespec="seconds"),
        "current": session.id == current.id,
    }


def _minute(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _device(agent: str, words: Texts) -> str:
    """The browser and its system in words, as far as its own name tells."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    if browser is None:
        plain = re.match(r"[\w.-]{1,40}", agent)
        return plain[0] if plain else str(words["unknown"])
    return str(words["on"].format(browser=browser, system=system)) if system else browser
