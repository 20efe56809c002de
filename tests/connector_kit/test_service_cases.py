"""Every connector of the port `ServiceCases`: cases, activities, service orders."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ports import ServiceCases
from connectors.queries import AccountScope, CaseQuery, Rows, ServiceOrderQuery
from connectors.vocabulary import CaseOrigin, CasePriority, CaseStatus, EventType
from fixtures.world.model import World
from tests.connector_kit.expectations import EVERYONE, NOBODY, ODD_KEYS, by_key, keys_of, only
from tests.connector_kit.harness import harnesses_of
from tests.connector_kit.lab import SMALL, Lab, System
from tests.connector_kit.reads import CASES, SERVICE_ORDERS

Service = System[ServiceCases]

SOMEBODY = AccountScope(account_ids=frozenset({"001000000000000AAA"}), account_numbers=frozenset({"7100010"}))


@pytest.fixture(params=harnesses_of(ServiceCases), ids=lambda harness: harness.name)
async def service(request: pytest.FixtureRequest, lab: Lab) -> Service:
    return cast(Service, await lab.system(request.param))


@pytest.fixture(params=harnesses_of(ServiceCases), ids=lambda harness: harness.name)
async def story_service(request: pytest.FixtureRequest, lab: Lab, story: World) -> Service:
    """The story alone, as of today: for whatever reads every case many times."""
    return cast(Service, await lab.system(request.param, world=story, called="story"))


@pytest.fixture(params=harnesses_of(ServiceCases), ids=lambda harness: harness.name)
async def small(request: pytest.FixtureRequest, lab: Lab, story: World) -> Service:
    return cast(Service, await lab.system(request.param, world=story, called="story", page_size=SMALL))


async def test_everything_is_read_as_the_system_has_it(service: Service) -> None:
    await CASES.assert_answered(service, CaseQuery(scope=EVERYONE))


async def test_short_pages_are_followed_to_the_end(small: Service) -> None:
    await CASES.assert_answered(small, CaseQuery(scope=EVERYONE))
    assert len(small.calls()) == -(-len(small.facts.cases) // SMALL)


@pytest.mark.rule("R11")
async def test_a_restricted_read_that_names_no_keys_is_a_programming_error(service: Service) -> None:
    for criteria in (
        {},
        {"statuses": (CaseStatus.NEW,)},
        {"text": "MR"},
        {"created_from": datetime(2026, 1, 1, tzinfo=UTC)},
    ):
        with pytest.raises(ValueError, match="names"):
            await service.connector.cases(CaseQuery(scope=SOMEBODY, **cast(dict[str, Any], criteria)))
    assert service.conduct.calls == []


@pytest.mark.rule("R2")
async def test_who_may_see_nothing_is_answered_without_a_call(service: Service) -> None:
    assert await service.connector.cases(CaseQuery(scope=NOBODY)) == Rows()
    assert service.conduct.calls == []


async def test_a_restricted_read_by_keys_has_what_the_keys_name(service: Service) -> None:
    """Assets are the caller's to check: SAP knows no owner."""
    for criterion in CASES.keys:
        keys = CASES.known_keys(service.facts, criterion)[:30]
        await CASES.assert_answered(service, CASES.query(SOMEBODY, {criterion: keys}))


async def test_two_criteria_of_keys_are_applied_both(story_service: Service) -> None:
    facts = story_service.facts
    assets, accounts = keys_of(facts.cases, "asset_id"), keys_of(facts.cases, "sold_to")
    ids, numbers = keys_of(facts.cases, "id"), keys_of(facts.cases, "number")
    for criteria in (
        {"asset_ids": assets, "sold_to": accounts[:2]},
        {"ids": ids[:50], "sold_to": accounts[1:4]},
        {"ids": ids[:50], "numbers": numbers[30:80], "asset_ids": assets},
        {"numbers": numbers, "asset_ids": assets[:3], "sold_to": accounts},
        {"ids": ids[:1], "numbers": numbers[1:2]},
    ):
        await CASES.assert_answered(story_service, CASES.query(EVERYONE, criteria))


