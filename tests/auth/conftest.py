"""All that is decided about people, over a real store, with a clock that tests move and a postbox to look into."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from auth.credentials import Where
from auth.directory import Authority
from auth.membership import Membership
from auth.passwords import Passwords
from auth.rules import Action
from auth.scope import ScopeCompiler
from auth.throttle import Throttle
from connectors.people import AuditEntry, User
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from connectors.vocabulary import Role, UserStatus
from tests.clock import MovedClock
from tests.databases import sqlite_store
from tests.hierarchy import HIERARCHY, Hierarchy
from tests.portal import CHEAP
from tests.postbox import Postbox
from tests.store_records import EVENT

HERE = Where("192.0.2.0/24", "a request")


@dataclass
class Portal:
    """What tests of decisions about people have at hand."""

    store: PortalStore
    clock: MovedClock
    postbox: Postbox
    throttle: Throttle
    scopes: ScopeCompiler
    membership: Membership

    async def add(self, key: str, **changes: Any) -> User:  # Any: each attribute has its own type
        """A user of the story, active and of the customer 100, unless something else is said."""
        usual: dict[str, Any] = {
            "id": key,
            "email": f"{key}@east.example",
            "role": Role.USER,
            "parent_account": "100",
            "accounts": frozenset({"110"}),
            "status": UserStatus.ACTIVE,
            "created_at": self.clock.now,
        }
        user = User(**usual | changes)
        await self.store.users.add(user, EVENT)
        return user

    async def now(self, key: str) -> User:
        """The user as kept now."""
        return (await self.store.users.by_id([key]))[key]

    async def trail(self) -> list[AuditEntry]:
        """The audit trail, the oldest first."""
        return list(reversed(await self.store.audit.entries()))

    async def everything(self) -> tuple[object, ...]:
        """All that could have changed."""
        users = await self.store.users.all()
        return (users, await self.trail(), list(self.postbox.mails), await self.store.requests.access_requests())


def manager(parent: str = "100", actor: str = "boss") -> Authority:
    actions = frozenset({Action.READ_USERS, Action.MANAGE_USERS, Action.ASSIGN_ACCOUNTS})
    return Authority(actor, actions, parent, HERE)


def helpdesk() -> Authority:
    return Authority("help", frozenset(Action), None, HERE)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture
async def folk(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Portal]:
    settings = MANIFEST.settings.model_validate({"url": await sqlite_store(tmp_path / "portal.db")})
    store = MANIFEST.connect("store", settings, clock)
    assert isinstance(store, PortalStore)
    postbox, throttle = Postbox(), Throttle()
    scopes = ScopeCompiler(Hierarchy(HIERARCHY), ttl=3600)
    membership = Membership.over(
        store,
        scopes,
        postbox,
        clock,
        address="https://portal.test",
        throttle=throttle,
        passwords=Passwords(CHEAP),
        helpdesk="help@maker.example",
    )
    yield Portal(store, clock, postbox, throttle, scopes, membership)
    await throttle.close()
    await store.close()
