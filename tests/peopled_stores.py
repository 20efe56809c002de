"""Stores that have the story's people in them already: made once, copied for each test."""

import shutil
from pathlib import Path

import pytest

from auth.passwords import Passwords
from fixtures.world.model import World
from gateway.app import create_app
from gateway.demo.people import seed_people
from tests.portal import CHEAP, Systems, addresses_of, settings_for


class PeopledStores:
    """Over the story. Two things of a store are of the moment it was made: when people were last there, and the
    address of the example dashboard."""

    def __init__(self, story: World, systems: Systems, folder: Path) -> None:
        self._story = story
        self._systems = systems
        self._folder = folder
        self._made: dict[str, Path] = {}

    async def put(self, place: Path, issuer: str) -> None:
        """An SQLite file at that place, whose people bring tokens of that issuer."""
        if issuer not in self._made:
            self._made[issuer] = await self._make(self._folder / f"{len(self._made)}.db", issuer)
        shutil.copy(self._made[issuer], place)

    async def _make(self, store: Path, issuer: str) -> Path:
        settings = settings_for(addresses_of(self._systems, issuer), store=store, mail=self._folder / "mail")
        gateway = create_app(settings).state.gateway
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Passwords.__init__, "__defaults__", (CHEAP,))
            await seed_people(gateway, self._story, issuer)
        await gateway.close()
        return store