def _filters(world: World) -> list[dict[str, Any]]:
    noon = datetime.combine(world.today, datetime.min.time(), UTC) + timedelta(hours=12)
    moments = [noon - timedelta(days=days) for days in (1, 5, 25, 400)]
    west, east = timezone(timedelta(hours=-12)), timezone(timedelta(hours=14))
    ends = (datetime.max.replace(tzinfo=west), datetime.min.replace(tzinfo=east), datetime.max.replace(tzinfo=UTC))
    texts = ("mr:", "BŁĄD", "o'brien's", "100%_\\", "<b>&amp;", "🩻", "3000001", "PN-2026", "%", "_", "", " ", "]]>")
    return [
        *({"statuses": (status,)} for status in CaseStatus),
        {"statuses": (CaseStatus.RESOLVED, CaseStatus.CLOSED)},
        {"statuses": (CaseStatus.CLOSED, CaseStatus.NEW)},
        {"statuses": tuple(CaseStatus)},
        *({"priorities": (priority,)} for priority in CasePriority),
        *({"event_types": (event,)} for event in EventType),
        *({"origins": (origin,)} for origin in CaseOrigin),
        *(
            {criterion: moment}
            for criterion in ("created_from", "created_to", "updated_from", "updated_to")
            for moment in (*moments, *ends)
        ),
        {"created_from": moments[2], "created_to": moments[0]},
        {"updated_from": moments[2], "updated_to": moments[0]},
        {"created_from": moments[0], "created_to": moments[2]},
        *({"text": text} for text in texts),
        {"statuses": (CaseStatus.CLOSED,), "priorities": (CasePriority.SYSTEM_DOWN,), "created_from": moments[3]},
        {"event_types": (EventType.CORRECTIVE_MAINTENANCE,), "origins": (CaseOrigin.WEB,), "text": "mr"},
    ]


async def test_cases_are_filtered_by_each_criterion(story_service: Service, story: World) -> None:
    for criteria in _filters(story):
        await CASES.assert_answered(story_service, CaseQuery(scope=EVERYONE, **criteria))


