"""The store over each kind of database, and a clock that tests move."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from tests.clock import MovedClock
from tests.databases import database_url

__all__ = ["database_url"]


Gateways = Callable[[], PortalStore]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture
async def gateways(database_url: str, clock: MovedClock) -> AsyncIterator[Gateways]:
    """Makes one store after another over the same database, as several gateways have."""
    made: list[PortalStore] = []

    def make() -> PortalStore:
        store = MANIFEST.connect("store", MANIFEST.settings.model_validate({"url": database_url}), clock)
        assert isinstance(store, PortalStore)
        made.append(store)
        return store

    yield make
    for store in made:
        await store.close()


@pytest.fixture
def stored(gateways: Gateways) -> PortalStore:
    """One gateway's store."""
    return gateways()
