"""The graph over the story with a store of its own, in which the story's people are users."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import strawberry

from connectors.people import AuditAction, AuditEvent, User
from connectors.people_ports import People
from connectors.vocabulary import Role, UserStatus
from fixtures.world.model import Persona
from tests.databases import sqlite_store
from tests.portal import Portal, Systems, opened


def user_of(persona: Persona, portal: Portal) -> User:
    """The persona as a user whose id is the persona's name, as the viewers of tests have it."""
    return User(
        id=persona.name,
        email=persona.name,
        role=Role(persona.role),
        parent_account=persona.parent_account,
        accounts=frozenset(persona.accounts),
        status=UserStatus.ACTIVE,
        locale=persona.locale,
        time_zone=persona.zone,
        older_portal=persona.older_portal,
        frozen_since=persona.frozen_since,
        created_at=portal.now,
        needs_helpdesk=persona.role in ("reader", "user") and not persona.accounts,
    )


def people_of(portal: Portal) -> People:
    assert portal.sources.people is not None
    return portal.sources.people


@pytest_asyncio.fixture(scope="session")
async def town_store(
    graph: strawberry.Schema, _story_systems: Systems, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An SQLite store with the story's people, to be copied."""
    path = tmp_path_factory.mktemp("town") / "portal.db"
    async with opened(graph, _story_systems, await sqlite_store(path)) as portal:
        event = AuditEvent(action=AuditAction.USER_INVITED, actor="the story")
        for persona in portal.world.personas:
            if "@" in persona.name:
                await people_of(portal).users.add(user_of(persona, portal), event)
    return path


@pytest_asyncio.fixture
async def town(graph: strawberry.Schema, systems: Systems, town_store: Path, tmp_path: Path) -> AsyncIterator[Portal]:
    """As `portal`, but for its store: what a test changes in it, no other test sees."""
    path = shutil.copy(town_store, tmp_path / "portal.db")
    async with opened(graph, systems, f"sqlite+aiosqlite:///{path}") as portal:
        yield portal
