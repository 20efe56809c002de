"""The contract system's simulator over a small world, and connectors to it."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pydantic import SecretStr

from connectors.systems.soap_contracts.connector import MANIFEST, SoapContracts
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.server import running
from fixtures.simulators.soap.faults import Faults
from fixtures.simulators.soap_contracts import create_app
from fixtures.world.model import Contract, ContractLine, Warranty, World

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
OPEN = date(9999, 12, 31)
CHANGED = datetime.fromisoformat("2026-05-04T13:14:15")


def _contract(number: int, sold_to: str, *equipment: str) -> Contract:
    lines = tuple(
        ContractLine(number=str(10 * place), text="Line", equipment=asset)
        for place, asset in enumerate(equipment, start=1)
    )
    return Contract(number=str(number), text="One of many", sold_to=sold_to, changed=CHANGED, lines=lines)


FULL = Contract(
    number="40000001",
    text="Umowa pełna <A> & B",
    kind="WV",
    sold_to="7100012",
    ship_to="7100013",
    purchase_order="PO/1",
    begins=date(2024, 1, 1),
    ends=OPEN,
    net_value=Decimal("12000.50"),
    currency="PLN",
    changed=CHANGED,
    lines=(
        ContractLine(
            number="10",
            text="MR gold",
            material="SVC-GOLD",
            equipment="10000001",
            serial="MR30001",
            begins=date(2024, 1, 1),
            ends=OPEN,
            response_hours=4,
            uptime_percent=Decimal("98.5"),
            uptime_report=True,
        ),
        ContractLine(number="20", text="CT", equipment="10000002", ends=date(2026, 12, 31), rejected="Z1"),
    ),
)
CANCELLED = Contract(
    number="40000002",
    text="",
    sold_to="7100013",
    ends=date(2027, 12, 31),
    cancelled_on=date(2025, 3, 31),
    status="CANC",
    changed=CHANGED,
)
UNKNOWN_STATUS = Contract(number="40000003", text="Odd", sold_to="7100014", status="WAIT", changed=CHANGED)
MANY = tuple(_contract(41_000_000 + place, "7200000", str(20_000_000 + place)) for place in range(1100))

WARRANTIES = (
    Warranty(
        equipment="10000001", serial="MR30001", account="7100099", text="Standard", begins=date(2026, 1, 1), ends=OPEN
    ),
    Warranty(equipment="10000001", account="7100099", kind="E", begins=date(2027, 1, 1), ends=date(2028, 1, 1)),
    Warranty(equipment="10000002", account="7100012"),
)

WORLD = World(today=NOW.date(), contracts=(FULL, CANCELLED, UNKNOWN_STATUS, *MANY), warranties=WARRANTIES)


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


Connect = Callable[..., SoapContracts]


@pytest.fixture
async def connect(simulator: Simulator) -> AsyncIterator[Connect]:
    """Makes a connector to the simulator, with these settings beside the usual."""
    made: list[SoapContracts] = []

    def connector(**settings: object) -> SoapContracts:
        usual = {"url": simulator.url, "user": "PORTAL", "password": SecretStr("portal-demo")}
        found = MANIFEST.connect("contracts", MANIFEST.settings.model_validate(usual | settings), lambda: NOW)
        assert isinstance(found, SoapContracts)
        made.append(found)
        return found

    yield connector
    for one in made:
        await one.close()


@pytest.fixture
def contracts(connect: Connect) -> SoapContracts:
    return connect()
