"""Queries of one moment go in one call, and none suffers for another."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from connectors.errors import SourceFailed, SourceMisconfigured, SourceTimeout
from connectors.queries import AccountQuery, AccountScope, InstalledProductQuery, LocationQuery
from connectors.systems.salesforce_installed_base.connector import SalesforceInstalledBase
from connectors.systems.salesforce_installed_base.joined_queries import JoinedQueries
from connectors.transport.deadline import deadline

EVERYONE = AccountScope(unrestricted=True)
Org = Any  # conftest's: a conftest is no module to import from
Connect = Callable[..., Awaitable[SalesforceInstalledBase]]


class Calls:
    """An org that answers each query with its own text, and fails those that are told to."""

    def __init__(self) -> None:
        self.made: list[tuple[str, ...]] = []
        self.ended = 0
        self.under_way = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def send(self, queries: Sequence[str]) -> list[str | Exception]:
        self.made.append(tuple(queries))
        self.under_way.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.ended += 1
            raise
        if "all fail" in queries:
            raise SourceFailed("crm", "failed")
        return [SourceMisconfigured("crm", "has no such field") if soql == "fails" else soql for soql in queries]


def joined(calls: Calls, *, size: int = 5) -> JoinedQueries[str, str]:
    return JoinedQueries("crm", calls.send, size=size, timeout=5.0)


async def test_what_is_asked_at_the_same_moment_is_one_call() -> None:
    calls = Calls()
    org = joined(calls)

    async def later(soql: str) -> str:
        await asyncio.sleep(0)
        return await org.ask(soql)

    answers = await asyncio.gather(org.ask("a"), later("b"), org.ask("c"))
    assert list(answers) == ["a", "b", "c"]
    assert calls.made == [("a", "c", "b")]
    assert await org.ask("d") == "d"
    assert len(calls.made) == 2


async def test_no_call_takes_more_than_its_size() -> None:
    calls = Calls()
    org = joined(calls, size=2)
    assert await asyncio.gather(*(org.ask(soql) for soql in "abcde")) == list("abcde")
    assert calls.made == [("a", "b"), ("c", "d"), ("e",)]


async def test_a_query_that_fails_fails_alone() -> None:
    org = joined(Calls())
    well, ill = await asyncio.gather(org.ask("a"), org.ask("fails"), return_exceptions=True)
    assert well == "a"
    assert isinstance(ill, SourceMisconfigured)


async def test_a_call_that_fails_fails_for_all_of_it() -> None:
    org = joined(Calls())
    outcomes = await asyncio.gather(org.ask("a"), org.ask("all fail"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [SourceFailed, SourceFailed]
    assert await org.ask("b") == "b"


async def test_each_waits_by_its_own_deadline() -> None:
    calls = Calls()
    calls.go_on.clear()
    org = joined(calls)

    async def hasty() -> str:
        with deadline(0.02):
            return await org.ask("hasty")

    patient = asyncio.create_task(org.ask("patient"))
    with pytest.raises(SourceTimeout):
        await hasty()
    calls.go_on.set()
    assert await patient == "patient"
    with deadline(0), pytest.raises(SourceTimeout):
        await org.ask("too late")
    assert [set(call) for call in calls.made] == [{"patient", "hasty"}]


async def test_a_call_that_nobody_waits_for_any_more_is_ended() -> None:
    calls = Calls()
    calls.go_on.clear()
    org = joined(calls)
    tasks = [asyncio.create_task(org.ask(soql)) for soql in "ab"]
    await calls.under_way.wait()
    tasks[0].cancel()
    await asyncio.sleep(0.01)
    assert calls.ended == 0
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert calls.ended == 1


async def test_closing_ends_what_is_under_way() -> None:
    calls = Calls()
    calls.go_on.clear()
    org = joined(calls)
    asked = asyncio.create_task(org.ask("a"))
    await calls.under_way.wait()
    await org.close()
    await asyncio.gather(asked, return_exceptions=True)
    assert asked.cancelled()
    assert calls.ended == 1


async def test_accounts_locations_and_assets_of_one_moment_are_one_call(connect: Connect, org: Org) -> None:
    crm = await connect()
    org.conduct.behave()
    accounts, locations, assets = await asyncio.gather(
        crm.accounts(AccountQuery(scope=EVERYONE)),
        crm.locations(LocationQuery(scope=EVERYONE)),
        crm.installed_products(InstalledProductQuery(scope=EVERYONE)),
    )
    first_pages = [operation for operation in org.conduct.operations() if not operation.startswith("query more")]
    assert first_pages == ["composite"]
    assert accounts.rows
    assert locations.rows
    assert assets.rows


async def test_an_org_without_composite_calls_is_asked_one_by_one(connect: Connect, org: Org) -> None:
    crm = await connect()
    org.conduct.behave()
    org.conduct.misbehave(fail=404, path="/composite")
    for _ in range(2):
        accounts, locations = await asyncio.gather(
            crm.accounts(AccountQuery(scope=EVERYONE)), crm.locations(LocationQuery(scope=EVERYONE))
        )
        assert accounts.rows
        assert locations.rows
    paths = [call.path.rpartition("/")[2] for call in org.conduct.calls]
    assert (paths.count("composite"), paths.count("query")) == (1, 4)
