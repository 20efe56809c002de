"""The confirmation of being a professional (F16): once, and recorded."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from connectors.people import AuditAction, AuditEvent
from gateway.identity.pages.desk import Desk, with_next
from gateway.identity.pages.forms import read_form, where_of
from schema.session import STATEMENT


class Attestation:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        next_page = self._desk.next_of(request.query_params.get("next"))
        found = await self._desk.sessions.current(request)
        if found is None:
            return _to_sign_in(next_page)
        if found[1].attested_at is not None:
            return RedirectResponse(next_page, 303, {"cache-control": "no-store"})
        return self._page(request, next_page)

    async def submit(self, request: Request) -> Response:
        form = await read_form(request)
        next_page = self._desk.next_of(form.get("next"))
        found = await self._desk.sessions.current(request)
        if found is None:
            return _to_sign_in(next_page)
        if form.get("confirmed") != "yes":
            missing = self._desk.words(request)["attest"]["missing"]
            return self._page(request, next_page, failed=missing, status=422)
        user, where = found[1], where_of(request)
        event = AuditEvent(
            action=AuditAction.ATTESTED,
            actor=user.id,
            subject=user.id,
            details={"statement": STATEMENT},
            network=where.network,
            request_id=where.request_id,
        )
        await self._desk.membership.people.users.attest(user, STATEMENT, event)
        return self._desk.onward(request, next_page)

    def _page(self, request: Request, next_page: str, *, failed: str | None = None, status: int = 200) -> Response:
        title = self._desk.words(request)["attest"]["title"]
        return self._desk.page(request, "attest", title, status=status, failed=failed, next=next_page)


def _to_sign_in(next_page: str) -> Response:
    return RedirectResponse(with_next("/sign-in", next_page), 303, {"cache-control": "no-store"})
