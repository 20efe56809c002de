"""The story's people in the demo's own store: users who sign in with a password or a token, and partners' clients."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from auth.passwords import Passwords
from connectors.digests import digest_of
from connectors.people import AuditAction, AuditEvent, Client, Identity, User
from connectors.people_ports import People
from connectors.vocabulary import Role, UserStatus
from fixtures.simulators.openid_provider import is_machine, subject_of
from fixtures.world.model import Persona, World
from gateway.demo import dashboard
from gateway.demo.settings import CLIENT_SECRET
from gateway.identity.provider.models import SCOPES
from gateway.wiring import Gateway

PASSWORD = "Portal-demo-1!"  # noqa: S105  # of people in an invented story, on this machine alone
WEB_CLIENT = "portal-web"

_STORY = AuditEvent(action=AuditAction.USER_INVITED, actor="the demo's story")
_PARTNERS_SCOPES = frozenset({"accounts:read", "equipment:read", "cases:read", "contracts:read"})


async def seed_people(gateway: Gateway, world: World, issuer: str) -> None:
    """Everybody of the story, as if they had been here for a while. `issuer` signs the personas' tokens."""
    assert gateway.identity is not None  # noqa: S101  # the demo's settings have one
    people, now = gateway.identity.people, gateway.clock()
    hashed = await Passwords().hashed(PASSWORD)
    for persona in world.personas:
        identity = Identity(issuer, subject_of(persona))
        if is_machine(persona):
            await _add_client(people, persona, identity, now)
        else:
            user = user_of(persona, now)
            await people.users.add(user, msgspec.structs.replace(_STORY, subject=user.id))
            await people.users.link(user.id, identity, msgspec.structs.replace(_STORY, subject=user.id))
            await people.credentials.set_password(user, hashed, _STORY, at=now)
    for user in _others(now):
        await people.users.add(user, msgspec.structs.replace(_STORY, subject=user.id))
    added = msgspec.structs.replace(_STORY, action=AuditAction.CLIENT_ADDED)
    for client in (_web_client(now), dashboard.client(gateway.settings.server.address, now)):
        await people.clients.add(client, added)


def user_of(persona: Persona, now: datetime) -> User:
    idle = persona.role in ("reader", "user", "manager") and not persona.accounts
    return User(
        id=subject_of(persona),
        email=persona.name,
        role=Role(persona.role),
        parent_account=persona.parent_account,
        accounts=frozenset(persona.accounts),
        status=UserStatus.ACTIVE,
        locale=persona.locale,
        time_zone=persona.zone,
        older_portal=persona.older_portal,
        frozen_since=persona.frozen_since,
        created_at=now - timedelta(days=300),
        last_active_at=now,
        needs_helpdesk=idle,
        attested_at=now - timedelta(days=299),
    )


def _others(now: datetime) -> Iterator[User]:
    """Who makes the list of users worth reading: one who was invited, one who is long away, one who was disabled."""
    for place, (name, status, days) in enumerate(
        (
            ("Ewa Nowak", UserStatus.INVITED, 1),
            ("Jan Kowalski", UserStatus.ACTIVE, 112),
            ("Piotr Zieliński", UserStatus.DISABLED, 30),
        )
    ):
        yield User(
            id=f"00000000-0000-4000-8000-00000000000{place}",
            email=f"{name.split()[0].lower()}@north.example",
            name=name,
            role=Role.READER,
            parent_account="7100000",
            accounts=frozenset({"7100010"}),
            status=status,
            locale="pl",
            time_zone="Europe/Warsaw",
            created_at=now - timedelta(days=days),
            last_active_at=None if status is UserStatus.INVITED else now - timedelta(days=days),
        )


async def _add_client(people: People, persona: Persona, identity: Identity, now: datetime) -> None:
    client = Client(
        id=persona.name,
        name=persona.about,
        secret_digest=digest_of(CLIENT_SECRET),
        scopes=_PARTNERS_SCOPES,
        accounts=frozenset(persona.accounts),
        identity=identity,
        created_at=now,
    )
    await people.clients.add(client, msgspec.structs.replace(_STORY, action=AuditAction.CLIENT_ADDED))


def _web_client(now: datetime) -> Client:
    """A front end under development on this machine."""
    return Client(
        id=WEB_CLIENT,
        name="A front end on this machine",
        redirect_uris=("http://127.0.0.1:3000/callback", "http://localhost:3000/callback"),
        logout_uris=("http://127.0.0.1:3000/", "http://localhost:3000/"),
        scopes=frozenset(SCOPES) - {"introspect"},
        created_at=now,
    )
