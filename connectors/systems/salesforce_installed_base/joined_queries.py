"""Queries that are asked at the same moment go together: what a level of the graph asks of the org is one call."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from connectors.errors import SourceTimeout
from connectors.transport.deadline import no_deadline, remaining

Q = TypeVar("Q")
T = TypeVar("T")

Send = Callable[[Sequence[Q]], Awaitable[Sequence[T | Exception]]]
"""Asks some queries in one call: an answer or a failure for each, in order. What it raises is everybody's failure."""

_TURNS = 12
"""Turns of the event loop that a query waits for company: the fields of a level reach their sources within a few."""


class _Asked(NamedTuple, Generic[Q, T]):
    query: Q
    answer: asyncio.Future[T]


class JoinedQueries(Generic[Q, T]):
    """Gathers up to `size` queries a call. Each waits no longer than its own deadline, whoever it goes with; a call
    that nobody waits for any more is ended."""

    def __init__(self, system: str, send: Send[Q, T], *, size: int, timeout: float) -> None:
        self._system = system
        self._send = send
        self._size = size
        self._timeout = timeout
        self._waiting: list[_Asked[Q, T]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, query: Q) -> T:
        """Raises what the call, or this query in it, failed with; SourceTimeout where its time is up."""
        seconds = remaining(self._timeout)
        if seconds <= 0:
            raise SourceTimeout(self._system, "there was no time left to ask")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(query, answer))
        if len(self._waiting) == 1:
            self._start(self._depart())
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError as error:
            raise SourceTimeout(self._system, f"did not answer within {seconds:.1f} seconds") from error

    async def close(self) -> None:
        """End what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _depart(self) -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        asked, self._waiting = [each for each in self._waiting if not each.answer.done()], []
        for start in range(0, len(asked), self._size):
            group = asked[start : start + self._size]
            task = self._start(self._travel(group))
            for each in group:
                each.answer.add_done_callback(partial(_end_if_unwanted, task, group))

    async def _travel(self, group: Sequence[_Asked[Q, T]]) -> None:
        try:
            with no_deadline():
                outcomes = await self._send([each.query for each in group])
        except Exception as failure:
            outcomes = [failure] * len(group)
        except asyncio.CancelledError:
            for each in group:
                each.answer.cancel()
            raise
        for each, outcome in zip(group, outcomes, strict=True):
            if each.answer.done():
                continue
            if isinstance(outcome, Exception):
                each.answer.set_exception(outcome)
            else:
                each.answer.set_result(outcome)

    def _start(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _end_if_unwanted(task: asyncio.Task[None], group: Sequence[_Asked[Q, T]], _: asyncio.Future[T]) -> None:
    if not task.done() and all(each.answer.done() for each in group):
        task.cancel()