async def test_to_the_second_a_time_is_a_bound_inclusive_below_and_exclusive_above(story_service: Service) -> None:
    for attribute, criterion in (("created_at", "created"), ("updated_at", "updated")):
        moments = sorted({getattr(row, attribute) for row in story_service.facts.cases})
        for moment in moments[:: len(moments) // 6]:
            for step in (timedelta(), timedelta(seconds=1), timedelta(microseconds=1), timedelta(seconds=-1)):
                for end in ("from", "to"):
                    query = CASES.query(EVERYONE, {f"{criterion}_{end}": moment + step})
                    await CASES.assert_answered(story_service, query)


@pytest.mark.parametrize("criterion", ["event_types", "priorities", "statuses", "origins"])
async def test_no_values_are_answered_without_a_call(service: Service, criterion: str) -> None:
    assert await service.connector.cases(CASES.query(EVERYONE, {criterion: ()})) == Rows()
    assert service.conduct.calls == []


@st.composite
def drawn_criteria(draw: st.DrawFn) -> dict[str, Any]:
    """Some criteria; for keys, numbers that choose among those that there are; for times, days before today."""
    rarely = st.none() | st.none()
    drawn: dict[str, Any] = {
        **{criterion: draw(rarely | st.lists(st.integers(0, 150), max_size=12)) for criterion in CASES.keys},
        "event_types": draw(rarely | st.lists(st.sampled_from(EventType), max_size=4).map(tuple)),
        "priorities": draw(rarely | st.lists(st.sampled_from(CasePriority), max_size=4).map(tuple)),
        "statuses": draw(rarely | st.lists(st.sampled_from(CaseStatus), max_size=3).map(tuple)),
        "origins": draw(rarely | st.lists(st.sampled_from(CaseOrigin), max_size=2).map(tuple)),
        **{
            bound: draw(rarely | st.floats(-2, 700).map(lambda days: timedelta(days=days)))
            for bound in ("created_from", "created_to", "updated_from", "updated_to")
        },
        "text": draw(rarely | st.sampled_from(["mr", "CT:", "'", "%", "30000011", "pn-", "nothing at all"])),
    }
    return {name: value for name, value in drawn.items() if value is not None}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(drawn_criteria())
async def test_criteria_of_every_kind_are_applied_together(
    story_service: Service, story: World, drawn: dict[str, Any]
) -> None:
    criteria = dict(drawn)
    noon = datetime.combine(story.today, datetime.min.time(), UTC) + timedelta(hours=12)
    for criterion, value in drawn.items():
        if criterion in CASES.keys:
            known = CASES.known_keys(story_service.facts, criterion)
            criteria[criterion] = tuple(known[place % len(known)] for place in value)
        elif isinstance(value, timedelta):
            criteria[criterion] = noon - value
    await CASES.assert_answered(story_service, CaseQuery(scope=EVERYONE, **criteria))


async def test_a_projected_read_has_what_was_wanted_and_what_the_scope_is_checked_by(service: Service) -> None:
    for criterion in ("asset_ids", "sold_to", "ids"):
        keys = CASES.known_keys(service.facts, criterion)[:10]
        query = CASES.query(SOMEBODY, {criterion: keys}, fields=frozenset({"priority"}))
        answer = await service.connector.cases(query)
        expected = by_key(row for row in service.facts.cases if CASES.matches(query)(row))
        assert {row.id: (row.priority, row.asset_id) for row in answer.rows} == {
            key: (row.priority, row.asset_id) for key, row in expected.items()
        }
        if criterion != "asset_ids":  # a case without an asset is visible by its account
            assert {row.sold_to for row in answer.rows} == {row.sold_to for row in expected.values()}


@pytest.mark.rule("V16")
async def test_activities_are_those_a_customer_may_see_oldest_first(service: Service) -> None:
    cases = keys_of(service.facts.cases, "id")
    found = await service.connector.activities(cases)
    assert {case: rows for case, rows in found.items() if rows} == {
        case: rows for case, rows in service.facts.activities.items() if rows
    }
    assert not any("SECRET" in (row.text or "") for rows in found.values() for row in rows)


async def test_a_hundred_cases_activities_are_one_call(service: Service) -> None:
    cases = keys_of(service.facts.cases, "id")[:100]
    found = await service.connector.activities(cases)
    assert {case: rows for case, rows in found.items() if rows} == {
        case: rows for case, rows in only(service.facts.activities, *cases).items() if rows
    }
    assert len(service.calls()) == 1


async def test_activities_of_no_cases_and_of_odd_ones_are_none(service: Service) -> None:
    assert await service.connector.activities(()) == {}
    assert service.conduct.calls == []
    assert [rows for rows in (await service.connector.activities(ODD_KEYS)).values() if rows] == []


async def test_orders_are_asked_for_in_one_way_at_a_time(service: Service) -> None:
    for query in (ServiceOrderQuery(scope=EVERYONE), ServiceOrderQuery(scope=EVERYONE, ids=("1",), case_ids=("1",))):
        with pytest.raises(ValueError, match="one"):
            await service.connector.service_orders(query)
    assert service.conduct.calls == []


async def test_an_order_of_several_assets_is_found_by_each_of_them(service: Service) -> None:
    several = [row for row in service.facts.service_orders if len(row.asset_ids) > 1]
    assert several
    for order in several:
        for asset in order.asset_ids:
            await SERVICE_ORDERS.assert_answered(service, ServiceOrderQuery(scope=EVERYONE, asset_ids=(asset,)))


async def test_an_order_whose_visit_is_not_wanted_is_read_without_it(service: Service) -> None:
    keys = keys_of(service.facts.service_orders, "id")[:20]
    query = ServiceOrderQuery(scope=EVERYONE, ids=keys, fields=frozenset({"completed"}))
    answer = await service.connector.service_orders(query)
    expected = by_key(service.facts.service_orders)
    assert {(row.id, row.completed, row.case_id, row.asset_ids) for row in answer.rows} == {
        (key, expected[key].completed, expected[key].case_id, expected[key].asset_ids) for key in keys
    }
