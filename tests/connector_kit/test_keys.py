"""Reads by keys, of every connector: many at once, none, such as name nothing, more than a call takes."""

import pytest

from connectors.queries import AccountScope, Rows
from tests.connector_kit.expectations import EVERYONE, NOBODY, ODD_KEYS
from tests.connector_kit.lab import SMALL, Lab
from tests.connector_kit.reads import KeyedRead, keyed_reads

every_key = pytest.mark.parametrize("by", keyed_reads(), ids=str)


MANY, FEW = 220, 30

SOMEBODY = AccountScope(account_ids=frozenset({"001000000000000AAA"}), account_numbers=frozenset({"79999999"}))
"""A scope that is not empty."""


@every_key
async def test_every_key_at_once_finds_its_rows(lab: Lab, by: KeyedRead) -> None:
    system = await lab.system(by.harness)
    keys = by.read.known_keys(system.facts, by.criterion)[:MANY]
    assert len(keys) >= 4
    await by.read.assert_answered(system, by.query(EVERYONE, keys))


@every_key
async def test_each_key_finds_its_own_rows_alone(lab: Lab, by: KeyedRead) -> None:
    system = await lab.system(by.harness)
    for key in by.read.known_keys(system.facts, by.criterion)[:40:8]:
        await by.read.assert_answered(system, by.query(EVERYONE, [key]))


@every_key
async def test_keys_asked_twice_and_keys_of_nothing_change_nothing(lab: Lab, by: KeyedRead) -> None:
    system = await lab.system(by.harness)
    some = by.read.known_keys(system.facts, by.criterion)[:3]
    await by.read.assert_answered(system, by.query(EVERYONE, (*some, *some, *ODD_KEYS, some[0])))


@every_key
async def test_keys_of_nothing_alone_find_nothing(lab: Lab, by: KeyedRead) -> None:
    system = await lab.system(by.harness)
    await by.read.assert_answered(system, by.query(EVERYONE, ODD_KEYS))


@every_key
async def test_no_keys_are_answered_without_a_call(lab: Lab, by: KeyedRead) -> None:
    system = await lab.system(by.harness)
    for scope in (EVERYONE, SOMEBODY):
        assert await by.read.asked_of(system)(by.query(scope, ())) == Rows()
    assert system.conduct.calls == []


@every_key
@pytest.mark.rule("R2")
async def test_who_may_see_nothing_is_answered_without_a_call(lab: Lab, by: KeyedRead) -> None:
    system = await lab.system(by.harness)
    keys = by.read.known_keys(system.facts, by.criterion)[:5]
    assert await by.read.asked_of(system)(by.query(NOBODY, keys)) == Rows()
    assert system.conduct.calls == []


@every_key
async def test_a_hundred_keys_are_one_call(lab: Lab, by: KeyedRead) -> None:
    system = await lab.system(by.harness)
    known = by.read.known_keys(system.facts, by.criterion)
    unknown = [str(number) for number in range(55_000_000, 55_000_100)]
    keys = (*known[:5], *unknown)[:100]
    await by.read.assert_answered(system, by.query(EVERYONE, keys))
    expected = by.harness.calls_for_100_keys.get(f"{by.read.name}.{by.criterion}", 1)
    assert len(system.calls()) == expected


@every_key
async def test_more_keys_than_a_call_takes_are_asked_in_several(lab: Lab, by: KeyedRead) -> None:
    """However long the list: no limit of the system is broken, and no row comes twice or is missed."""
    system = await lab.system(by.harness)
    known = by.read.known_keys(system.facts, by.criterion)[:FEW]
    unknown = [str(number) for number in range(55_000_000, 55_000_000 + by.harness.many_keys)]
    half = len(unknown) // 2
    await by.read.assert_answered(
        system, by.query(EVERYONE, (*known[:9], *unknown[:half], *known[9:], *unknown[half:]))
    )
    assert all(call.status < 400 for call in system.conduct.calls)


@every_key
async def test_short_pages_are_followed_to_the_end(lab: Lab, by: KeyedRead) -> None:
    system = await lab.system(by.harness, page_size=SMALL)
    keys = by.read.known_keys(system.facts, by.criterion)[:6]
    await by.read.assert_answered(system, by.query(EVERYONE, keys))
