"""The audit trail: append only, each entry chained to the one before, so that a gap shows."""

from datetime import timedelta

import msgspec
import pytest

from connectors.errors import ConnectorError
from connectors.people import AuditAction, AuditEvent
from connectors.systems.portal_store.audit import FIRST, first_fault
from connectors.systems.portal_store.connector import PortalStore
from tests.clock import MovedClock

SIGNED_IN = AuditEvent(action=AuditAction.SIGNED_IN, actor="anna", subject="anna", network="192.0.2.0/24")


async def filled(store: PortalStore, clock: MovedClock, count: int = 5) -> None:
    for place in range(count):
        await store.audit.record(msgspec.structs.replace(SIGNED_IN, details={"place": str(place), "ż": "„”"}))
        clock.forward(minutes=1)


async def test_entries_are_numbered_without_a_gap_and_read_newest_first(stored: PortalStore, clock: MovedClock) -> None:
    await filled(stored, clock)
    entries = await stored.audit.entries()
    assert [entry.number for entry in entries] == [5, 4, 3, 2, 1]
    assert entries[0].details == {"place": "4", "ż": "„”"}
    assert (entries[0].actor, entries[0].network, entries[0].at) == (
        "anna",
        "192.0.2.0/24",
        clock.now - timedelta(minutes=1),
    )
    assert (await stored.audit.verify())[0::2] == (5, None)


async def test_entries_are_found_by_action_person_and_time(stored: PortalStore, clock: MovedClock) -> None:
    begin = clock.now
    await filled(stored, clock, 3)
    await stored.audit.record(AuditEvent(action=AuditAction.ROLE_CHANGED, actor="boss", subject="anna"))
    trail = stored.audit
    assert [e.number for e in await trail.entries(actions=[AuditAction.ROLE_CHANGED])] == [4]
    assert [e.number for e in await trail.entries(about="boss")] == [4]
    assert [e.number for e in await trail.entries(about="anna", at_most=2)] == [4, 3]
    assert [e.number for e in await trail.entries(since=begin + timedelta(minutes=2))] == [4, 3]
    assert [e.number for e in await trail.entries(until=begin + timedelta(minutes=1))] == [1]
    assert [e.number for e in await trail.entries(after=3)] == [2, 1]
    assert [e.number for e in await trail.entries(after=3, newest_first=False)] == [4]
    assert await trail.entries(actions=[]) == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'eve' WHERE number = 2", "DELETE FROM audit"])
async def test_the_database_itself_refuses_to_change_entries(
    stored: PortalStore, clock: MovedClock, statement: str
) -> None:
    await filled(stored, clock)
    with pytest.raises(ConnectorError):
        async with stored.database.writing() as connection:
            await connection.exec_driver_sql(statement)
    assert (await stored.audit.verify())[0::2] == (5, None)


@pytest.mark.parametrize("column", ["at", "action", "actor", "subject", "details", "network", "request_id", "hash"])
async def test_a_changed_entry_shows(stored: PortalStore, clock: MovedClock, column: str) -> None:
    await filled(stored, clock)
    entries = list(reversed(await stored.audit.entries()))
    other = {
        "at": clock.now,
        "action": AuditAction.DOWNLOADED,
        "details": {},
        "hash": "0" * 64,
    }
    entries[2] = msgspec.structs.replace(entries[2], **{column: other.get(column, "eve")})
    assert first_fault(entries) == 3


async def test_a_missing_or_moved_entry_shows(stored: PortalStore, clock: MovedClock) -> None:
    await filled(stored, clock)
    entries = list(reversed(await stored.audit.entries()))
    assert first_fault(entries) is None
    assert first_fault([*entries[:2], *entries[3:]]) == 3
    assert first_fault([entries[1], entries[0], *entries[2:]]) == 1
    assert first_fault(entries[1:]) == 1
    assert first_fault(entries[2:], entries[1].hash, 2) is None
    assert first_fault([msgspec.structs.replace(e, number=e.number + 1) for e in entries], FIRST, 0) == 1


async def test_an_end_that_was_cut_off_is_told_by_a_hash_noted_elsewhere(
    stored: PortalStore, clock: MovedClock
) -> None:
    await filled(stored, clock)
    _, newest, _ = await stored.audit.verify()
    assert await stored.audit.holds(newest)
    assert not await stored.audit.holds("0" * 64)
