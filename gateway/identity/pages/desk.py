"""What every page of signing in has at hand."""

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.directory import PORTAL_ROLES
from auth.membership import Membership
from connectors.people import Identity, User
from gateway.identity.next_page import HOME, safe_next
from gateway.identity.pages.rendering import Texts, locale_of, render, texts
from gateway.identity.sessions import BrowserSessions
from gateway.sealing import Sealer

_ELSEWHERE = "/oauth/"  # from there browsers are sent to other sites


class Desk:
    """`home` is where one goes who was on the way to nowhere."""

    def __init__(
        self, membership: Membership, sessions: BrowserSessions, secret: str, *, helpdesk: str | None, home: str
    ) -> None:
        self.membership = membership
        self.sessions = sessions
        self.renewals = Sealer(secret, "renewal")
        self._helpdesk = helpdesk
        self._home = home

    def words(self, request: Request, preferred: str | None = None) -> Texts:
        return texts(locale_of(request, preferred))

    def page(
        self,
        request: Request,
        template: str,
        title: str,
        *,
        status: int = 200,
        preferred: str | None = None,
        **values: Any,  # Any: what the template names
    ) -> Response:
        locale = locale_of(request, preferred)
        return render(request, template, title, status=status, locale=locale, helpdesk=self._helpdesk, **values)

    def message(
        self,
        request: Request,
        title: str,
        text: str,
        *,
        status: int = 200,
        button: str = "",
        address: str = "",
        goes_to: str = "",
    ) -> Response:
        """A page that says one thing, with a button that leads on, or one that goes on by itself."""
        return self.page(
            request, "message", title, status=status, text=text, button=button, address=address, goes_to=goes_to
        )

    def next_of(self, text: str | None) -> str:
        """Where to go in the end: a path of our own."""
        found = safe_next(text)
        return self._home if found == HOME else found

    async def signed_in(
        self,
        request: Request,
        user: User,
        next_page: str,
        *,
        provider: Identity | None = None,
        provider_session: str | None = None,
    ) -> Response:
        """Open a session and go on; to the confirmation first, where it is missing (F16). `provider` and its session
        say where the person signed in, if not here."""
        if user.attested_at is None and user.role in PORTAL_ROLES:
            response: Response = RedirectResponse(with_next("/attest", next_page), 303, {"cache-control": "no-store"})
        else:
            response = self.onward(request, next_page)
        await self.sessions.open(user, request, response, provider=provider, provider_session=provider_session)
        return response

    def onward(self, request: Request, next_page: str) -> Response:
        """To the next page. Not by a redirect where that leads to other sites: browsers hold a form's redirects to
        the policy of the form (form-action)."""
        if not next_page.startswith(_ELSEWHERE):
            return RedirectResponse(next_page, 303, {"cache-control": "no-store"})
        words = self.words(request)["continue"]
        return self.message(
            request, words["title"], words["text"], button=words["link"], address=next_page, goes_to=next_page
        )


def with_next(path: str, next_page: str) -> str:
    return f"{path}?next={quote(next_page, safe='')}"
