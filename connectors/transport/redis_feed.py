"""Changes told from one gateway to all: Redis pub/sub. While it can't be used, each gateway tells its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from uuid import uuid4

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from connectors.changes import CaseEvent, Listening, LocalFeed

log = structlog.get_logger(__name__)

CHANNEL = "portal:changes"
_LEASE = "portal:changes:watch"
_PAUSE = 5.0  # seconds that a Redis which failed is left alone


class _Message(msgspec.Struct, frozen=True):
    sender: str
    event: CaseEvent


class RedisFeed:
    """A `ChangeFeed`. `run` hears what other gateways tell."""

    def __init__(self, redis: Redis, local: LocalFeed, *, timeout: float) -> None:
        self._redis = redis
        self._local = local
        self._timeout = timeout
        self._sender = uuid4().hex

    async def publish(self, event: CaseEvent) -> None:
        self._local.tell(event)
        message = msgspec.json.encode(_Message(self._sender, event))
        try:
            async with asyncio.timeout(self._timeout):
                await self._redis.publish(CHANNEL, message)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("changes.not_told", error=type(error).__name__)

    def listening(self) -> AbstractContextManager[Listening]:
        return self._local.listening()

    async def run(self) -> None:
        """Hear, for ever."""
        while True:
            try:
                async for message in self._heard():
                    if message.sender != self._sender:
                        self._local.tell(message.event)
            except (RedisError, OSError, msgspec.MsgspecError) as error:
                log.warning("changes.not_heard", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def leads(self, *, seconds: float) -> bool:
        """Whether this gateway is the one that looks for changes, for so many seconds from now. Where Redis can't tell,
        each looks for itself."""
        try:
            async with asyncio.timeout(self._timeout):
                lasts = round(seconds * 1000)
                if await self._redis.set(_LEASE, self._sender, nx=True, px=lasts):
                    return True
                if (await self._redis.get(_LEASE)) not in (self._sender, self._sender.encode()):
                    return False
                return bool(await self._redis.pexpire(_LEASE, lasts))
        except (RedisError, OSError, TimeoutError):
            return True

    async def close(self) -> None:
        await self._redis.aclose()

    async def _heard(self) -> AsyncIterator[_Message]:
        async with self._redis.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            async for message in channel.listen():
                if message["type"] == "message":
                    yield msgspec.json.decode(message["data"], type=_Message)
