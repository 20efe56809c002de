"""All the pages, and what they share."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.errors import ConnectorError
from connectors.people import Session
from gateway.identity.pages.attestation import Attestation
from gateway.identity.pages.desk import Desk
from gateway.identity.pages.forms import Endpoint, NotOurForm
from gateway.identity.pages.mails import MailPages
from gateway.identity.pages.passwords import PasswordPages
from gateway.identity.pages.rendering import locale_of, static_file, texts
from gateway.identity.pages.sessions import SessionPages
from gateway.identity.pages.sign_in import SignInPages
from gateway.mail.stop_links import PATH as STOP_PATH
from gateway.mail.stop_links import StopLinks

log = structlog.get_logger(__name__)

_TYPES = {"identity.css": "text/css", "password.js": "text/javascript"}


class Pages:
    """`buttons` are the organisations that people can sign in with: what the button says, and where it leads. `leave`
    tells where the browser goes after signing out (None: nowhere else)."""

    def __init__(
        self,
        desk: Desk,
        *,
        buttons: Sequence[tuple[str, str]] = (),
        leave: Callable[[Session], Awaitable[str | None]] | None = None,
        stop_links: StopLinks,
    ) -> None:
        self._desk = desk
        self._sign_in = SignInPages(self._desk, buttons)
        self._passwords = PasswordPages(self._desk)
        self._attestation = Attestation(self._desk)
        self._sessions = SessionPages(self._desk, leave)
        self._mails = MailPages(self._desk, stop_links)

    def routes(self) -> Sequence[BaseRoute]:
        pages: dict[str, tuple[Endpoint | None, Endpoint | None]] = {
            "/sign-in": (self._sign_in.show, self._sign_in.submit),
            "/reset": (self._passwords.show_reset, self._passwords.submit_reset),
            "/reset/{secret}": (self._passwords.show_link, self._passwords.submit_link),
            "/activate/{secret}": (self._passwords.show_link, self._passwords.submit_link),
            "/renew": (self._passwords.show_renewal, self._passwords.submit_renewal),
            "/attest": (self._attestation.show, self._attestation.submit),
            "/sessions": (self._sessions.show, None),
            "/sessions/end": (None, self._sessions.end),
            STOP_PATH + "/{token}": (self._mails.show, self._mails.stop),
            "/sign-out": (self._sessions.show_sign_out, self._sessions.sign_out),
        }
        routes: list[BaseRoute] = [
            Route(path, self._guarded(endpoint), methods=methods)
            for path, (show, submit) in pages.items()
            for endpoint, methods in ((show, ["GET"]), (submit, ["POST"]))
            if endpoint is not None
        ]
        return [*routes, *(Route(f"/identity/{name}", partial(_static, name)) for name in _TYPES)]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        """What can go wrong with any page is told on a page."""

        async def answered(request: Request) -> Response:
            words = texts(locale_of(request))
            try:
                return await endpoint(request)
            except NotOurForm:
                told = words["foreign"]
                return self._desk.message(request, told["title"], told["text"], status=403)
            except ConnectorError as error:
                log.error("identity.store_unavailable", reason=str(error))
                told = words["unavailable"]
                return self._desk.message(request, told["title"], told["text"], status=503)

        return answered


async def _static(name: str, request: Request) -> Response:
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(static_file(name), headers=headers, media_type=_TYPES[name])
