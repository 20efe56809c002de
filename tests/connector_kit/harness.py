"""What the kit must know of a connector to try it: how its system is served, and what the system's facts mean."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from starlette.types import ASGIApp

from connectors.ports import Connector
from connectors.queries import OrderBy
from connectors.records import (
    Account,
    ArchivedCase,
    Case,
    CaseActivity,
    CustomAssetData,
    InstalledProduct,
    Location,
    Provenance,
    ServiceContract,
    ServiceOrder,
    Warranty,
)
from connectors.registry import manifest
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.server import running
from fixtures.world.model import World

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A world in the portal's vocabulary: what a connector must answer of it. A harness fills in its own port's."""

    accounts: tuple[Account, ...] = ()
    locations: tuple[Location, ...] = ()
    installed_products: tuple[InstalledProduct, ...] = ()
    cases: tuple[Case, ...] = ()
    activities: Mapping[str, tuple[CaseActivity, ...]] = field(default_factory=dict)  # by case, shown ones alone
    service_orders: tuple[ServiceOrder, ...] = ()
    contracts: tuple[ServiceContract, ...] = ()
    warranties: tuple[Warranty, ...] = ()
    archived_cases: tuple[ArchivedCase, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # by archived case
    custom_asset_data: Mapping[str, CustomAssetData] = field(default_factory=dict)  # by CRM Id


@dataclass(frozen=True)
class Served:
    """A system that runs. `conduct` says how it behaves and counts its calls; `app` is None where it is no server."""

    url: str
    conduct: Conduct
    app: Any = None  # Any: what a harness needs of its own simulator


class Harness(ABC):
    """One connector under test. A module of `tests/connector_kit/harnesses` names its own as `HARNESS`."""

    name: ClassVar[str]
    """The connector's, as the registry knows it. It is the system's name too."""

    port: ClassVar[type]

    over_http: ClassVar[bool] = True

    sign_in: ClassVar[frozenset[str]] = frozenset()
    """What the simulator calls the calls that only sign in, or fetch a token."""

    small_pages: ClassVar[Mapping[str, object]] = {}
    """Settings that ask the system for pages of 7 rows, where the connector says how long they are."""

    over_answers: ClassVar[frozenset[str]] = frozenset()
    """Criteria that the system can't apply exactly: with one of these more rows may come than match."""

    windows: ClassVar[Mapping[str, tuple[OrderBy, ...]]] = {}
    """By read, the orders that the connector must have its system apply."""

    calls_for_100_keys: ClassVar[Mapping[str, int]] = {}
    """How many calls a read by 100 keys costs, as `"service_orders.asset_ids": 2`, where it is not one."""

    many_keys: ClassVar[int] = 2_500
    """As many keys as take several calls."""

    @abstractmethod
    def facts(self, world: World) -> Facts:
        """The records of the port, worked out from the world by the wire page's rules, without the connector."""

    @abstractmethod
    def serve(self, world: World, *, page_size: int | None = None) -> AbstractAsyncContextManager[Served]:
        """Run the system over that world; `page_size` is the most rows of a page, where the system decides it."""

    @abstractmethod
    def settings(self, url: str) -> dict[str, object]:
        """The least that the connector must be told."""

    def secrets(self) -> tuple[str, ...]:
        """What must never be shown to who asked: passwords and the like."""
        return ()

    def expire(self, served: Served) -> None:  # noqa: B027 - most systems have no sessions
        """End every session of the system."""

    def connect(self, url: str, **changed: object) -> Connector:
        found = manifest(self.name)
        return found.connect(self.name, found.settings.model_validate(self.settings(url) | changed), lambda: NOW)

    @property
    def provenance(self) -> Provenance:
        return Provenance(self.name, NOW)


class HttpHarness(Harness):
    """A connector whose system is an ASGI application."""

    @abstractmethod
    def app(self, world: World, conduct: Conduct, *, page_size: int | None) -> ASGIApp: ...

    @asynccontextmanager
    async def serve(self, world: World, *, page_size: int | None = None) -> AsyncIterator[Served]:
        conduct = Conduct()
        app = self.app(world, conduct, page_size=page_size)
        with running(app) as url:
            yield Served(url, conduct, app)


def harnesses() -> list[Harness]:
    """All that there are, by name."""
    folder = importlib.import_module("tests.connector_kit.harnesses")
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return [importlib.import_module(f"{folder.__name__}.{name}").HARNESS for name in names]


def harnesses_of(port: type) -> list[Harness]:
    return [harness for harness in harnesses() if harness.port is port]
