"""Counts in Redis, for limits that all gateways share."""

from limits.aio.storage import RedisStorage


def redis_counts(url: str, *, timeout: float) -> RedisStorage:
    """`url` as Redis's own clients take it (redis://, rediss://, unix://); `timeout` in seconds, of each call."""
    kind = f"redis+{url}" if url.startswith("unix:") else url
    return RedisStorage(
        f"async+{kind}", implementation="redispy", socket_timeout=timeout, socket_connect_timeout=timeout
    )


async def close_counts(counts: RedisStorage) -> None:
    await counts.bridge.storage.aclose()  # type: ignore[attr-defined]  # of the redis-py bridge
