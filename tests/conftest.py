"""What every test can ask for: the story, its simulators, the portal over them."""

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import strawberry
import structlog
from hypothesis import HealthCheck, settings

from fixtures.world.loader import load_story
from fixtures.world.model import World
from gateway.demo.seeding import seed
from schema.graph import create_schema
from tests.portal import Portal, Systems, opened, simulated

# How long an example takes says something of the machine, not of the code: the first text costs a second on a new one.
# The examples are the same in every run, so that tests fail for a change alone; `make search` looks for new ones.
settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("search", settings.get_profile("portal"), derandomize=False, max_examples=500)
settings.load_profile("portal")

# A shell that runs the tests in the background has them ignore Ctrl-C, and with them the processes that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# An error is shown without the values of all variables: a large answer among them would take minutes to print.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(scope="session")
def story() -> World:
    return load_story()


@pytest.fixture(scope="session")
def graph() -> strawberry.Schema:
    return create_schema()


@pytest.fixture(scope="session")
def _story_systems(story: World) -> Iterator[Systems]:
    with simulated(story) as systems:
        yield systems


@pytest.fixture
def systems(_story_systems: Systems) -> Iterator[Systems]:
    """The simulators of the story, well-behaved, their calls forgotten."""
    _story_systems.behave()
    yield _story_systems
    _story_systems.behave()


@pytest_asyncio.fixture(scope="session")
async def _story_portal(
    graph: strawberry.Schema, _story_systems: Systems, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Portal]:
    store: Path = tmp_path_factory.mktemp("store") / "portal.db"
    async with opened(graph, _story_systems, f"sqlite+aiosqlite:///{store}") as portal:
        await seed(portal.sources, portal.world)
        yield portal


@pytest.fixture
def portal(_story_portal: Portal, systems: Systems) -> Portal:
    """The graph over the story: `await portal.ask("reader@north.example", "{ … }")`."""
    return _story_portal
