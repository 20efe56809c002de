"""Deliveries in the store: kept once, taken in order, by one gateway at a time."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from connectors.case_writing import CaseChange
from connectors.deliveries import Deliveries, Delivery, DeliveryStatus
from connectors.people import AuditAction, AuditEvent
from connectors.ports import DeliveryStore
from connectors.systems.portal_store.connector import PortalStore
from tests.clock import MovedClock
from tests.connectors.systems.portal_store.conftest import Gateways
from tests.delivery_records import NOW, SUBMITTED, changing, new_case, registering

LATER = NOW + timedelta(minutes=1)
NOTE = CaseChange(reference="N-1", at=NOW, note="When?")


async def submitted(store: PortalStore, *deliveries: Delivery) -> Delivery:
    return await store.deliveries.submit(deliveries, SUBMITTED, repeated_since=NOW - timedelta(minutes=10))


async def taken(store: PortalStore, at_most: int = 20) -> list[str]:
    found = await store.deliveries.take(NOW, until=LATER, at_most=at_most)
    return [delivery.reference for delivery in found]


async def ended(store: PortalStore, delivery: Delivery, status: DeliveryStatus, case_id: str | None = None) -> None:
    (held,) = await store.deliveries.take(NOW, until=LATER, at_most=1, lane=delivery.lane)
    await store.deliveries.finish(held, status, NOW, case_id=case_id, code="", words="")


def test_the_store_serves_the_port(stored: PortalStore) -> None:
    assert isinstance(stored, DeliveryStore)
    assert isinstance(stored.deliveries, Deliveries)


async def test_a_delivery_is_kept_whole_and_recorded_with_it(stored: PortalStore) -> None:
    told = registering(new_case("WEB-1", long_text="Lampa\n'42'"))
    kept = await submitted(stored, told)
    assert msgspec.structs.replace(kept, number=0) == told
    assert [entry.action for entry in await stored.audit.entries()] == [AuditAction.CASE_SUBMITTED]


async def test_a_key_names_one_submission_for_good(gateways: Gateways) -> None:
    first, second = gateways(), gateways()
    told = registering("WEB-1", key="k", created_at=NOW - timedelta(days=30))
    await submitted(first, told)
    again = await submitted(second, registering("WEB-2", key="k"))
    assert again.id == told.id
    assert (await submitted(second, registering("WEB-3", key="k", actor="u2"))).reference == "WEB-3", "another's key"
    assert len(await first.audit.entries()) == 2, "what was not kept is not recorded"


async def test_without_a_key_the_same_content_is_the_same_for_a_while(stored: PortalStore) -> None:
    told = registering("WEB-1", fingerprint="a" * 64)
    await submitted(stored, told)
    assert (await submitted(stored, registering("WEB-2", fingerprint="a" * 64))).id == told.id
    old = registering("WEB-3", fingerprint="b" * 64, created_at=NOW - timedelta(minutes=11))
    await submitted(stored, old)
    assert (await submitted(stored, registering("WEB-4", fingerprint="b" * 64))).reference == "WEB-4"
    assert (await submitted(stored, registering("WEB-5", fingerprint="a" * 64, actor="u2"))).reference == "WEB-5"


@pytest.mark.parametrize(
    ("status", "case_anew", "change_anew"),
    [
        (DeliveryStatus.DELIVERED, False, False),
        (DeliveryStatus.REFUSED, False, True),
        (DeliveryStatus.DISCARDED, True, True),
    ],
)
async def test_what_came_to_nothing_may_be_sent_anew_but_a_refused_case_is_still_here(
    stored: PortalStore, status: DeliveryStatus, case_anew: bool, change_anew: bool
) -> None:
    for number, anew in ((1, case_anew), (2, change_anew)):
        first, again = (
            registering("WEB-1", lane="1") if number == 1 else changing("300", NOTE, lane="2") for _ in range(2)
        )
        await submitted(stored, first)
        await ended(stored, first, status)
        assert ((await submitted(stored, again)).id == again.id) is anew


async def test_of_twenty_that_send_the_same_at_once_one_is_kept(gateways: Gateways) -> None:
    stores = [gateways(), gateways()]
    await stores[0].ping()
    told = [registering(f"WEB-{number}", key="k") for number in range(20)]
    kept = await asyncio.gather(*(submitted(stores[number % 2], each) for number, each in enumerate(told)))
    assert len({delivery.id for delivery in kept}) == 1
    assert (await stores[0].deliveries.waiting())[DeliveryStatus.WAITING].deliveries == 1


async def test_those_of_a_lane_go_one_after_the_other_and_lanes_side_by_side(stored: PortalStore) -> None:
    first = registering(new_case("WEB-1", asset_id="10"))
    await submitted(stored, first)
    await submitted(stored, registering(new_case("WEB-2", asset_id="10")))
    await submitted(stored, registering(new_case("WEB-3", asset_id="20")))
    assert await taken(stored) == ["WEB-1", "WEB-3"]
    assert await taken(stored) == [], "they are another's for now"
    await stored.deliveries.finish(
        (await stored.deliveries.by_id([first.id]))[first.id],
        DeliveryStatus.DELIVERED,
        NOW,
        case_id="300",
        code="",
        words="",
    )
    assert await taken(stored) == ["WEB-2"]


async def test_of_gateways_that_take_at_once_each_delivery_is_one_ones(gateways: Gateways) -> None:
    stores = [gateways() for _ in range(4)]
    await stores[0].ping()
    for number in range(30):
        await submitted(stores[0], registering(new_case(f"WEB-{number}", asset_id=str(number + 1))))
    shares = await asyncio.gather(*(taken(stores[number % 4], 5) for number in range(12)))
    together = [reference for share in shares for reference in share]
    assert sorted(together) == sorted(f"WEB-{number}" for number in range(30))


async def test_one_that_nobody_finished_is_taken_up_again_and_the_first_may_not_go_on(
    gateways: Gateways, clock: MovedClock
) -> None:
    first, second = gateways(), gateways()
    await submitted(first, registering("WEB-1"))
    (mine,) = await first.deliveries.take(NOW, until=LATER, at_most=1)
    (theirs,) = await second.deliveries.take(LATER, until=LATER + timedelta(minutes=1), at_most=1)
    assert (mine.attempts, theirs.attempts) == (1, 2)
    assert not await first.deliveries.sending(mine, LATER)
    await first.deliveries.postpone(mine, LATER, code="X", words="")
    await first.deliveries.finish(mine, DeliveryStatus.REFUSED, LATER, case_id=None, code="X", words="")
    current = (await first.deliveries.by_id([mine.id]))[mine.id]
    assert (current.status, current.code, current.sent_at) == (DeliveryStatus.WAITING, "", None)
    assert await second.deliveries.sending(theirs, LATER)
    await first.deliveries.finish(mine, DeliveryStatus.DELIVERED, LATER, case_id="300", code="", words="")
    current = (await first.deliveries.by_id([mine.id]))[mine.id]
    assert current.status is DeliveryStatus.DELIVERED, "what has arrived has arrived"


async def test_what_belongs_to_a_refused_case_waits_for_somebody_to_look(stored: PortalStore) -> None:
    case = registering("WEB-1")
    await submitted(stored, case)
    await submitted(stored, changing("WEB-1", NOTE))
    await ended(stored, case, DeliveryStatus.REFUSED)
    assert await taken(stored) == []
    event = AuditEvent(action=AuditAction.DELIVERY_RETRIED)
    assert await stored.deliveries.retry(case.id, NOW, event)
    assert await taken(stored) == ["WEB-1"]


async def test_giving_up_a_case_gives_up_what_waits_for_it(stored: PortalStore) -> None:
    case, change = registering("WEB-1"), changing("WEB-1", NOTE)
    await submitted(stored, case)
    await submitted(stored, change)
    await submitted(stored, registering("WEB-2"))
    event = AuditEvent(action=AuditAction.DELIVERY_DISCARDED)
    assert await stored.deliveries.discard(case.id, NOW, event)
    assert not await stored.deliveries.discard(case.id, NOW, event)
    assert not await stored.deliveries.retry(case.id, NOW, event)
    assert await taken(stored) == ["WEB-2"]
    found = await stored.deliveries.of_cases(["WEB-1"])
    assert [delivery.status for delivery in found] == [DeliveryStatus.DISCARDED] * 2


async def test_cases_that_the_system_has_not_are_told_from_here(stored: PortalStore) -> None:
    waiting, refused, lately, long_ago, given_up = (
        registering(new_case(f"WEB-{number}", asset_id=str(number + 1))) for number in range(5)
    )
    for each in (refused, lately, long_ago, given_up, waiting):
        await submitted(stored, each)
    await ended(stored, refused, DeliveryStatus.REFUSED)
    await ended(stored, lately, DeliveryStatus.DELIVERED, "301")
    (held,) = await stored.deliveries.take(NOW, until=LATER, at_most=1, lane=long_ago.lane)
    before = NOW - timedelta(hours=1)
    await stored.deliveries.finish(held, DeliveryStatus.DELIVERED, before, case_id="300", code="", words="")
    await stored.deliveries.discard(given_up.id, NOW, AuditEvent(action=AuditAction.DELIVERY_DISCARDED))
    found = await stored.deliveries.submitted_cases(delivered_since=NOW - timedelta(minutes=1))
    assert [delivery.reference for delivery in found] == ["WEB-1", "WEB-2", "WEB-0"]
    assert await stored.deliveries.case_ids(["WEB-0", "WEB-2", "WEB-3"]) == {"WEB-2": "301", "WEB-3": "300"}


async def test_a_system_that_is_back_hastens_what_was_put_off_and_nothing_that_is_under_way(
    stored: PortalStore,
) -> None:
    for number in (1, 2):
        await submitted(stored, registering(new_case(f"WEB-{number}", asset_id=str(number))))
    held = await stored.deliveries.take(NOW, until=LATER, at_most=2)
    await stored.deliveries.postpone(held[0], LATER, code="SourceUnreachable", words="could not be reached")
    assert await taken(stored) == []
    await stored.deliveries.hasten(NOW)
    assert await taken(stored) == ["WEB-1"]


@pytest.mark.parametrize("status", list(DeliveryStatus))
async def test_counts_and_ages_are_told_by_state(stored: PortalStore, status: DeliveryStatus) -> None:
    await submitted(stored, registering("WEB-1"))
    found = await stored.deliveries.waiting()
    expected = (1, NOW) if status is DeliveryStatus.WAITING else (0, None)
    assert found[status] == expected
