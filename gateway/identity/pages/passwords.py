"""Choosing a password: by a link from a mail (R7), and because the present one is too old (R8)."""

from collections.abc import Sequence
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from auth.credentials import LinkGone, TooManyTries, Where
from auth.passwords import PasswordRule
from connectors.people import LinkKind, User
from connectors.vocabulary import UserStatus
from gateway.identity.pages.desk import Desk
from gateway.identity.pages.forms import read_form, where_of
from gateway.identity.pages.sign_in import RENEWAL_COOKIE, RENEWAL_LIVES
from gateway.sealing import NotOurs

_SHOWN_RULES = [rule.value for rule in PasswordRule if rule is not PasswordRule.NOT_TOO_LONG]
_LONGEST_ADDRESS = 254


class PasswordPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._credentials = desk.membership.credentials

    async def show_reset(self, request: Request) -> Response:
        return self._desk.page(request, "reset", self._desk.words(request)["reset"]["title"])

    async def submit_reset(self, request: Request) -> Response:
        """The same answer whoever asks, and the work done after it: nothing tells whether the address is known."""
        form = await read_form(request)
        words, where = self._desk.words(request), where_of(request)
        email = form.get("email", "")[:_LONGEST_ADDRESS]
        try:
            await self._credentials.may_ask_for_mail(email, where)
        except TooManyTries as error:
            failed = words["sign_in"]["too_many"].format(seconds=error.seconds)
            response = self._desk.page(request, "reset", words["reset"]["title"], status=429, failed=failed)
            response.headers["retry-after"] = str(error.seconds)
            return response
        response = self._desk.message(
            request,
            words["reset"]["title"],
            words["reset"]["sent"],
            button=words["back_to_sign_in"],
            address="/sign-in",
        )
        response.background = BackgroundTask(self._credentials.ask_for_reset, email, where)
        return response

    async def show_link(self, request: Request) -> Response:
        try:
            _, user = await self._credentials.user_of_link(request.path_params["secret"], _kind(request))
        except LinkGone:
            return self._gone(request)
        return self._choose(request, user, _title(user))

    async def submit_link(self, request: Request) -> Response:
        form = await read_form(request)
        try:
            link, user = await self._credentials.user_of_link(request.path_params["secret"], _kind(request))
            broken = await self._credentials.set_password(user, form.get("password", ""), where_of(request), link=link)
        except LinkGone:
            return self._gone(request)
        if broken:
            return self._choose(request, user, _title(user), broken=broken)
        return await self._desk.signed_in(request, await self._now(user), self._desk.next_of(None))

    async def show_renewal(self, request: Request) -> Response:
        user = await self._of_ticket(request)
        if user is None:
            return self._expired(request)
        return self._choose(request, user, "renew", next_page=request.query_params.get("next"))

    async def submit_renewal(self, request: Request) -> Response:
        form = await read_form(request)
        user = await self._of_ticket(request)
        if user is None:
            return self._expired(request)
        next_page, where = form.get("next"), where_of(request)
        failed = await self._wrong_old(request, user, form.get("old", ""), where)
        if failed is not None:
            return self._choose(request, user, "renew", next_page=next_page, failed=failed, old_wrong=True)
        broken = await self._credentials.set_password(user, form.get("password", ""), where)
        if broken:
            return self._choose(request, user, "renew", next_page=next_page, broken=broken)
        response = await self._desk.signed_in(request, await self._now(user), self._desk.next_of(next_page))
        response.delete_cookie(RENEWAL_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return response

    async def _wrong_old(self, request: Request, user: User, old: str, where: Where) -> str | None:
        words = self._desk.words(request)
        try:
            right = await self._credentials.confirm(user, old, where)
        except TooManyTries as error:
            return str(words["sign_in"]["too_many"].format(seconds=error.seconds))
        return None if right else str(words["choose"]["old_wrong"])

    async def _now(self, user: User) -> User:
        """The user as changed by what was just done."""
        return (await self._desk.membership.people.users.by_id([user.id]))[user.id]

    async def _of_ticket(self, request: Request) -> User | None:
        ticket = request.cookies.get(RENEWAL_COOKIE, "")
        try:
            user_id = self._desk.renewals.unseal(ticket.encode(), within=RENEWAL_LIVES).decode()
        except NotOurs:
            return None
        user = (await self._desk.membership.people.users.by_id([user_id])).get(user_id)
        return user if user is not None and user.status is UserStatus.ACTIVE else None

    def _choose(
        self,
        request: Request,
        user: User,
        title: str,
        *,
        broken: Sequence[PasswordRule] = (),
        next_page: str | None = None,
        failed: str | None = None,
        old_wrong: bool = False,
    ) -> Response:
        words = self._desk.words(request, user.locale)
        told = ", ".join(words["rules"][rule.value] for rule in broken)
        values: dict[str, Any] = {  # Any: what the template names
            "failed": failed or (f"{words['choose']['rules']} {told}." if broken else None),
            "intro": words["choose"]["renew_intro"] if title == "renew" else "",
            "email": user.email,
            "action": request.url.path,
            "next": self._desk.next_of(next_page),
            "asks_old": title == "renew",
            "old_wrong": old_wrong,
            "rules": _SHOWN_RULES + [rule.value for rule in broken if rule.value not in _SHOWN_RULES],
            "broken": [rule.value for rule in broken],
        }
        status = 422 if broken or failed else 200
        return self._desk.page(
            request, "choose", words["choose"][title], status=status, preferred=user.locale, **values
        )

    def _gone(self, request: Request) -> Response:
        words = self._desk.words(request)["gone"]
        return self._desk.message(
            request, words["title"], words["text"], status=410, button=words["submit"], address="/reset"
        )

    def _expired(self, request: Request) -> Response:
        words = self._desk.words(request)
        return self._desk.message(
            request,
            words["choose"]["renew"],
            words["choose"]["expired"],
            status=403,
            button=words["back_to_sign_in"],
            address="/sign-in",
        )


def _kind(request: Request) -> LinkKind:
    return LinkKind.ACTIVATION if request.url.path.startswith("/activate/") else LinkKind.RESET


def _title(user: User) -> str:
    return "activate" if user.status is UserStatus.INVITED else "reset"
