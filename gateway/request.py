"""Who asks: the credentials of a request become a Viewer."""

import re
from collections.abc import Sequence

import msgspec
import structlog
from starlette.requests import HTTPConnection

from auth.identification import Identification
from auth.tokens import InvalidToken, ProviderUnavailable, TokenVerifier
from auth.viewer import ANYONE, Viewer
from connectors.errors import ConnectorError
from connectors.people import User
from gateway.identity.origin import is_from_our_pages
from gateway.identity.sessions import BrowserSessions
from gateway.languages import asked_language
from gateway.refusal import Refusal, not_now
from schema.errors import ErrorCode

log = structlog.get_logger(__name__)

_BEARER = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*) *", re.IGNORECASE)  # RFC 6750, 2.1


class Authentication:
    """Bearer tokens from anywhere; a session's cookie only in what a page of ours sends with POST, and in a WebSocket
    that it opens, since a browser adds the cookie to what other pages send, too. `origins` are those pages' origins
    beside the gateway's own."""

    def __init__(
        self,
        verifier: TokenVerifier,
        identification: Identification,
        sessions: BrowserSessions | None,
        *,
        origins: Sequence[str] = (),
    ) -> None:
        self._verifier = verifier
        self._identification = identification
        self._sessions = sessions
        self._origins = origins

    async def viewer_of(self, request: HTTPConnection, *, passing: bool = False) -> Viewer:
        """Who asks; ANYONE without credentials. `passing` looks without counting as activity.

        Raises Refusal: 401 with credentials that are not accepted, 503 where they can't be checked now.
        """
        credentials = request.headers.getlist("authorization")
        try:
            viewer = await (self._of_token(credentials, passing) if credentials else self._of_session(request, passing))
        except InvalidToken as error:
            log.info("identity.token_refused", reason=error.reason)
            raise Refusal(
                401,
                "The access token is not accepted. Sign in again.",
                code=ErrorCode.UNAUTHENTICATED,
                headers={"www-authenticate": 'Bearer error="invalid_token"'},
            ) from None
        except ProviderUnavailable as error:
            log.error("identity.provider_unavailable", reason=str(error))
            raise _not_now("identity provider", "the identity provider does not answer") from error
        except ConnectorError as error:
            log.error("identity.store_unavailable", reason=str(error))
            raise _not_now("store", "the store of users does not answer") from error
        if viewer.role is not None and not passing:
            structlog.contextvars.bind_contextvars(viewer=viewer.subject, role=viewer.role.value)
        return viewer if viewer.locale_told else self._addressed(viewer, request)

    async def renewed(self, viewer: Viewer) -> Viewer:
        """Somebody who was let in a short while ago, as of now. Raises InvalidToken, Refusal as `viewer_of`."""
        try:
            return await self._identification.renewed(viewer)
        except ConnectorError as error:
            log.error("identity.store_unavailable", reason=str(error))
            raise _not_now("store", "the store of users does not answer") from error

    async def of_user(self, user: User) -> Viewer:
        """Somebody on whose behalf a program reads. Raises InvalidToken for who is not let in (any more)."""
        return await self._identification.of_user(user, passing=True)

    def _addressed(self, viewer: Viewer, request: HTTPConnection) -> Viewer:
        """In the language that the request asks for (F17), where nobody said which is the viewer's."""
        locale = asked_language(request.headers.get("accept-language", ""), self._identification.locales)
        return viewer if locale is None else msgspec.structs.replace(viewer, locale=locale)

    async def _of_token(self, credentials: list[str], passing: bool) -> Viewer:
        verified = await self._verifier.verify(_token(credentials))
        return await self._identification.of_token(verified, passing=passing)

    async def _of_session(self, request: HTTPConnection, passing: bool) -> Viewer:
        opens_socket = request.scope["type"] == "websocket"  # of which browsers tell the origin, too
        if self._sessions is None or not (opens_socket or request.scope.get("method") == "POST"):
            return ANYONE
        if not is_from_our_pages(request, self._origins):
            return ANYONE
        found = await self._sessions.current(request, passing=passing)
        return ANYONE if found is None else await self._identification.of_user(found[1], passing=passing)


def not_signed_in() -> Refusal:
    """What is told to ANYONE who asks for more than is open to all."""
    return Refusal(
        401,
        "Sign in: send an access token with the header 'Authorization: Bearer …'.",
        code=ErrorCode.UNAUTHENTICATED,
        headers={"www-authenticate": "Bearer"},
    )


def _not_now(system: str, reason: str) -> Refusal:
    return not_now(f"Nobody can be signed in at the moment: {reason}.", system)


def _token(credentials: list[str]) -> str:
    match = _BEARER.fullmatch(credentials[0]) if len(credentials) == 1 else None
    if match is None:
        raise InvalidToken("the credentials are no bearer token")
    return match[1]
