"""What hangs on cases, service orders and visits."""

import pytest

from fixtures.world.model import Asset, ServiceOrder
from tests.oracle import SHOWN_ACTIVITIES, Sight, has_visit
from tests.portal import Portal
from tests.seen import Row, every_object, everything, key_of, rows, texts
from tests.watchers import READERS, WATCHERS, sight_of


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R11")
async def test_a_case_leads_to_its_asset_and_to_the_account_it_was_sold_to_where_they_are_the_viewer_s(
    portal: Portal, who: str
) -> None:
    sight = sight_of(portal, who)
    seen = {
        row["sapNotificationNumber"]: (_asset_name(row), row["account"] and row["account"]["name"])
        for row in rows(await everything(portal, who), "cases")
    }
    assert seen == {
        case.number: (
            _name(sight.asset(case.equipment)),
            account.name if (account := sight.assigned_account(case.sold_to)) else None,
        )
        for case in sight.cases
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R11")
async def test_a_case_leads_to_the_orders_and_visits_for_it_but_not_to_those_for_another_s_asset(
    portal: Portal, who: str
) -> None:
    sight = sight_of(portal, who)
    seen = {
        row["sapNotificationNumber"]: (
            sorted(order["number"] for order in row["serviceOrders"]),
            sorted(map(key_of, row["visits"])),
        )
        for row in rows(await everything(portal, who), "cases")
    }
    assert seen == {
        case.number: (
            sorted(order.number for order in sight.orders_of_case(case)),
            sorted(order.number for order in sight.orders_of_case(case) if has_visit(order)),
        )
        for case in sight.cases
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("V16")
async def test_a_case_shows_the_activities_meant_for_the_customer_and_no_internal_one(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    seen = {
        row["sapNotificationNumber"]: [activity["text"] for activity in row["activities"]]
        for row in rows(await everything(portal, who), "cases")
    }
    assert seen == {
        case.number: [
            activity.text
            for activity in sorted(case.activities, key=lambda each: each.at)
            if activity.code in SHOWN_ACTIVITIES
        ]
        for case in sight.cases
    }


@pytest.mark.parametrize("who", WATCHERS)
@pytest.mark.rule("V16")
async def test_internal_texts_are_nowhere_in_anything_that_anybody_gets(portal: Portal, who: str) -> None:
    answers = [(await everything(portal, who)).data, await every_object(portal, who)]
    assert [text for text in texts(answers) if "SECRET" in text] == []


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R11")
async def test_an_order_is_visible_by_its_asset_and_without_one_by_its_case(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    seen = {row["number"]: _order(row) for row in await _objects(portal, who, "ServiceOrder")}
    assert seen == {order.number: _expected(sight, order) for order in sight.orders}


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R11")
async def test_a_visit_is_visible_as_its_order_is(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    visits = await _objects(portal, who, "Visit")
    assert [row["serviceOrder"]["number"] for row in visits] == [key_of(row) for row in visits]
    assert {key_of(row): _order(row) for row in visits} == {
        order.number: _expected(sight, order) for order in sight.orders if has_visit(order)
    }


@pytest.mark.parametrize("who", READERS)
@pytest.mark.rule("R11")
async def test_an_archived_case_is_visible_by_its_asset_whoever_paid_for_it(portal: Portal, who: str) -> None:
    sight = sight_of(portal, who)
    seen = {row["number"]: (_asset_name(row), row["longText"]) for row in await _objects(portal, who, "ArchivedCase")}
    assert seen == {
        old.number: (_name(sight.asset(old.equipment)), "\n".join(old.lines) or None) for old in sight.archived_cases
    }


async def _objects(portal: Portal, who: str, type_: str) -> list[Row]:
    """The objects of a type that `nodes` shows."""
    found = await every_object(portal, who)
    return [row for row in found.values() if row is not None and row["__typename"] == type_]


def _order(row: Row) -> tuple[str | None, str | None]:
    return _asset_name(row), row["case"] and row["case"]["sapNotificationNumber"]


def _expected(sight: Sight, order: ServiceOrder) -> tuple[str | None, str | None]:
    case = next((case.number for case in sight.cases if case.number == order.case), None)
    return _name(sight.asset_of(order)), case


def _asset_name(row: Row) -> str | None:
    asset: Row | None = row["installedProduct"]
    return None if asset is None else asset["installedProductNumber"]


def _name(asset: Asset | None) -> str | None:
    return None if asset is None else asset.name
