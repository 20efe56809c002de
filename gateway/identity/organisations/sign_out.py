"""When an organisation signs somebody out: back-channel and front-channel logout; and signing out there as well."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from auth.tokens import InvalidToken, ProviderUnavailable
from connectors.errors import ConnectorError
from connectors.people import AuditAction, AuditEvent, Session
from connectors.people_ports import People
from gateway.identity.organisations.organisation import Organisation
from gateway.identity.pages.forms import where_of

log = structlog.get_logger(__name__)

_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_MOST_BYTES = 16 * 1024
_MOST_SEEN = 10_000
_NO_STORE = {"cache-control": "no-store"}


class OrganisationSignOut:
    def __init__(self, organisations: Sequence[Organisation], people: People) -> None:
        self._organisations = {each.number: each for each in organisations}
        self._people = people
        self._seen: OrderedDict[tuple[int, str], None] = OrderedDict()

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/sign-out/backchannel/{number:int}", self.back_channel, methods=["POST"]),
            Route("/sign-out/frontchannel/{number:int}", self.front_channel),
        ]

    async def leave(self, session: Session) -> str | None:
        """Where a browser goes to sign out of the organisation, too. None for who signed in here."""
        if session.provider is None:
            return None
        for organisation in self._organisations.values():
            if organisation.issuer.issuer == session.provider.issuer:
                return await organisation.end_session_url()
        return None

    async def back_channel(self, request: Request) -> Response:
        """OpenID Connect Back-Channel Logout 1.0."""
        organisation = self._organisations.get(request.path_params["number"])
        if organisation is None:
            return _refused()
        try:
            claims = await organisation.logout_claims(await _token(request))
            subject, session = self._checked(organisation, claims)
        except InvalidToken as error:
            log.info("identity.logout_refused", issuer=organisation.issuer.issuer, reason=error.reason)
            return _refused()
        except (ProviderUnavailable, ConnectorError) as error:
            log.error("identity.logout_not_possible", issuer=organisation.issuer.issuer, reason=str(error))
            return JSONResponse({"error": "temporarily_unavailable"}, 503, headers=_NO_STORE)
        await self._end(request, organisation, subject=subject, session=session)
        return Response(status_code=200, headers=_NO_STORE)

    async def front_channel(self, request: Request) -> Response:
        """OpenID Connect Front-Channel Logout 1.0, in a frame of the provider's. The session's id, which only the
        provider and we know, is what allows it."""
        organisation = self._organisations.get(request.path_params["number"])
        session = request.query_params.get("sid")
        if organisation is None or not session or request.query_params.get("iss") != organisation.issuer.issuer:
            return _refused()
        await self._end(request, organisation, subject=None, session=session)
        url = urlsplit(organisation.issuer.issuer)
        policy = f"default-src 'none'; frame-ancestors {url.scheme}://{url.netloc}"
        headers = _NO_STORE | {"content-security-policy": policy}  # goes before X-Frame-Options
        return Response("", 200, headers, media_type="text/html")

    def _checked(self, organisation: Organisation, claims: Mapping[str, object]) -> tuple[str | None, str | None]:
        """The subject and the session that end (section 2.6). Raises InvalidToken."""
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict):
            raise InvalidToken("the token is about no logout")
        if "nonce" in claims:
            raise InvalidToken("a logout token has no nonce: this may be an id token")
        subject, session, once = claims.get("sub"), claims.get("sid"), claims.get("jti")
        if not isinstance(once, str) or not (isinstance(subject, str) or isinstance(session, str)):
            raise InvalidToken("the token does not tell whose session ends")
        key = (organisation.number, once)
        if key in self._seen:
            raise InvalidToken("the token was used before")
        self._seen[key] = None
        if len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
        return subject if isinstance(subject, str) else None, session if isinstance(session, str) else None

    async def _end(
        self, request: Request, organisation: Organisation, *, subject: str | None, session: str | None
    ) -> None:
        found = await self._people.sessions.at_provider(organisation.issuer.issuer, subject=subject, session=session)
        where = where_of(request)
        for each in found:
            event = AuditEvent(
                action=AuditAction.SIGNED_OUT,
                actor=each.user_id,
                subject=each.user_id,
                details={"issuer": organisation.issuer.issuer},
                network=where.network,
                request_id=where.request_id,
            )
            await self._people.sessions.end([each.id], event)


async def _token(request: Request) -> str:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > _MOST_BYTES:
                raise InvalidToken("the form is too long")
        form = dict(parse_qsl(body.decode("ascii"), max_num_fields=10))
    except (ValueError, ClientDisconnect) as error:
        raise InvalidToken("the form can't be read") from error
    return form.get("logout_token", "")


def _refused() -> Response:
    return JSONResponse({"error": "invalid_request"}, 400, headers=_NO_STORE)
