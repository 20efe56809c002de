"""Systems that run for a whole test session, with a connector to each, and what is expected of it."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Generic, TypeVar

from connectors.ports import Connector
from fixtures.simulators.conduct import Conduct
from fixtures.world.model import World
from tests.connector_kit.harness import Facts, Harness, Served

C = TypeVar("C")

SMALL = 7
"""Rows of a small page."""


@dataclass(frozen=True)
class System(Generic[C]):
    """`connector` serves the port C; it has signed in."""

    harness: Harness
    facts: Facts
    served: Served
    connector: C
    lab: "Lab"

    @property
    def conduct(self) -> Conduct:
        return self.served.conduct

    def calls(self) -> list[str]:
        """What the system was asked since it last was told to behave, without signing in."""
        return [operation for operation in self.conduct.operations() if operation not in self.harness.sign_in]

    def sign_ins(self) -> list[str]:
        return [operation for operation in self.conduct.operations() if operation in self.harness.sign_in]

    def connect(self, **changed: object) -> C:
        """Another connector to the same system, that has not signed in yet."""
        return self.lab.connect(self.harness, self.served.url, **changed)  # type: ignore[return-value]  # serves C too


class Lab:
    """Runs each system once for a session, whoever asks for it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stack = AsyncExitStack()
        self._systems: dict[tuple[str, int | None, str], System[Connector]] = {}

    async def system(
        self, harness: Harness, *, page_size: int | None = None, world: World | None = None, called: str = ""
    ) -> System[Connector]:
        """The system over the lab's world or over another one, which is `called` something. It behaves."""
        key = (harness.name, page_size, called)
        if key not in self._systems:
            served = await self.stack.enter_async_context(harness.serve(world or self.world, page_size=page_size))
            small = harness.small_pages if page_size is not None else {}
            connector = self.connect(harness, served.url, **small)
            await connector.ping()
            facts = harness.facts(world or self.world)
            self._systems[key] = System(harness, facts, served, connector, self)
        self._systems[key].conduct.behave()
        return self._systems[key]

    def connect(self, harness: Harness, url: str, **changed: object) -> Connector:
        """A connector that the lab closes in the end."""
        connector = harness.connect(url, **changed)
        self.stack.push_async_callback(connector.close)
        return connector

    async def close(self) -> None:
        await self.stack.aclose()
