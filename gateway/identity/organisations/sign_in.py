"""To an organisation's provider and back: state, nonce and PKCE tie the two ways together."""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from auth.claims import text_of, viewer_of
from auth.directory import PORTAL_ROLES
from auth.identification import let_in, linked
from auth.tokens import InvalidToken, ProviderUnavailable
from connectors.digests import new_secret
from connectors.errors import ConnectorError, SourceConflict
from connectors.people import AuditAction, AuditEvent, Identity, User
from connectors.vocabulary import UserStatus
from gateway.identity.organisations.organisation import NotSignedIn, Organisation
from gateway.identity.pages.desk import Desk
from gateway.identity.pages.forms import where_of
from gateway.sealing import NotOurs, Sealer

log = structlog.get_logger(__name__)

_COOKIE = "__Host-portal-way-"
_LIVES = 600  # seconds


class _Way(msgspec.Struct, frozen=True):
    """What has to be known again when somebody comes back."""

    number: int
    state: str
    nonce: str
    verifier: str
    next: str


class OrganisationSignIn:
    def __init__(
        self, organisations: Sequence[Organisation], desk: Desk, secret: str, *, locales: Collection[str]
    ) -> None:
        self._organisations = {each.number: each for each in organisations}
        self._desk = desk
        self._sealer = Sealer(secret, "sign-in")
        self._locales = locales

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """For the sign-in page: what it says, and where it leads."""
        return [(each.title, f"/sign-in/with/{each.number}") for each in self._organisations.values()]

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/sign-in/with/{number:int}", self.leave),
            Route("/sign-in/callback/{number:int}", self.come_back),
        ]

    async def leave(self, request: Request) -> Response:
        organisation = self._organisations.get(request.path_params["number"])
        if organisation is None:
            return self._told(request, "failed", 404)
        way = _Way(
            number=organisation.number,
            state=new_secret(),
            nonce=new_secret(),
            verifier=secrets.token_urlsafe(48),
            next=self._desk.next_of(request.query_params.get("next")),
        )
        try:
            address = await organisation.way(state=way.state, nonce=way.nonce, verifier=way.verifier)
        except (ConnectorError, NotSignedIn) as error:
            log.error("identity.organisation_unavailable", issuer=organisation.issuer.issuer, reason=str(error))
            return self._told(request, "unavailable", 503)
        response = RedirectResponse(address, 303, {"cache-control": "no-store"})
        sealed = self._sealer.seal(msgspec.json.encode(way)).decode("ascii")
        response.set_cookie(
            _cookie(way.state), sealed, max_age=_LIVES, path="/", secure=True, httponly=True, samesite="lax"
        )
        return response

    async def come_back(self, request: Request) -> Response:
        """With a code: who it is, and a session. Every refusal is told alike; the log knows why."""
        organisation = self._organisations.get(request.path_params["number"])
        state = request.query_params.get("state", "")
        way = self._way(request, state)
        if organisation is None or way is None or way.number != organisation.number:
            log.info("identity.sign_in_refused", reason="the state is of no sign-in of this browser")
            return self._told(request, "failed", 400)
        try:
            response = await self._entered(request, organisation, way)
        except NotSignedIn as error:
            log.info("identity.sign_in_refused", issuer=organisation.issuer.issuer, reason=str(error))
            response = self._told(request, "failed", 403)
        except (ConnectorError, ProviderUnavailable) as error:
            log.error("identity.organisation_unavailable", issuer=organisation.issuer.issuer, reason=str(error))
            response = self._told(request, "unavailable", 503)
        response.delete_cookie(_cookie(state), path="/", secure=True, httponly=True, samesite="lax")
        return response

    async def _entered(self, request: Request, organisation: Organisation, way: _Way) -> Response:
        given = request.query_params
        issuer = given.get("iss")
        expects = (await organisation.metadata()).authorization_response_iss_parameter_supported
        if (issuer is None and expects) or issuer not in (None, organisation.issuer.issuer):
            raise NotSignedIn("the answer is of another provider")  # RFC 9207: a mix-up
        if "error" in given or "code" not in given:
            raise NotSignedIn(f"the provider answered {given.get('error', 'without a code')[:80]}")
        claims = await organisation.who(given["code"], verifier=way.verifier, nonce=way.nonce)
        identity = Identity(organisation.issuer.issuer, str(claims["sub"]))
        user = await self._user(organisation, identity, claims)
        if user is None or user.status is UserStatus.DISABLED:
            await self._record_failure(request, user, identity)
            return self._told(request, "no_access", 403)
        if user.status is not UserStatus.ACTIVE:
            user = await let_in(self._desk.membership.people, user, identity)
        await self._desk.membership.people.users.seen(user.id, self._desk.membership.clock())
        session = claims.get("sid")
        return await self._desk.signed_in(
            request,
            user,
            way.next,
            provider=identity,
            provider_session=session if isinstance(session, str) else None,
        )

    async def _user(self, organisation: Organisation, identity: Identity, claims: Mapping[str, object]) -> User | None:
        """Who that is here: known already, known by a verified address, or added where the settings say so."""
        people = self._desk.membership.people
        user = await people.users.by_identity(identity)
        if user is not None:
            return user
        email = text_of(claims, organisation.issuer.claims.email)
        if email is None or claims.get("email_verified") is not True:
            return None
        user = await linked(people, organisation.issuer, identity, email)
        if user is None and organisation.sign_in.create:
            return await self._added(organisation, identity, claims, email)
        return user

    async def _added(
        self, organisation: Organisation, identity: Identity, claims: Mapping[str, object], email: str
    ) -> User | None:
        people = self._desk.membership.people
        try:
            told = viewer_of(claims, organisation.issuer.claims, locales=self._locales)
        except InvalidToken as error:
            raise NotSignedIn(f"the claims name nobody to add: {error.reason}") from error
        if not organisation.issuer.vouches_for(email) or told.role not in PORTAL_ROLES:
            return None
        user = User(
            id=_id_of(identity),
            email=email,
            name=text_of(claims, "name") or "",
            role=told.role,
            parent_account=told.parent_account,
            accounts=told.accounts,
            status=UserStatus.ACTIVE,
            locale=told.locale,
            time_zone=told.time_zone,
            created_at=self._desk.membership.clock(),
        )
        event = AuditEvent(
            action=AuditAction.USER_INVITED, actor=user.id, subject=user.id, details={"issuer": identity.issuer}
        )
        try:
            await people.users.add(user, event)
            await people.users.link(user.id, identity, event)
        except SourceConflict:
            return await people.users.by_identity(identity)
        return user

    async def _record_failure(self, request: Request, user: User | None, identity: Identity) -> None:
        where = where_of(request)
        event = AuditEvent(
            action=AuditAction.SIGN_IN_FAILED,
            actor=user.id if user is not None else None,
            subject=user.id if user is not None else None,
            details={"issuer": identity.issuer, "subject": identity.subject[:255]},
            network=where.network,
            request_id=where.request_id,
        )
        await self._desk.membership.people.audit.record(event)

    def _way(self, request: Request, state: str) -> _Way | None:
        try:
            sealed = request.cookies.get(_cookie(state), "").encode()
            way = msgspec.json.decode(self._sealer.unseal(sealed, within=_LIVES), type=_Way)
        except (NotOurs, msgspec.MsgspecError, UnicodeEncodeError):
            return None
        return way if secrets.compare_digest(way.state.encode(), state.encode()) else None

    def _told(self, request: Request, what: str, status: int) -> Response:
        words = self._desk.words(request)["organisation"]
        return self._desk.message(
            request, words["title"], words[what], status=status, button=words["submit"], address="/sign-in"
        )


def _cookie(state: str) -> str:
    """One for each sign-in under way: people open several tabs."""
    return _COOKIE + hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _id_of(identity: Identity) -> str:
    """The same for whoever adds the person: of two gateways at once, one succeeds."""
    digest = hashlib.sha256(f"{identity.issuer}\n{identity.subject}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
