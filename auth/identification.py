"""Who asks, by what was verified: a token's claims, or what the store knows of the person or program they name.

The store is asked with every request: a change of rights counts from the next one on, everywhere.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta

import msgspec
import structlog

from auth.claims import text_of, viewer_of
from auth.issuer import Issuer
from auth.tokens import InvalidToken, VerifiedToken
from auth.viewer import Role, Viewer, viewer_of_user
from connectors.errors import SourceConflict
from connectors.people import AuditAction, AuditEvent, Client, Identity, User
from connectors.people_ports import People
from connectors.registry import Clock
from connectors.vocabulary import UserStatus

log = structlog.get_logger(__name__)

GRANT = "grant"
"""The claim of our own access tokens that names the grant they were given by."""

_SEEN_EVERY = timedelta(hours=1)


class Identification:
    """`own` is the built-in provider. `locales` are the languages that the portal speaks (F17)."""

    def __init__(self, people: People | None, clock: Clock, *, own: Issuer | None, locales: Collection[str]) -> None:
        self._people = people
        self._clock = clock
        self._own = own
        self.locales = locales

    async def of_token(self, verified: VerifiedToken, *, passing: bool = False) -> Viewer:
        """`passing` looks without counting as activity.

        Raises InvalidToken where nobody is let in with it; a ConnectorError where the store can't be asked.
        """
        viewer = await self._of_verified(verified, passing)
        return msgspec.structs.replace(viewer, client=_client_of(verified.claims))

    async def _of_verified(self, verified: VerifiedToken, passing: bool) -> Viewer:
        if self._people is not None and verified.issuer is self._own:
            return await self._of_grant(self._people, verified, passing)
        if verified.issuer.people == "claims":
            return viewer_of(verified.claims, verified.issuer.claims, locales=self.locales)
        if self._people is None:
            raise InvalidToken("there is no store that knows people")
        return await self._of_identity(self._people, verified, passing)

    async def renewed(self, viewer: Viewer) -> Viewer:
        """Somebody who was let in a short while ago, as of now. Raises as `of_token`; one whom the store doesn't know
        stays who the token said."""
        if not viewer.kept:
            return viewer
        if self._people is None:
            raise InvalidToken("there is no store that knows people")
        user = (await self._people.users.by_id([viewer.subject])).get(viewer.subject)
        if user is not None:
            renewed = await self.of_user(user, passing=True)
            return msgspec.structs.replace(renewed, scopes=viewer.scopes, client=viewer.client)
        client = await self._people.clients.client(viewer.subject)
        if client is None or client.disabled_at is not None:
            raise InvalidToken("the store knows nobody of that identity")
        return msgspec.structs.replace(_of_client(client, viewer.scopes), client=viewer.client)

    async def of_user(self, user: User, *, passing: bool = False) -> Viewer:
        """Somebody whose browser is signed in. Raises InvalidToken for who is not let in (any more)."""
        if user.status not in (UserStatus.ACTIVE, UserStatus.DEACTIVATED):
            raise InvalidToken("the user is not active")
        if not passing:
            await self._seen(user)
        return viewer_of_user(user)

    async def _of_grant(self, people: People, verified: VerifiedToken, passing: bool) -> Viewer:
        held = await people.clients.grant_holder(str(verified.claims.get(GRANT, "")))
        if held is None:
            raise InvalidToken("the grant was revoked")
        grant, user, client = held
        scopes = frozenset(grant.scope.split())
        if user is None:
            if verified.claims["sub"] != client.id or grant.user_id is not None:
                raise InvalidToken("the token is not of its grant")
            return _of_client(client, scopes)
        if verified.claims["sub"] != user.id or user.status is not UserStatus.ACTIVE:
            raise InvalidToken("the user is not active")
        if not passing:
            await self._seen(user)
        return viewer_of_user(user, scopes=scopes)

    async def _of_identity(self, people: People, verified: VerifiedToken, passing: bool) -> Viewer:
        identity = Identity(verified.issuer.issuer, str(verified.claims["sub"]))
        user = await people.users.by_identity(identity) or await self._by_address(people, identity, verified)
        if user is None:
            client = await people.clients.by_identity(identity)
            if client is None or client.disabled_at is not None:
                raise InvalidToken("the store knows nobody of that identity")
            return _of_client(client, None)
        if user.status is UserStatus.DISABLED:
            raise InvalidToken("the user is disabled")
        if user.status is not UserStatus.ACTIVE:
            user = await let_in(people, user, identity)
        return await self.of_user(user, passing=passing)

    async def _by_address(self, people: People, identity: Identity, verified: VerifiedToken) -> User | None:
        if verified.claims.get("email_verified") is not True:
            return None
        email = text_of(verified.claims, verified.issuer.claims.email)
        return None if email is None else await linked(people, verified.issuer, identity, email)

    async def _seen(self, user: User) -> None:
        now = self._clock()
        if self._people is not None and (user.last_active_at is None or now - user.last_active_at > _SEEN_EVERY):
            await self._people.users.seen(user.id, now)


async def linked(people: People, issuer: Issuer, identity: Identity, email: str) -> User | None:
    """The user of that address, which the provider has verified, linked to the identity from now on. None where there
    is none, where the provider can't vouch for the address, or the user has an identity there already."""
    if not issuer.vouches_for(email):
        return None
    user = await people.users.by_email(email)
    if user is None or user.status is UserStatus.DISABLED or await people.users.identity_at(user.id, identity.issuer):
        return None
    event = AuditEvent(
        action=AuditAction.IDENTITY_LINKED, actor=user.id, subject=user.id, details={"issuer": identity.issuer}
    )
    try:
        await people.users.link(user.id, identity, event)
    except SourceConflict:
        log.info("identity.linked_meanwhile")
    return user


async def let_in(people: People, user: User, identity: Identity) -> User:
    """Somebody who was invited or deactivated signed in at the organisation's provider: active from now on, without
    the accounts that were lost (R6)."""
    event = AuditEvent(
        action=AuditAction.USER_ACTIVATED, actor=user.id, subject=user.id, details={"issuer": identity.issuer}
    )
    return await people.users.change(user, event, status=UserStatus.ACTIVE, deactivated_at=None, warned_at=None)


def _client_of(claims: Mapping[str, object]) -> str | None:
    """The OAuth client of an access token (RFC 9068), by the name that older providers give it, too."""
    return text_of(claims, "client_id") or text_of(claims, "azp")


def _of_client(client: Client, scopes: frozenset[str] | None) -> Viewer:
    """A partner: a program that reads the accounts granted to it (R1)."""
    return Viewer(
        subject=client.id,
        role=Role.PARTNER,
        name=client.name,
        accounts=client.accounts,
        locale_told=False,
        scopes=scopes,
        kept=True,
    )
