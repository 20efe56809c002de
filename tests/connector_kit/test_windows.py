"""Windows: what a connector says it has its system sort and cut is exactly what sorting and cutting all would give."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple, cast

import pytest

from connectors.criteria import account_matches, case_matches, installed_product_matches, location_matches
from connectors.ordering import position_of
from connectors.queries import (
    AccountQuery,
    CaseQuery,
    InstalledProductQuery,
    LocationQuery,
    OrderBy,
    Position,
    Query,
    Rows,
)
from connectors.vocabulary import AssetStatus, CasePriority, CaseStatus, EventType
from fixtures.world.generator import generate
from fixtures.world.model import World
from tests.connector_kit.expectations import EVERYONE, in_order, key_of, keys_of, walk
from tests.connector_kit.harness import Harness, harnesses
from tests.connector_kit.lab import SMALL, Lab, System

QUERIES: dict[str, tuple[type[Query], Callable[[Any], Callable[[Any], bool]]]] = {
    "accounts": (AccountQuery, account_matches),
    "locations": (LocationQuery, location_matches),
    "installed_products": (InstalledProductQuery, installed_product_matches),
    "cases": (CaseQuery, case_matches),
}

# A selection that a system can apply exactly, so that it is the one to sort and cut what is left.
_SINCE = datetime(2026, 8, 1, tzinfo=UTC)
SELECTIONS: dict[str, tuple[dict[str, object], ...]] = {
    "installed_products": ({"statuses": (AssetStatus.ACTIVE,)},),
    "cases": (
        {"priorities": (CasePriority.SYSTEM_DOWN, CasePriority.SCHEDULED), "updated_from": _SINCE},
        {"statuses": (CaseStatus.NEW, CaseStatus.IN_PROGRESS)},
        {"event_types": (EventType.INSTALLATION,), "updated_to": _SINCE},
    ),
}


class Sorted(NamedTuple):
    """A read of a connector, and an order that the connector must leave to its system."""

    harness: Harness
    read: str
    order: OrderBy

    def query(self, **criteria: object) -> Any:  # Any: the query of whichever read
        return QUERIES[self.read][0](scope=EVERYONE, order=(self.order,), **cast(dict[str, Any], criteria))

    def asked_of(self, system: System[Any]) -> Callable[[Any], Awaitable[Rows[Any]]]:
        return cast(Callable[[Any], Awaitable[Rows[Any]]], getattr(system.connector, self.read))

    def matching(self, system: System[Any], query: Any) -> list[Any]:
        matches = QUERIES[self.read][1](query)
        return in_order((row for row in getattr(system.facts, self.read) if matches(row)), query.order)

    def __str__(self) -> str:
        return f"{self.read}-{self.order.attribute}-{'desc' if self.order.descending else 'asc'}"


SORTED = [
    Sorted(harness, read, order)
    for harness in harnesses()
    for read, orders in harness.windows.items()
    for order in orders
]

CASES_OF_A_DAY = 200  # so many may be read for a list by time of creation, until no zone can change its order

every_order = pytest.mark.parametrize("wanted", SORTED, ids=str)


@pytest.fixture(scope="module")
def world() -> World:
    """Large enough that no list of cases is read whole by mistake, some 500 of them."""
    return generate(80, today=date(2026, 11, 22))


@every_order
async def test_all_pages_one_after_the_other_are_everything_in_order(lab: Lab, world: World, wanted: Sorted) -> None:
    system = await lab.system(wanted.harness, world=world, called="windows")
    for criteria in ({}, *SELECTIONS.get(wanted.read, ())):
        matching = wanted.matching(system, wanted.query(**criteria))
        query = wanted.query(limit=max(5, len(matching) // 7), **criteria)
        assert await walk(wanted.asked_of(system), query, matching) == matching, criteria


@every_order
async def test_a_window_is_filled_from_short_pages_too(lab: Lab, world: World, wanted: Sorted) -> None:
    system = await lab.system(wanted.harness, world=world, called="windows", page_size=SMALL)
    query = wanted.query(limit=3 * SMALL + 2)
    matching = wanted.matching(system, query)
    answer = await wanted.asked_of(system)(query)
    assert (list(answer.rows), answer.windowed) == (matching[: query.limit], True)
    assert answer.more == (len(matching) > query.limit)


@every_order
async def test_the_first_page_is_not_paid_for_with_all_rows(lab: Lab, world: World, wanted: Sorted) -> None:
    system = await lab.system(wanted.harness, world=world, called="windows", page_size=SMALL)
    answer = await wanted.asked_of(system)(wanted.query(limit=3, count=True))
    assert len(answer.rows) == 3
    assert len(system.calls()) <= 2 + CASES_OF_A_DAY // SMALL, (
        "a page, its count, and where zones must be told apart a day's rows"
    )


def _thinned(world: World) -> World:
    """The world without every third row, beginning with the third."""

    def kept(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(row for place, row in enumerate(rows) if place % 3 != 2)

    return replace(
        world,
        accounts=kept(world.accounts),
        locations=kept(world.locations),
        assets=kept(world.assets),
        cases=kept(world.cases),
    )


@every_order
async def test_rows_that_come_or_go_between_two_pages_move_no_other(lab: Lab, world: World, wanted: Sorted) -> None:
    """The first page is of one state of the system, what follows of another; its last row may be gone by then."""
    full = await lab.system(wanted.harness, world=world, called="windows")
    thin = await lab.system(wanted.harness, world=_thinned(world), called="thinned")
    for before, after in ((thin, full), (full, thin)):
        earlier = await wanted.asked_of(before)(wanted.query(limit=10))
        assert earlier.windowed
        assert earlier.more
        cursor = position_of(earlier.rows[-1], (wanted.order,), key_of)
        matching = wanted.matching(after, wanted.query())
        query = wanted.query(limit=max(20, len(matching) // 5))
        walked = await walk(wanted.asked_of(after), query, matching, after=cursor)
        assert list(map(key_of, walked)) == _keys_behind(earlier.rows[-1], matching, wanted.order)


def _keys_behind(last: Any, matching: list[Any], order: OrderBy) -> list[str]:
    """What comes after a row that may not be among those that match any more."""
    others = [row for row in matching if key_of(row) != key_of(last)]
    keys = list(map(key_of, in_order([*others, last], (order,))))
    return keys[keys.index(key_of(last)) + 1 :]


@every_order
async def test_a_cursor_behind_everything_has_an_empty_page(lab: Lab, world: World, wanted: Sorted) -> None:
    system = await lab.system(wanted.harness, world=world, called="windows")
    matching = wanted.matching(system, wanted.query())
    last = position_of(matching[-1], (wanted.order,), key_of)
    answer = await wanted.asked_of(system)(wanted.query(limit=5, after=last))
    if answer.windowed:
        assert (answer.rows, answer.more) == ((), False)
    else:
        assert {key_of(row) for row in answer.rows} == set(map(key_of, matching)), "all rows, for the caller to cut"


@pytest.mark.parametrize(
    ("harness", "name"),
    [pytest.param(harness, read, id=read) for harness in harnesses() for read in harness.windows],
)
async def test_a_window_in_whatever_order_is_exact_or_left_to_the_caller(
    lab: Lab, story: World, harness: Harness, name: str
) -> None:
    system = await lab.system(harness, world=story, called="story")
    query_type, _ = QUERIES[name]
    facts = getattr(system.facts, name)
    for attribute in set(facts[0].__struct_fields__) - {"provenance"}:
        for order in ((OrderBy(attribute),), (OrderBy(attribute, descending=True), OrderBy("id"))):
            query = query_type(scope=EVERYONE, order=order, limit=9, count=True)
            answer = await getattr(system.connector, name)(query)
            if answer.windowed:
                assert list(answer.rows) == in_order(facts, order)[:9], order
                assert answer.total == len(facts)
            else:
                assert set(keys_of(answer.rows, "id")) == set(keys_of(facts, "id")), order


async def test_a_cursor_of_odd_values_does_no_harm(lab: Lab, story: World) -> None:
    """A cursor comes from a client: its values may be of any type, its id any text."""
    west, east = timezone(timedelta(hours=-12)), timezone(timedelta(hours=14))
    instants = (datetime.max.replace(tzinfo=west), datetime.min.replace(tzinfo=east), datetime.min.replace(tzinfo=UTC))
    odd: tuple[Any, ...] = (*instants, None, "'", "x" * 300, 0, 1.5, True, "ﬀ\\%_", "🩻", "\x00")
    for wanted in SORTED:
        system = await lab.system(wanted.harness, world=story, called="story")
        facts = wanted.matching(system, wanted.query())
        for value in odd:
            for row_id in (key_of(facts[0]), "'"):
                query = wanted.query(limit=2, after=Position(values=(value,), id=row_id))
                answer = await wanted.asked_of(system)(query)
                assert answer.windowed or len(answer.rows) == len(facts)
