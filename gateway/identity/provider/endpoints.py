"""The provider's addresses: discovery, keys, and what OAuth 2.0 and OpenID Connect name."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from html import escape
from urllib.parse import parse_qsl, quote, urlencode

import structlog
from anyio import to_thread
from authlib.oauth2 import OAuth2Error
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from auth.directory import PORTAL_ROLES
from auth.identification import GRANT
from auth.tokens import InvalidToken, TokenVerifier
from connectors.errors import ConnectorError
from connectors.people import Session, User
from connectors.people_ports import People
from connectors.registry import Clock
from connectors.vocabulary import UserStatus
from gateway.identity.provider.bridge import Bridge
from gateway.identity.provider.keys import ALGORITHM, SigningKeys
from gateway.identity.provider.models import SCOPES, OAuthUser
from gateway.identity.provider.server import NO_STORE, Answered, Asked, Server
from gateway.identity.provider.tokens import user_info
from gateway.identity.sessions import BrowserSessions
from gateway.settings import Provider

log = structlog.get_logger(__name__)

MOST_BYTES = 64 * 1024
_ATTEST = "/attest"
_SIGN_IN = "/sign-in"
_ONCE = ("response_type", "client_id", "redirect_uri", "scope", "state", "code", "grant_type", "refresh_token")

Endpoint = Callable[[Request], Awaitable[Response]]


class ProviderEndpoints:
    """`issuer` is the gateway's own origin."""

    def __init__(
        self,
        people: People,
        keys: SigningKeys,
        sessions: BrowserSessions,
        verifier: TokenVerifier,
        clock: Clock,
        settings: Provider,
        *,
        issuer: str,
    ) -> None:
        self._people = people
        self._keys = keys
        self._sessions = sessions
        self._verifier = verifier
        self._clock = clock
        self._issuer = issuer
        self._bridge = Bridge(people, keys, clock, settings, issuer)

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/.well-known/oauth-authorization-server", self.discovery),
            Route("/oauth/jwks", _or_unavailable(self.jwks)),
            Route("/oauth/authorize", _or_unavailable(self.authorize), methods=["GET", "POST"]),
            Route("/oauth/token", _or_unavailable(self.token), methods=["POST"]),
            Route("/oauth/revoke", _or_unavailable(self.revoke), methods=["POST"]),
            Route("/oauth/introspect", _or_unavailable(self.introspect), methods=["POST"]),
            Route("/oauth/userinfo", _or_unavailable(self.userinfo), methods=["GET", "POST"]),
        ]

    async def discovery(self, _: Request) -> Response:
        """OpenID Connect Discovery 1.0, RFC 8414."""
        own = self._issuer
        secrets = ["client_secret_basic", "client_secret_post"]
        return JSONResponse(
            {
                "issuer": own,
                "authorization_endpoint": f"{own}/oauth/authorize",
                "token_endpoint": f"{own}/oauth/token",
                "jwks_uri": f"{own}/oauth/jwks",
                "userinfo_endpoint": f"{own}/oauth/userinfo",
                "revocation_endpoint": f"{own}/oauth/revoke",
                "introspection_endpoint": f"{own}/oauth/introspect",
                "end_session_endpoint": f"{own}/oauth/logout",
                "scopes_supported": list(SCOPES),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": [*secrets, "none"],
                "revocation_endpoint_auth_methods_supported": [*secrets, "none"],
                "introspection_endpoint_auth_methods_supported": secrets,
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "claims_supported": ["sub", "name", "email", "email_verified", "locale", "zoneinfo", "auth_time"],
                "prompt_values_supported": ["none", "login"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, _: Request) -> Response:
        headers = {"cache-control": "public, max-age=600"}
        return JSONResponse(await self._keys.jwks(), headers=headers, media_type="application/jwk-set+json")

    async def authorize(self, request: Request) -> Response:
        """A code for the client, of whoever is signed in; else to the sign-in page and back."""
        asked = await _read(request, from_query=request.method == "GET")
        if isinstance(asked, Response):
            return asked
        found = await self._sessions.current(request)
        holder = self._holder(asked, found)
        if holder is not None and holder.user.attested_at is None and holder.user.role in PORTAL_ROLES:
            return _and_back(_ATTEST, asked)
        return await to_thread.run_sync(self._authorized, asked, holder)

    def _holder(self, asked: Asked, found: tuple[Session, User] | None) -> OAuthUser | None:
        """Who is signed in, unless the client wants that to be done anew."""
        if found is None or found[1].status is not UserStatus.ACTIVE:
            return None
        session, user = found
        age = self._clock() - session.created_at
        if "login" in asked.payload.data.get("prompt", "").split() and age > _JUST_NOW:
            return None
        max_age = asked.payload.data.get("max_age", "")
        if max_age.isdecimal() and age > max(timedelta(seconds=int(max_age[:9])), _JUST_NOW):
            return None
        return OAuthUser(user, session.id, session.created_at)

    def _authorized(self, asked: Asked, holder: OAuthUser | None) -> Response:
        server = Server(self._bridge, self._issuer)
        try:
            grant = server.get_consent_grant(asked, end_user=holder)
        except OAuth2Error as error:
            return _refused(error, self._issuer)
        except ValueError as error:  # authlib can't put into words what it was sent
            log.info("identity.authorize_refused", reason=str(error)[:200])
            return _error_page("The address is not of the right form.")
        if holder is None:
            if asked.payload.data.get("prompt") == "none":
                return _redirected(grant.redirect_uri, "login_required", asked, self._issuer)
            return _and_back(_SIGN_IN, asked)
        answered: Answered = server.create_authorization_response(asked, grant_user=holder, grant=grant)
        return answered.response()

    async def token(self, request: Request) -> Response:
        asked = await _read(request)
        if isinstance(asked, Response):
            return asked
        return await to_thread.run_sync(self._by_authlib, asked, None, None)

    async def revoke(self, request: Request) -> Response:
        return await self._about_a_token(request, "revocation")

    async def introspect(self, request: Request) -> Response:
        return await self._about_a_token(request, "introspection")

    async def _about_a_token(self, request: Request, endpoint: str) -> Response:
        asked = await _read(request)
        if isinstance(asked, Response):
            return asked
        claims = await self._claims(asked.form.get("token", ""))
        return await to_thread.run_sync(self._by_authlib, asked, endpoint, claims)

    def _by_authlib(self, asked: Asked, endpoint: str | None, claims: Mapping[str, object] | None) -> Response:
        server = Server(self._bridge, self._issuer, claims)
        try:
            answered = (
                server.create_token_response(asked)
                if endpoint is None
                else server.create_endpoint_response(endpoint, asked)
            )
        except ValueError as error:  # as above
            log.info("identity.request_refused", reason=str(error)[:200])
            return JSONResponse({"error": "invalid_request"}, 400, headers=NO_STORE)
        return answered.response()  # type: ignore[no-any-return]  # authlib is untyped

    async def _claims(self, token: str) -> Mapping[str, object] | None:
        """Those of an access token of ours in force; None for any other text."""
        if token.count(".") != 2:
            return None
        try:
            verified = await self._verifier.verify(token)
        except InvalidToken:
            return None
        return verified.claims if verified.issuer.issuer == self._issuer and GRANT in verified.claims else None

    async def userinfo(self, request: Request) -> Response:
        """OpenID Connect Core 1.0, section 5.3."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = await self._claims(token.strip()) if scheme.lower() == "bearer" else None
        held = await self._people.clients.grant_holder(str(claims.get(GRANT))) if claims is not None else None
        user = held[1] if held is not None else None
        if held is None or user is None or user.status is not UserStatus.ACTIVE:
            headers = NO_STORE | {"www-authenticate": 'Bearer error="invalid_token"'}
            return JSONResponse({"error": "invalid_token"}, 401, headers=headers)
        grant = held[0]
        if "openid" not in grant.scope.split():
            headers = NO_STORE | {"www-authenticate": 'Bearer error="insufficient_scope"'}
            return JSONResponse({"error": "insufficient_scope"}, 403, headers=headers)
        return JSONResponse(user_info(user, grant.scope), headers=NO_STORE)


_JUST_NOW = timedelta(seconds=30)
"""Whoever signed in so shortly ago came here from it."""


async def _read(request: Request, *, from_query: bool = False) -> Asked | Response:
    """The request's parameters, or what is wrong with how they were sent."""
    if from_query:
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
    else:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return JSONResponse({"error": "invalid_request"}, 415, headers=NO_STORE)
        body = bytearray()
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BYTES:
                    return JSONResponse({"error": "invalid_request"}, 413, headers=NO_STORE)
            pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
        except (UnicodeDecodeError, ValueError):
            return JSONResponse({"error": "invalid_request"}, 400, headers=NO_STORE)
        except ClientDisconnect:
            return Response(status_code=499)
    asked = Asked(request.method, request.url.path, request.headers, pairs)
    if not from_query and any(len(asked.payload.datalist.get(name, ())) > 1 for name in _ONCE):
        return JSONResponse({"error": "invalid_request"}, 400, headers=NO_STORE)  # RFC 6749, 3.2
    return asked


def _or_unavailable(endpoint: Endpoint) -> Endpoint:
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ConnectorError as error:
            log.error("identity.store_unavailable", reason=str(error))
            headers = NO_STORE | {"retry-after": "5"}
            return JSONResponse({"error": "temporarily_unavailable"}, 503, headers=headers)

    return answered


def _and_back(path: str, asked: Asked) -> Response:
    """To a page of ours, which leads back here."""
    pairs = [(name, value) for name, values in asked.payload.datalist.items() for value in values]
    here = f"/oauth/authorize?{urlencode([pair for pair in pairs if pair != ('prompt', 'login')])}"
    return RedirectResponse(f"{path}?next={quote(here, safe='')}", 303, NO_STORE)


def _refused(error: OAuth2Error, issuer: str) -> Response:
    """To the client where its address was found to be its own; else a page, for whoever sits there."""
    if error.redirect_uri:
        status, _, headers = error()
        answered = Answered(status, "", headers)
        separator = "&" if "?" in (answered.location or "") else "?"
        answered.location = f"{answered.location}{separator}{urlencode({'iss': issuer})}"
        return answered.response()
    return _error_page(str(error.description or error.error))


def _redirected(redirect_uri: str, code: str, asked: Asked, issuer: str) -> Response:
    answer = {"error": code, "iss": issuer}
    if state := asked.payload.data.get("state"):
        answer["state"] = state
    separator = "&" if "?" in redirect_uri else "?"
    return RedirectResponse(f"{redirect_uri}{separator}{urlencode(answer)}", 303, NO_STORE)


def _error_page(message: str) -> Response:
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign-in not possible</title>'
        "<h1>Sign-in not possible</h1><p>The program that sent you here is not set up rightly. Tell its makers:</p>"
        f"<p><code>{escape(message[:500])}</code></p>"
    )
    headers = NO_STORE | {"content-security-policy": "default-src 'none'; frame-ancestors 'none'"}
    return HTMLResponse(html, 400, headers)
