"""Several calls at once, for one read."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def gather_all(work: Iterable[Awaitable[T]]) -> list[T]:
    """The results in the order of `work`. The first failure is raised as it is, and ends what is still under way."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_run(one)) for one in work]
    except ExceptionGroup as failures:
        raise failures.exceptions[0]  # noqa: B904 - as it is: with its own cause, not one of a group
    return [task.result() for task in tasks]


async def _run(work: Awaitable[T]) -> T:
    return await work
