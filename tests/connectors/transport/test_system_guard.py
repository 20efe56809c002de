"""What stands before each call to a system: it counts what tells of the system, and tells of each call."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.errors import ConnectorError, SourceBusy, SourceFailed, SourceTimeout, SourceUnreachable, TryLater
from connectors.transport.calls import UpstreamCall, listen, recorded, unlisten
from connectors.transport.deadline import deadline
from connectors.transport.http import HttpSystem
from connectors.transport.retries import RetryBudget, read_again
from connectors.transport.settings import HttpSettings
from fixtures.simulators.server import running


class Upstream:
    """Answers as told."""

    def __init__(self) -> None:
        self.status = 200
        self.delay = 0.0
        self.asked = 0
        self.at_once = 0
        self.most_at_once = 0
        self.app = Starlette(routes=[Route("/{path:path}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self.at_once -= 1
        return Response(json.dumps({}), self.status, {"retry-after": "7"})


@asynccontextmanager
async def opened(upstream: Upstream, **told: Any) -> AsyncIterator[HttpSystem]:
    with running(upstream.app) as url:
        system = HttpSystem("sap", HttpSettings.model_validate({"url": url, "timeout": 5} | told))
        yield system
        await system.close()


async def failures(system: HttpSystem, times: int) -> list[str]:
    told = []
    for _ in range(times):
        try:
            await system.request("GET", "x")
            told.append("")
        except ConnectorError as error:
            told.append(type(error).__name__)
    return told


async def test_a_system_that_fails_is_not_asked_any_more_and_the_caller_knows_when_to_come_back() -> None:
    upstream = Upstream()
    upstream.status = 500
    async with opened(upstream, breaker_failures=5) as system:
        assert await failures(system, 8) == ["SourceFailed"] * 5 + ["TryLater"] * 3
        assert upstream.asked == 5
        with pytest.raises(TryLater) as told:
            await system.request("GET", "x")
    assert 1 <= (told.value.retry_after or 0) <= 4


async def test_it_is_asked_again_once_it_has_rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.transport.breaker._SHORTEST", 0.05)
    upstream = Upstream()
    upstream.status = 503
    async with opened(upstream, breaker_failures=2) as system:
        system.guard.breaker._rest = 0.05
        await failures(system, 3)
        upstream.status = 200
        await asyncio.sleep(0.1)
        assert await failures(system, 3) == ["", "", ""]


@pytest.mark.parametrize("status", [400, 401, 404, 429])
async def test_what_is_not_the_system_s_own_failing_opens_nothing(status: int) -> None:
    upstream = Upstream()
    upstream.status = status
    async with opened(upstream, breaker_failures=2) as system:
        await failures(system, 6)
        assert upstream.asked == 6


async def test_a_caller_in_a_hurry_says_nothing_of_the_system() -> None:
    upstream = Upstream()
    upstream.delay = 0.2
    async with opened(upstream, breaker_failures=2) as system:
        for _ in range(4):
            with deadline(0.02), pytest.raises(SourceTimeout):
                await system.request("GET", "x")
        assert not system.guard.breaker.is_open
        assert system.guard.bulkhead.limit == 20


async def test_a_system_that_is_too_slow_is_given_less_at_once() -> None:
    upstream = Upstream()
    upstream.delay = 1.0
    async with opened(upstream, timeout=0.1, connections=10, breaker_failures=0) as system:
        asked = [system.request("GET", "x") for _ in range(10)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(error) for error in told} == {SourceTimeout}
        assert system.guard.bulkhead.limit == 7


async def test_more_than_can_wait_are_refused_at_once() -> None:
    upstream = Upstream()
    upstream.delay = 0.2
    async with opened(upstream, connections=2, queue=3) as system:
        told = await asyncio.gather(*(system.request("GET", "x") for _ in range(9)), return_exceptions=True)
        assert sum(isinstance(each, SourceBusy) for each in told) == 4
        assert upstream.asked == 5
        assert upstream.most_at_once <= 2


async def test_a_caller_who_goes_away_ends_the_call_and_leaves_its_place() -> None:
    upstream = Upstream()
    upstream.delay = 5
    async with opened(upstream, connections=1) as system:
        call = asyncio.create_task(system.request("GET", "x"))
        await asyncio.sleep(0.1)
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
        assert (system.guard.bulkhead.in_flight, system.guard.breaker.is_open) == (0, False)
        for _ in range(50):
            if not upstream.at_once:
                break
            await asyncio.sleep(0.02)
        upstream.delay = 0
        await system.request("GET", "x")


async def test_each_call_is_told_once_with_its_outcome_and_without_its_parameters() -> None:
    upstream, heard = Upstream(), list[UpstreamCall]()
    async with opened(upstream) as system:
        listen(heard.append)
        with recorded() as mine:
            await system.request("GET", "Cases?$filter=secret")
            upstream.status = 500
            with pytest.raises(SourceFailed):
                await system.request("GET", "Cases")
        unlisten(heard.append)
        await failures(system, 1)
    assert heard == mine
    assert [(call.system, call.target, call.outcome, call.status) for call in mine] == [
        ("sap", "Cases", "answered", 200),
        ("sap", "Cases", "SourceFailed", 500),
    ]
    assert all(call.seconds > 0 for call in mine)


async def test_retries_end_where_the_budget_does() -> None:
    now, asked = 0.0, 0
    budget = RetryBudget(0.1, clock=lambda: now)

    async def fail() -> None:
        nonlocal asked
        asked += 1
        raise SourceUnreachable("sap", "is away")

    for _ in range(100):
        budget.called()
        with pytest.raises(SourceUnreachable):
            await read_again(fail, attempts=2, budget=budget)
    assert 110 <= asked <= 122  # each once, ten at once and a tenth of them again
