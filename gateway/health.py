"""Whether the process lives (`/healthz`), and whether it can be of use (`/readyz`)."""

import asyncio
from collections.abc import Sequence
from time import monotonic

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from connectors.errors import ConnectorError
from connectors.ports import Connector, InstalledBase
from connectors.transport.deadline import deadline
from connectors.transport.single_flight import SingleFlight
from gateway.draining import Draining

log = structlog.get_logger(__name__)

PATIENCE = 2.0  # seconds for each system
REMEMBERED = 5.0  # seconds, so that nobody hammers the systems by asking us


class SystemHealth(msgspec.Struct, frozen=True):
    """Names no host and no reason: anyone may ask."""

    reachable: bool
    seconds: float


class Readiness:
    """Ready means that the installed base answers, without which nothing can be shown to anyone, and that the gateway
    is not about to stop."""

    def __init__(self, systems: Sequence[Connector], draining: Draining) -> None:
        self._systems = systems
        self._draining = draining
        self._flights: SingleFlight[dict[str, SystemHealth]] = SingleFlight()
        self._known: tuple[float, dict[str, SystemHealth]] | None = None

    async def alive(self, _: Request) -> Response:
        return _json({"alive": True}, 200)

    async def ready(self, _: Request) -> Response:
        if self._draining.has_begun:
            return _json({"ready": False, "draining": True}, 503)
        systems = await self._ask()
        needed = [system.system for system in self._systems if isinstance(system, InstalledBase)]
        ready = bool(needed) and all(systems[name].reachable for name in needed)
        return _json({"ready": ready, "systems": systems}, 200 if ready else 503)

    async def _ask(self) -> dict[str, SystemHealth]:
        if self._known is not None and monotonic() < self._known[0]:
            return self._known[1]
        return await self._flights.do("systems", self._ping_all)

    async def _ping_all(self) -> dict[str, SystemHealth]:
        found = await asyncio.gather(*(_ping(system) for system in self._systems))
        health = {system.system: each for system, each in zip(self._systems, found, strict=True)}
        self._known = (monotonic() + REMEMBERED, health)
        return health


async def _ping(system: Connector) -> SystemHealth:
    started = monotonic()
    try:
        with deadline(PATIENCE):
            async with asyncio.timeout(PATIENCE):
                await system.ping()
        reachable = True
    except (ConnectorError, TimeoutError) as error:
        log.warning("health.unreachable", system=system.system, reason=str(error))
        reachable = False
    return SystemHealth(reachable, round(monotonic() - started, 3))


def _json(content: object, status: int) -> Response:
    return Response(msgspec.json.encode(content), status, {"cache-control": "no-store"}, media_type="application/json")
