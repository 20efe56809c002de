"""What is done on cases, and the orders made for them."""

from urllib.parse import unquote

import pytest

from connectors.queries import AccountScope, Rows, ServiceOrderQuery
from connectors.vocabulary import ActivityType
from tests.connectors.systems.sap_service_orders.conftest import Connect, Sap

ANALYST = AccountScope(unrestricted=True)
SHOWN = {"CRPT", "SAFE", "T2AC", "EXTN"}


async def test_activities_of_a_hundred_cases_are_one_call(connect: Connect, sap: Sap) -> None:
    some = sap.world.cases[:100]
    found = await connect().activities(tuple(case.number for case in some))
    assert sap.conduct.operations() == ["MaintNotificationItemActivity"]
    assert {case_id: len(entries) for case_id, entries in found.items()} == {
        case.number: sum(activity.code in SHOWN for activity in case.activities) for case in some
    }


async def test_activities_come_oldest_first_and_internal_ones_never(connect: Connect, sap: Sap) -> None:
    found = await connect().activities(tuple(case.number for case in sap.world.cases))
    entries = [entry for of_case in found.values() for entry in of_case]
    assert any(activity.code not in SHOWN for case in sap.world.cases for activity in case.activities)
    assert len({entry.id for entry in entries}) == len(entries)
    assert {entry.type for entry in entries} == set(ActivityType)
    assert not any("SECRET" in (entry.text or "") for entry in entries)
    for of_case in found.values():
        times = [entry.at for entry in of_case if entry.at]
        assert times == sorted(times)


async def test_activities_of_no_case_ask_nothing(connect: Connect, sap: Sap) -> None:
    assert await connect().activities(()) == {}
    assert sap.conduct.calls == []


async def test_orders_of_a_hundred_cases_are_one_call(connect: Connect, sap: Sap) -> None:
    keys = tuple(case.number for case in sap.world.cases[:100])
    orders = (await connect().service_orders(ServiceOrderQuery(scope=ANALYST, case_ids=keys))).rows
    assert {order.id for order in orders} == {order.number for order in sap.world.orders if order.case in keys}
    assert sap.conduct.operations() == ["A_ServiceOrder"]


async def test_orders_of_assets_are_two_calls_by_their_reference_objects(connect: Connect, sap: Sap) -> None:
    two = next(order for order in sap.world.orders if len(order.equipment) > 1)
    keys = (two.equipment[1],)
    orders = (await connect().service_orders(ServiceOrderQuery(scope=ANALYST, asset_ids=keys))).rows
    expected = {order.number: order.equipment for order in sap.world.orders if keys[0] in order.equipment}
    assert {order.id: order.asset_ids for order in orders} == expected
    assert sap.conduct.operations() == ["A_ServiceOrderRefObject", "A_ServiceOrder"]


async def test_assets_without_orders_need_no_second_call(connect: Connect, sap: Sap) -> None:
    query = ServiceOrderQuery(scope=ANALYST, asset_ids=("99000000",))
    assert await connect().service_orders(query) == Rows()
    assert sap.conduct.operations() == ["A_ServiceOrderRefObject"]


async def test_a_visit_is_what_is_planned_and_what_was_done(connect: Connect, sap: Sap) -> None:
    keys = tuple(order.number for order in sap.world.orders)
    orders = (await connect().service_orders(ServiceOrderQuery(scope=ANALYST, ids=keys))).rows
    assert len(orders) == len(keys)
    by_id = {order.number: order for order in sap.world.orders}
    for order in orders:
        known = by_id[order.id]
        visit = order.visit
        assert (visit is None) == (known.planned is None and known.actual is None)
        assert (visit.planned_start if visit else None) == (known.planned.start if known.planned else None)
        assert (visit.actual_end if visit else None) == (known.actual.end if known.actual else None)
        assert (order.case_id, order.contract_number) == (known.case, known.contract)


async def test_visits_are_read_only_where_wanted(connect: Connect, sap: Sap) -> None:
    query = ServiceOrderQuery(scope=ANALYST, ids=(sap.world.orders[0].number,), fields=frozenset({"team"}))
    orders = (await connect().service_orders(query)).rows
    assert orders[0].team == (sap.world.orders[0].team or None)
    assert orders[0].asset_ids == sap.world.orders[0].equipment
    assert "Appointment" not in sap.conduct.calls[0].query


async def test_exactly_one_way_to_ask_is_taken(connect: Connect, sap: Sap) -> None:
    with pytest.raises(ValueError, match="one of these"):
        await connect().service_orders(ServiceOrderQuery(scope=ANALYST))
    with pytest.raises(ValueError, match="one of these"):
        await connect().service_orders(ServiceOrderQuery(scope=ANALYST, ids=("1",), case_ids=("2",)))
    for query in (ServiceOrderQuery(scope=AccountScope(), ids=("1",)), ServiceOrderQuery(scope=ANALYST, case_ids=())):
        assert await connect().service_orders(query) == Rows()
    assert sap.conduct.calls == []


async def test_a_projected_read_of_orders_asks_for_those_properties_only(connect: Connect, sap: Sap) -> None:
    assets = tuple(asset.equipment for asset in sap.world.assets if asset.equipment)[:20]
    query = ServiceOrderQuery(scope=ANALYST, asset_ids=assets, fields=frozenset({"description"}))
    assert (await connect().service_orders(query)).rows
    select = unquote(sap.conduct.calls[-1].query).partition("$select=")[2].partition("&")[0].split(",")
    assert sorted(select) == [
        "ReferenceServiceRequest",
        "ServiceOrder",
        "ServiceOrderDescription",
        "to_ReferenceObject/ServiceReferenceEquipment",
        "to_ReferenceObject/SrvcRefObjIsMainObject",
    ]
    projected = sap.conduct.bytes_answered()
    sap.conduct.behave()
    await connect().service_orders(ServiceOrderQuery(scope=ANALYST, asset_ids=assets))
    assert projected < sap.conduct.bytes_answered()
