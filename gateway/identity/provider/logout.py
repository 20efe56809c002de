"""Signing out at a client's wish: OpenID Connect RP-Initiated Logout 1.0."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.people_ports import People
from gateway.identity.provider.keys import ALGORITHM, SigningKeys
from gateway.identity.provider.server import NO_STORE
from gateway.identity.sessions import BrowserSessions

_SIGN_OUT = "/sign-out"
_LONGEST = 8 * 1024


class _Hint(msgspec.Struct):
    """What is read of an id token that was given to the client; it may have expired since."""

    iss: str
    aud: str
    sub: str


class LogoutEndpoint:
    """Signs out at once whom the client's id token names; asks anybody else first, on the page."""

    def __init__(self, people: People, keys: SigningKeys, sessions: BrowserSessions, *, issuer: str) -> None:
        self._people = people
        self._keys = keys
        self._sessions = sessions
        self._issuer = issuer

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/oauth/logout", self.logout, methods=["GET", "POST"])]

    async def logout(self, request: Request) -> Response:
        given = request.query_params if request.method == "GET" else await request.form(max_fields=20)
        hint = await self._hint(str(given.get("id_token_hint", "")))
        found = await self._sessions.current(request)
        if hint is None or (found is not None and found[1].id != hint.sub):
            return RedirectResponse(_SIGN_OUT, 303, NO_STORE)
        response = RedirectResponse(await self._after(hint.aud, given), 303, NO_STORE)
        await self._sessions.end(request, response)
        return response

    async def _after(self, client_id: str, given: Mapping[str, Any]) -> str:  # Any: a form's values, text or files
        """The client's own address, exactly as it is registered; else the page that says that one is signed out."""
        wanted = str(given.get("post_logout_redirect_uri", "") or "")
        client = await self._people.clients.client(client_id)
        if client is None or wanted not in client.logout_uris:
            return f"{_SIGN_OUT}?done=1"
        state = str(given.get("state", "") or "")
        return f"{wanted}{'&' if '?' in wanted else '?'}{urlencode({'state': state})}" if state else wanted

    async def _hint(self, token: str) -> _Hint | None:
        if not token or len(token) > _LONGEST:
            return None
        try:
            signed = jws.extract_compact(token.encode("ascii"))
            header = signed.headers()
            if header.get("alg") != ALGORITHM or header.get("typ") != "JWT":
                return None
            for key in await self._keys.candidates(header.get("kid")):
                if jws.validate_compact(signed, key, [ALGORITHM]):
                    hint = msgspec.json.decode(signed.payload or b"", type=_Hint)
                    return hint if hint.iss == self._issuer else None
        except (JoseError, msgspec.MsgspecError, ValueError):
            return None
        return None
