"""Which connectors there are: a folder of `connectors/systems`, or an entry point `portal.connectors` elsewhere.

Either way a connector is a module with a `MANIFEST`.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from pydantic import BaseModel

import connectors.systems
from connectors.ports import PORTS, Connector

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A connector, before it is connected.

    `connect(system, settings, clock)` makes the connector for one system of the settings file; it does not call the
    system yet. `settings` is the model that `[systems.<system>]` is read into.
    """

    name: str
    title: str
    settings: type[BaseModel]
    connect: Callable[[str, BaseModel, Clock], Connector]


class UnknownConnector(LookupError):
    """No connector of that name is installed."""


class PortConflict(ValueError):
    """Two systems serve one port, or a port that is needed is served by none."""


@cache
def connector_modules() -> Mapping[str, str]:
    """The module of every connector that is installed, by the connector's name. Looked for once."""
    ours = {
        module.name: f"connectors.systems.{module.name}.connector"
        for module in pkgutil.iter_modules(connectors.systems.__path__)
        if module.ispkg
    }
    others = {entry.name: entry.value.partition(":")[0] for entry in entry_points(group="portal.connectors")}
    return MappingProxyType(others | ours)  # a package can add to our connectors, not take their place


def manifest(name: str) -> Manifest:
    """The connector of that name. Raises UnknownConnector."""
    modules = connector_modules()
    if name not in modules:
        raise UnknownConnector(f"there is no connector '{name}'; there are {', '.join(sorted(modules))}")
    found = importlib.import_module(modules[name]).MANIFEST
    if not isinstance(found, Manifest):
        raise TypeError(f"{modules[name]}.MANIFEST is not a connectors.registry.Manifest")
    return found


def ports_of(connector: object) -> list[type]:
    """The ports a connector serves."""
    return [port for port in PORTS if isinstance(connector, port)]
