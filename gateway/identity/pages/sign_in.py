"""The sign-in page."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.credentials import TooManyTries
from connectors.people import User
from gateway.identity.pages.desk import Desk, with_next
from gateway.identity.pages.forms import read_form, where_of

RENEWAL_COOKIE = "__Host-portal-renewal"
RENEWAL_LIVES = 600  # seconds


class SignInPages:
    def __init__(self, desk: Desk, buttons: Sequence[tuple[str, str]]) -> None:
        self._desk = desk
        self._buttons = buttons

    async def show(self, request: Request) -> Response:
        return self._page(request, self._desk.next_of(request.query_params.get("next")))

    async def submit(self, request: Request) -> Response:
        form = await read_form(request)
        words, next_page = self._desk.words(request)["sign_in"], self._desk.next_of(form.get("next"))
        name = form.get("name", "")
        try:
            user = await self._desk.membership.credentials.sign_in(name, form.get("password", ""), where_of(request))
        except TooManyTries as error:
            failed = words["too_many"].format(seconds=error.seconds)
            response = self._page(request, next_page, name=name, failed=failed, status=429)
            response.headers["retry-after"] = str(error.seconds)
            return response
        if user is None:
            return self._page(request, next_page, name=name, failed=words["wrong"], status=422)
        if self._desk.membership.credentials.must_renew(user):
            return self._to_renewal(user, next_page)
        return await self._desk.signed_in(request, user, next_page)

    def _to_renewal(self, user: User, next_page: str) -> Response:
        """No session yet: a ticket that is good for the renewal alone (R8)."""
        response = RedirectResponse(with_next("/renew", next_page), 303, {"cache-control": "no-store"})
        ticket = self._desk.renewals.seal(user.id.encode()).decode("ascii")
        response.set_cookie(
            RENEWAL_COOKIE, ticket, max_age=RENEWAL_LIVES, path="/", secure=True, httponly=True, samesite="lax"
        )
        return response

    def _page(
        self, request: Request, next_page: str, *, name: str = "", failed: str | None = None, status: int = 200
    ) -> Response:
        words = self._desk.words(request)["sign_in"]
        buttons = [(title, with_next(path, next_page)) for title, path in self._buttons]
        return self._desk.page(
            request,
            "sign_in",
            words["title"],
            status=status,
            failed=failed,
            notice=words["changed"] if "changed" in request.query_params else None,
            name=name,
            next=next_page,
            buttons=buttons,
        )
