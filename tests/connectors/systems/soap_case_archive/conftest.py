"""The case archive's simulator over a small world, and connectors to it."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from pydantic import SecretStr

from connectors.systems.soap_case_archive.connector import MANIFEST, SoapCaseArchive
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.server import running
from fixtures.simulators.soap.faults import Faults
from fixtures.simulators.soap_case_archive import create_app
from fixtures.world.model import ArchivedCase, World

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

LONG_LINE = "Sprawdzono zasilacz i złącza. " * 12 + "Koniec"
LONG_WORD = "x" * 300

FULL = ArchivedCase(
    number="200000001",
    equipment="10000012",
    account="7100010",
    text="TK: wyłącza się",
    priority="2",
    event="S1",
    service="01",
    origin="P",
    status="RESO",
    created=datetime.fromisoformat("2020-07-27T07:15:00"),
    completed=date(2020, 8, 2),
    purchase_order="PO-9",
    work_centre="Serwis Północ",
    lines=("Opis zgłoszenia:", LONG_LINE, "", LONG_WORD),
)
BARE = ArchivedCase(number="200000002", equipment="10000012", priority="9", event="Z1", status="WAIT")
SHORT = ArchivedCase(number="200000003", equipment="10000013", lines=("Bez uwag <&>.",))
MANY = tuple(ArchivedCase(number=str(210_000_000 + place), equipment="10000099") for place in range(1100))

WORLD = World(today=NOW.date(), archived_cases=(FULL, BARE, SHORT, *MANY))


@dataclass(frozen=True)
class Simulator:
    url: str
    conduct: Conduct
    faults: Faults


@pytest.fixture(scope="session")
def _running_simulator() -> Iterator[Simulator]:
    conduct, faults = Conduct(), Faults()
    with running(create_app(WORLD, conduct, faults=faults)) as url:
        yield Simulator(url, conduct, faults)


@pytest.fixture
def simulator(_running_simulator: Simulator) -> Iterator[Simulator]:
    _running_simulator.conduct.behave()
    yield _running_simulator
    while _running_simulator.faults.take():
        pass


Connect = Callable[..., SoapCaseArchive]


@pytest.fixture
async def connect(simulator: Simulator) -> AsyncIterator[Connect]:
    """Makes a connector to the simulator, with these settings beside the usual."""
    made: list[SoapCaseArchive] = []

    def connector(**settings: object) -> SoapCaseArchive:
        usual = {"url": simulator.url, "user": "PORTAL", "password": SecretStr("portal-demo")}
        found = MANIFEST.connect("archive", MANIFEST.settings.model_validate(usual | settings), lambda: NOW)
        assert isinstance(found, SoapCaseArchive)
        made.append(found)
        return found

    yield connector
    for one in made:
        await one.close()


@pytest.fixture
def archive(connect: Connect) -> SoapCaseArchive:
    return connect()
