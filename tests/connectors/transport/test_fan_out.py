"""Several calls at once answer together, or fail as the first that failed."""

import asyncio

import pytest

from connectors.errors import SourceFailed
from connectors.transport.fan_out import gather_all


async def after(seconds: float, result: int) -> int:
    await asyncio.sleep(seconds)
    return result


async def test_results_come_in_the_order_of_the_work() -> None:
    assert await gather_all([after(0.01, 1), after(0.0, 2)]) == [1, 2]
    assert await gather_all([]) == []


async def test_the_first_failure_is_raised_as_it_is_and_ends_the_rest() -> None:
    ended: list[str] = []

    async def fails() -> int:
        raise SourceFailed("contracts", "failed") from OSError("why")

    async def waits() -> int:
        try:
            return await after(60, 1)
        except asyncio.CancelledError:
            ended.append("waits")
            raise

    with pytest.raises(SourceFailed) as caught:
        await gather_all([waits(), fails()])
    assert isinstance(caught.value.__cause__, OSError)
    assert ended == ["waits"]
