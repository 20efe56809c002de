"""What is written arrives once, whatever happens to the system, to the store or to the gateway meanwhile (F1)."""

import asyncio
import itertools
import os
from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from connectors.case_writing import CaseChange, FieldChange, FieldConflict, NewCase
from connectors.courier import CHANGED_MEANWHILE
from connectors.deliveries import DeliveryStatus
from connectors.registry import utc_now
from fixtures.simulators.server import listen
from tests.connectors.offices import LONG, Office, Open, Sap, office, read, sap
from tests.databases import database_url
from tests.delivery_records import changing, new_case, registering

__all__ = ["database_url", "office", "sap"]

pytestmark = pytest.mark.rule("F1")

CASES = int(os.environ.get("PORTAL_STORM", "100"))
"""`make storm` takes ten thousand."""
LANES = max(40, CASES // 50)


async def test_what_the_system_takes_is_delivered_at_once_and_told(office: Open, sap: Sap) -> None:
    gateway = office()
    kept = await gateway.submit(registering("WEB-1"))
    ended = await gateway.courier.outcome(kept, within=20)
    assert (ended.status, ended.attempts) == (DeliveryStatus.DELIVERED, 1)
    assert (await read(gateway, ended.case_id)).number == "WEB-1"
    assert [delivery.id for delivery in gateway.told] == [kept.id]
    assert [call.method for call in sap.conduct.calls] == ["GET", "POST", "GET"], "a token, the case, our own look"


async def test_a_system_that_is_down_loses_nothing_and_gets_it_once_it_is_back(office: Open, sap: Sap) -> None:
    with listen() as nobody:  # listens, and nobody answers: the connection is refused once this is closed
        port = nobody.getsockname()[1]
    gateway = office(url=f"http://127.0.0.1:{port}")
    first, second = await gateway.submit(registering("WEB-1")), await gateway.submit(registering("WEB-2"))
    ended = await gateway.courier.outcome(first, within=2)
    assert (ended.status, ended.words) == (DeliveryStatus.WAITING, "could not be reached")
    assert sap.numbers() == Counter()
    later = office()
    for each in (first, second):
        await later.until(each, DeliveryStatus.DELIVERED)
    assert sap.numbers() == Counter({"WEB-1": 1, "WEB-2": 1})


@pytest.mark.parametrize("misconduct", [{"fail": 503}, {"fail": 500}, {"hang": True}, {"fail": 404}])
async def test_a_case_whose_answer_was_lost_is_found_and_not_sent_again(
    office: Open, sap: Sap, misconduct: dict[str, Any]
) -> None:
    gateway = office(timeout=0.3, settle=LONG)
    sap.conduct.misbehave(method="POST", path="MaintenanceNotification", done=True, times=1, **misconduct)
    kept = await gateway.submit(registering("WEB-1"))
    await gateway.courier.outcome(kept, within=1)
    await gateway.store.deliveries.hasten(utc_now())
    ended = await gateway.until(kept, DeliveryStatus.DELIVERED)
    assert ended.case_id is not None
    assert sap.numbers() == Counter({"WEB-1": 1})


async def test_a_slow_system_that_takes_it_after_all_does_not_get_it_twice(office: Open, sap: Sap) -> None:
    gateway = office(timeout=0.2, settle=timedelta(seconds=4))
    sap.conduct.misbehave(method="POST", path="MaintenanceNotification", delay=1.0, times=1)
    kept = await gateway.submit(registering("WEB-1"))
    waiting = await gateway.courier.outcome(kept, within=1)
    assert waiting.status is DeliveryStatus.WAITING
    await gateway.until(kept, DeliveryStatus.DELIVERED)
    assert sap.numbers() == Counter({"WEB-1": 1})
    posts = [call for call in sap.conduct.calls if call.method == "POST"]
    assert len(posts) == 1


async def test_what_never_arrived_is_sent_again_once_that_is_sure(office: Open, sap: Sap) -> None:
    gateway = office(timeout=0.3)
    sap.conduct.misbehave(method="POST", path="MaintenanceNotification", fail=503, times=2)
    kept = await gateway.submit(registering("WEB-1"))
    ended = await gateway.until(kept, DeliveryStatus.DELIVERED)
    assert ended.attempts >= 3
    assert sap.numbers() == Counter({"WEB-1": 1})


async def test_a_refusal_is_kept_in_the_systems_words_and_told(office: Open, sap: Sap) -> None:
    gateway = office()
    kept = await gateway.submit(registering(new_case("WEB-1", asset_id="99999999")))
    follower = await gateway.submit(
        changing("WEB-1", CaseChange(reference="N-1", at=utc_now(), note="?"), lane="99999999")
    )
    ended = await gateway.courier.outcome(kept, within=20)
    assert ended.status is DeliveryStatus.REFUSED
    assert ended.words.startswith("Technical object 000000000099999999")
    assert [delivery.status for delivery in gateway.told] == [DeliveryStatus.REFUSED]
    await gateway.courier.deliver_due()
    assert (await gateway.state(follower)).status is DeliveryStatus.WAITING
    assert sap.numbers() == Counter()


async def test_what_an_operator_must_mend_waits_for_the_operator(office: Open, sap: Sap) -> None:
    gateway = office()
    sap.conduct.misbehave(fail=401)
    kept = await gateway.submit(registering("WEB-1"))
    ended = await gateway.courier.outcome(kept, within=20)
    assert (ended.status, ended.code) == (DeliveryStatus.WAITING, "SourceMisconfigured")
    assert ended.due_at > utc_now() + timedelta(minutes=4)
    sap.conduct.behave()
    await gateway.submit(registering(new_case("WEB-2", sold_to="7100011")))
    await gateway.until(kept, DeliveryStatus.DELIVERED)  # what is delivered hastens what waits


async def test_a_fault_of_ours_holds_nothing_else_up_and_loses_nothing(
    office: Open, sap: Sap, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = office()
    register = gateway.writer.register_case

    async def stumbles(case: NewCase) -> str:
        if case.reference == "WEB-1":
            raise ZeroDivisionError
        return await register(case)

    monkeypatch.setattr(gateway.writer, "register_case", stumbles)
    kept = await gateway.submit(registering("WEB-1"))
    other = await gateway.submit(registering(new_case("WEB-2", sold_to="7100011")))
    await gateway.courier.deliver_due()
    state = await gateway.state(kept)
    assert (state.status, state.code, state.words) == (DeliveryStatus.WAITING, "PORTAL/INTERNAL", "ZeroDivisionError")
    assert (await gateway.state(other)).status is DeliveryStatus.DELIVERED


async def test_a_pass_that_fails_is_followed_by_another(
    office: Open, sap: Sap, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = office()
    kept = await gateway.submit(registering("WEB-1"))
    take, tried = gateway.store.deliveries.take, 0

    async def stumbles(*arguments: Any, **named: Any) -> Any:  # Any: as the store has it
        nonlocal tried
        tried += 1
        if tried == 1:
            raise ZeroDivisionError
        return await take(*arguments, **named)

    monkeypatch.setattr(gateway.store.deliveries, "take", stumbles)
    running_on = asyncio.create_task(gateway.courier.run())
    async with asyncio.timeout(20):
        while (await gateway.state(kept)).status is not DeliveryStatus.DELIVERED:  # noqa: ASYNC110  # in the store
            await asyncio.sleep(0.05)
    running_on.cancel()
    await asyncio.gather(running_on, return_exceptions=True)
    assert sap.numbers() == Counter({"WEB-1": 1})


async def test_changes_follow_their_case_in_order(office: Open, sap: Sap) -> None:
    gateway = office()
    sap.conduct.misbehave(fail=503)
    case = await gateway.submit(registering("WEB-1"))
    note = await gateway.submit(changing("WEB-1", CaseChange(reference="N-1", at=utc_now(), note="First.")))
    more = await gateway.submit(
        changing(
            "WEB-1",
            CaseChange(reference="N-2", at=utc_now(), note="Then.", fields=(FieldChange("priority", "2", "1"),)),
        )
    )
    await gateway.courier.outcome(more, within=0.5)
    sap.conduct.behave()
    await gateway.store.deliveries.hasten(utc_now())
    ended = await gateway.until(more, DeliveryStatus.DELIVERED)
    found = await read(gateway, ended.case_id)
    assert found.long_text is not None
    assert found.long_text.index("First.") < found.long_text.index("Then.")
    assert found.priority is not None
    assert found.priority.value == "1"
    assert {(await gateway.state(each)).case_id for each in (case, note, more)} == {found.id}


async def test_what_others_changed_comes_back_as_conflicts(office: Open) -> None:
    gateway = office()
    case = await gateway.submit(registering("WEB-1"))
    await gateway.until(case, DeliveryStatus.DELIVERED)
    change = CaseChange(reference="N-1", at=utc_now(), fields=(FieldChange("priority", "4", "1"),))
    kept = await gateway.submit(changing("WEB-1", change))
    ended = await gateway.courier.outcome(kept, within=20)
    assert (ended.status, ended.code) == (DeliveryStatus.REFUSED, CHANGED_MEANWHILE)
    conflicts = msgspec.json.decode(ended.words, type=tuple[FieldConflict, ...])
    assert conflicts == (FieldConflict("priority", "4", "2", "1"),)


async def test_two_gateways_deliver_many_cases_once_each_through_a_bad_hour(office: Open, sap: Sap) -> None:
    """It fails after taking, fails before, hangs, is slow, loses its sessions; in the end it is well again."""
    gateways = [office(timeout=0.4), office(timeout=0.4)]
    kept = [
        await gateways[number % 2].submit(registering(new_case(f"WEB-{number}", sold_to=str(7100000 + number % LANES))))
        for number in range(CASES)
    ]
    faults: list[dict[str, Any]] = [
        {"fail": 503, "done": True},
        {"fail": 500},
        {"hang": True, "done": True},
        {"delay": 0.6},
        {"hang": True},
        {"fail": 502, "done": True},
    ]

    async def waiting() -> int:
        return (await gateways[0].store.deliveries.waiting())[DeliveryStatus.WAITING].deliveries

    async def trouble() -> None:
        for number in itertools.count():
            sap.conduct.misbehave(method="POST", times=3, **faults[number % len(faults)])
            if number % 4 == 0:
                sap.app.state.expire_tokens()
            await asyncio.sleep(0.15)
            if number > max(20, CASES // 25):
                break
        sap.conduct.behave()

    async def passes(gateway: Office) -> None:
        while await waiting():
            await gateway.courier.deliver_due()
            await asyncio.sleep(0.02)

    async with asyncio.timeout(60 + CASES / 5):
        await asyncio.gather(trouble(), *(passes(gateway) for gateway in gateways))
    assert sap.numbers() == Counter({delivery.reference: 1 for delivery in kept})
    found = await gateways[0].store.deliveries.by_id([delivery.id for delivery in kept])
    assert {state.status for state in found.values()} == {DeliveryStatus.DELIVERED}
    assert len({state.case_id for state in found.values()}) == CASES
