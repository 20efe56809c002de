"""Windows that SAP sorts are the windows of the whole list, in every order, whatever the zones."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response

from connectors.ordering import position_of, sort_rows
from connectors.queries import AccountScope, CaseQuery, OrderBy, Position
from connectors.records import Case
from connectors.vocabulary import CasePriority, CaseStatus
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.sap_service_orders.app import create_app
from fixtures.simulators.server import running
from fixtures.world.model import Case as WorldCase
from fixtures.world.model import World
from tests.connectors.systems.sap_service_orders.conftest import TODAY, Connect, Odd, Sap

ANALYST = AccountScope(unrestricted=True)
ZONES = {
    "UTC": "UTC",
    "CET": "Europe/Berlin",
    "EST": "America/New_York",
    "KIRI": "Pacific/Kiritimati",
    "DATE": "Etc/GMT+12",
}
ORDERS: list[tuple[OrderBy, ...]] = [
    (),
    (OrderBy("id", descending=True),),
    (OrderBy("updated_at"),),
    (OrderBy("updated_at", descending=True), OrderBy("id")),
    (OrderBy("created_at"),),
    (OrderBy("created_at", descending=True),),
]


def world_of_zones(count: int) -> World:
    """Cases close together in time, in zones far apart, many of them changed at the same moment."""
    chance, start = Random(7), datetime(2026, 3, 1)  # noqa: DTZ001 - local times
    moments = [datetime.fromisoformat(f"2026-04-01T{hour:02}:00:00+00:00") for hour in range(5)]
    cases = tuple(
        WorldCase(
            number=str(300_000_000 + number),
            kind="S1",
            text="Some coil" if number % 7 else "Other COIL",
            priority=str(1 + number % 5),
            phase=str(1 + number % 4),
            system_status="NOCO CLSD" if number % 8 == 3 else "NOCO",
            zone=chance.choice(list(ZONES)),
            created=start + timedelta(minutes=30 * chance.randrange(count)),
            changed=chance.choice(moments),
        )
        for number in range(count)
    )
    return World(today=TODAY, cases=cases)


@pytest.fixture(scope="module")
def zoned() -> Iterator[Sap]:
    world, conduct = world_of_zones(150), Conduct()
    app = create_app(world, conduct, page_size=13)
    with running(app) as url:
        yield Sap(world, url, conduct, app)


async def pages(connect: Connect, sap: Sap, query: CaseQuery) -> list[Case]:
    """Every page of the list, each checked against its own promises."""
    connector, found = connect(url=sap.url, time_zones=ZONES), list[Case]()
    total = len((await connector.cases(query)).rows)
    asked = msgspec.structs.replace(query, limit=11)
    while True:
        window = await connector.cases(asked)
        assert window.windowed
        assert window.total in (None, total)
        found += window.rows
        if not window.more:
            return found
        asked = msgspec.structs.replace(asked, after=position_of(window.rows[-1], asked.order, _id))


def _id(case: Case) -> str:
    return case.id


@pytest.mark.parametrize("order", ORDERS, ids=["none", "id-", "updated+", "updated-", "created+", "created-"])
@pytest.mark.parametrize(
    "criteria",
    [
        {"count": True},
        {"priorities": (CasePriority.SCHEDULED, CasePriority.URGENT_NEED), "count": True},
        {"statuses": (CaseStatus.CLOSED,)},
        {"text": "coil", "statuses": (CaseStatus.NEW,)},
    ],
    ids=["all", "priorities", "closed", "text"],
)
async def test_windows_make_up_the_list(
    connect: Connect, zoned: Sap, order: tuple[OrderBy, ...], criteria: dict[str, object]
) -> None:
    query = msgspec.structs.replace(CaseQuery(scope=ANALYST, order=order), **criteria)
    whole = (await connect(url=zoned.url, time_zones=ZONES).cases(query)).rows
    assert whole
    assert [case.id for case in await pages(connect, zoned, query)] == [
        case.id for case in sort_rows(whole, order, _id)
    ]


async def test_a_first_page_of_many_is_one_call(connect: Connect, sap: Sap) -> None:
    for order in ORDERS:
        sap.conduct.behave()
        window = await connect().cases(CaseQuery(scope=ANALYST, order=order, limit=20, count=True))
        assert (window.windowed, window.more, len(window.rows)) == (True, True, 20)
        assert window.total == len(sap.world.cases)
        assert sap.conduct.operations() == ["MaintenanceNotification"]


async def test_a_count_behind_a_cursor_takes_a_second_call(connect: Connect, sap: Sap) -> None:
    query = CaseQuery(scope=ANALYST, order=(OrderBy("created_at", descending=True),), limit=20, count=True)
    connector = connect()
    first = await connector.cases(query)
    sap.conduct.behave()
    after = position_of(first.rows[-1], query.order, _id)
    second = await connector.cases(msgspec.structs.replace(query, after=after))
    assert second.windowed
    assert second.total == len(sap.world.cases)
    assert len(sap.conduct.calls) == 2


@pytest.mark.parametrize(
    "query",
    [
        CaseQuery(scope=ANALYST, limit=5, order=(OrderBy("priority"),)),
        CaseQuery(scope=ANALYST, limit=5, order=(OrderBy("created_at"), OrderBy("updated_at"))),
        CaseQuery(scope=ANALYST, limit=5, count=True, text="coil"),
        CaseQuery(scope=ANALYST, limit=5, count=True, statuses=(CaseStatus.CLOSED,)),
        CaseQuery(scope=ANALYST, limit=5, sold_to=("7100012",)),
    ],
    ids=["priority", "two-terms", "count-text", "count-closed", "account"],
)
async def test_what_sap_cannot_do_exactly_is_answered_whole(connect: Connect, sap: Sap, query: CaseQuery) -> None:
    whole = await connect().cases(msgspec.structs.replace(query, limit=None, count=False))
    answer = await connect().cases(query)
    assert not answer.windowed
    assert {case.id for case in answer.rows} == {case.id for case in whole.rows}


@pytest.mark.parametrize("after", [None, Position((datetime.fromisoformat("2026-04-01T00:00:00+00:00"),), "1")])
async def test_cases_without_a_time_are_not_lost_at_the_end_of_a_list(odd: Odd, after: Position | None) -> None:
    async def handler(request: Request) -> Response:
        options = request.query_params
        rows = [{"MaintenanceNotification": "2", "LastChangeDateTime": "/Date(1775001700000)/"}]
        if "LastChangeDateTime g" not in options.get("$filter", ""):
            rows.append({"MaintenanceNotification": "3"})
        count = {"__count": str(len(rows))} if options.get("$inlinecount") else {}
        return Response(json.dumps({"d": {"results": rows, **count}}), media_type="application/json")

    query = CaseQuery(scope=ANALYST, order=(OrderBy("updated_at"),), limit=5, after=after)
    answer = await odd(handler).cases(query)
    assert not answer.windowed
    assert [case.id for case in answer.rows] == ["2", "3"]
