"""Everything about people that a running gateway holds, made together: decisions, sessions, mails, the provider."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from auth.issuer import Issuer
from auth.membership import Membership
from auth.scope import ScopeCompiler
from auth.throttle import Throttle
from connectors.errors import ConnectorError
from connectors.people_ports import People
from connectors.registry import Clock
from gateway.identity.organisations.organisation import Organisation, organisations_of
from gateway.identity.provider.keys import ALGORITHM, SigningKeys
from gateway.identity.provider.tokens import AUDIENCE
from gateway.identity.sessions import BrowserSessions
from gateway.mail.outbox import Outbox
from gateway.mail.sending import sender_of
from gateway.mail.stop_links import StopLinks
from gateway.sealing import Sealer
from gateway.settings import Settings

log = structlog.get_logger(__name__)

_SWEPT_EVERY = timedelta(days=1)
_FIRST_SWEEP = timedelta(minutes=1)  # after the start: it is in nobody's way then


@dataclass
class IdentityService:
    """`keys` are those of the built-in provider, `own` the provider as an issuer of tokens; None where it is off."""

    people: People
    membership: Membership
    sessions: BrowserSessions
    outbox: Outbox
    stop_links: StopLinks
    throttle: Throttle
    secret: str
    keys: SigningKeys | None
    own: Issuer | None
    organisations: Sequence[Organisation]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Send waiting mails, and daily meet users' fates and tidy the store, until `close`."""
        self._tasks = [asyncio.create_task(self.outbox.run()), asyncio.create_task(self._tidy_daily())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for organisation in self.organisations:
            await organisation.close()
        await self.throttle.close()

    async def _tidy_daily(self) -> None:
        await asyncio.sleep(_FIRST_SWEEP.total_seconds())
        while True:
            try:
                await self.membership.life_cycle.sweep()
                await self.people.tidy(self.membership.clock())
            except ConnectorError as error:
                log.warning("people.not_tidied", reason=str(error))
            await asyncio.sleep(_SWEPT_EVERY.total_seconds())


def identity_service(settings: Settings, people: People, scopes: ScopeCompiler, clock: Clock) -> IdentityService | None:
    """None where the settings hold no secret to keep what must not be shown."""
    identity = settings.identity
    if identity.secret is None:
        return None
    secret, address = identity.secret.get_secret_value(), settings.server.address
    sender = sender_of(settings.mail, clock)
    outbox = Outbox(people.mails, Sealer(secret, "mail"), sender, clock, from_address=settings.mail.sender)
    redis = settings.cache.redis
    throttle = Throttle(redis.get_secret_value() if redis is not None else None)
    keys = own = None
    if identity.provider is not None:
        lifetime = timedelta(seconds=identity.provider.key_lifetime)
        keys = SigningKeys(people.clients, Sealer(secret, "signing-keys"), clock, lifetime=lifetime)
        own = own_issuer(address)
    return IdentityService(
        people=people,
        membership=Membership.over(
            people,
            scopes,
            outbox,
            clock,
            address=address,
            throttle=throttle,
            helpdesk=settings.helpdesk.email,
        ),
        sessions=BrowserSessions(people, clock, identity.sessions),
        outbox=outbox,
        stop_links=StopLinks(secret, address),
        throttle=throttle,
        secret=secret,
        keys=keys,
        own=own,
        organisations=organisations_of(identity.issuers, clock, address=address),
    )


def own_issuer(address: str) -> Issuer:
    """The built-in provider, as one of those whose tokens are accepted."""
    accepted: Sequence[str] = (ALGORITHM,)
    return Issuer.model_validate(
        {
            "issuer": address,
            "audience": AUDIENCE,
            "algorithms": accepted,
            "token_types": ("at+jwt",),
            "people": "store",
            "leeway": 0,
        }
    )
