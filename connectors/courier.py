"""Takes deliveries from the store to the service system: in order, each once, for as long as it takes.

A write that may have arrived (its answer was lost, the gateway ended) is not sent again before it has been looked for,
and not before the first sending is surely over (`settle`): a slow system may still be at it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from connectors.case_writing import AttachedFile, CaseChange, CaseChangedMeanwhile, CaseFile, NewCase
from connectors.deliveries import Deliveries, Delivery, DeliveryKind, DeliveryStatus
from connectors.errors import ConnectorError, FixInput, GiveUp, SourceRejected
from connectors.files import FileStore, content_key, read_file
from connectors.ports import CaseWriter
from connectors.registry import Clock
from connectors.transport.deadline import no_deadline

log = structlog.get_logger(__name__)

CHANGED_MEANWHILE = "PORTAL/CHANGED_MEANWHILE"
"""The `code` of a change that others forestalled; `words` holds the conflicts as JSON."""

_DELAYS = (1, 2, 5, 10, 30, 60)  # seconds before each further try; then the last again and again
_LOOKED_AGAIN = 2.0  # seconds between looks for what may have arrived
_OPERATOR = timedelta(minutes=5)  # until what an operator must mend is tried again
_AT_ONCE = 8
_PAUSE = 1.0  # seconds between passes where nothing is known to be due
_LAST_SECONDS = 5.0  # for what is under way when the gateway ends
_GLANCE = 0.05  # seconds between looks for the outcome of what another gateway sends

Told = Callable[[Delivery], Awaitable[None]]


async def _untold(delivery: Delivery) -> None:
    """Nobody wants to know."""


class Courier:
    """`delivered` and `refused` are told of each that comes to that end here, after it is recorded. `lease`: how long
    one that was taken up is left to whoever did; longer than any one call to the system may take."""

    def __init__(
        self,
        deliveries: Deliveries,
        writer: CaseWriter,
        clock: Clock,
        *,
        files: FileStore | None = None,
        settle: timedelta = timedelta(minutes=2),
        lease: timedelta = timedelta(minutes=1),
        delivered: Told = _untold,
        refused: Told = _untold,
    ) -> None:
        self._deliveries = deliveries
        self._writer = writer
        self._clock = clock
        self._files = files
        self._settle = settle
        self._lease = lease
        self._delivered = delivered
        self._refused = refused
        self._suspect = False  # the system failed when it was last asked
        self._tasks: set[asyncio.Task[None]] = set()

    async def outcome(self, delivery: Delivery, *, within: float) -> Delivery:
        """Deliver it, and what goes before it, and wait so many seconds at most for what becomes of it. What was begun
        is brought to its end where that does not suffice, and where nobody waits any more."""
        task = asyncio.create_task(self._until_finished(delivery, asyncio.get_running_loop().time() + within))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait({task}, timeout=within)
        return (await self._deliveries.by_id([delivery.id])).get(delivery.id, delivery)

    async def run(self) -> None:
        """Deliver what is due, for ever."""
        while True:
            try:
                done = await self.deliver_due()
            except ConnectorError as error:
                log.warning("delivery.store_unavailable", reason=str(error))
                done = 0
            except Exception:  # of ours: the next pass may go well, and nobody else would begin it
                log.exception("delivery.pass_failed")
                done = 0
            if done < _AT_ONCE:
                await asyncio.sleep(_PAUSE)

    async def deliver_due(self) -> int:
        """One pass; how many were taken up. While the system is away, one at a time asks whether it is back."""
        now = self._clock()
        due = await self._deliveries.take(now, until=now + self._lease, at_most=1 if self._suspect else _AT_ONCE)
        with no_deadline():
            ended = await asyncio.gather(*(self._attempt(delivery) for delivery in due), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return len(due)

    async def close(self) -> None:
        """Let what is under way end, for a while; another gateway, or this one when it starts again, does the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _until_finished(self, delivery: Delivery, until: float) -> None:
        """`until` by the event loop's clock."""
        loop = asyncio.get_running_loop()
        try:
            with no_deadline():
                while await self._goes_on(delivery) and loop.time() < until:  # noqa: ASYNC110  # of another process
                    await asyncio.sleep(_GLANCE)
        except ConnectorError as error:
            log.warning("delivery.store_unavailable", reason=str(error))

    async def _goes_on(self, delivery: Delivery) -> bool:
        """Whether it is worth to wait: it, or what goes before it, is being sent elsewhere, and was not put off."""
        now = self._clock()
        for each in await self._deliveries.take(now, until=now + self._lease, at_most=1, lane=delivery.lane):
            await self._attempt(each)
        current = (await self._deliveries.by_id([delivery.id])).get(delivery.id)
        if current is None or current.status is not DeliveryStatus.WAITING:
            return False
        first = await self._deliveries.first_waiting(delivery.lane)
        return first is not None and not first.code

    async def _attempt(self, delivery: Delivery) -> None:
        try:
            case_id = await self._deliver(delivery)
        except _NotNow as reason:
            await self._deliveries.postpone(delivery, reason.again_at, code=reason.code, words=str(reason))
        except CaseChangedMeanwhile as error:
            conflicts = msgspec.json.encode(error.conflicts).decode()
            await self._refuse(delivery, CHANGED_MEANWHILE, conflicts)
        except FixInput as error:
            await self._refuse(delivery, getattr(error, "code", "") or type(error).__name__, error.message)
        except ConnectorError as error:
            await self._put_off(delivery, error)
        except msgspec.MsgspecError:
            log.exception("delivery.unreadable", id=delivery.id)
            await self._refuse(delivery, "PORTAL/UNREADABLE", "can't be read by this version of the gateway")
        except Exception as error:  # of ours: the delivery waits for whoever mends it, and the others go on
            log.exception("delivery.failed_here", id=delivery.id)
            later = self._clock() + _OPERATOR
            await self._deliveries.postpone(delivery, later, code="PORTAL/INTERNAL", words=type(error).__name__)
        else:
            await self._finish(delivery, case_id)

    async def _deliver(self, delivery: Delivery) -> str:
        """The number of the case that it was about. Raises _NotNow, ConnectorError."""
        if delivery.kind is DeliveryKind.REGISTER_CASE:
            return await self._register(delivery)
        case_id = await self._case_id(delivery)
        if delivery.kind is DeliveryKind.ATTACH_FILE:
            await self._attach(delivery, case_id)
            return case_id
        change = msgspec.json.decode(delivery.content, type=CaseChange)
        await self._about_to_send(delivery)
        await self._writer.change_case(case_id, change)  # which looks for itself what is done already
        return case_id

    async def _register(self, delivery: Delivery) -> str:
        case = msgspec.json.decode(delivery.content, type=NewCase)
        if delivery.sent_at is not None or self._suspect:
            known = await self._writer.registered_case(case.reference)
            if known is not None:
                return known
        self._wait_until_settled(delivery)
        await self._about_to_send(delivery)
        return await self._writer.register_case(case)

    async def _attach(self, delivery: Delivery, case_id: str) -> None:
        told = msgspec.json.decode(delivery.content, type=AttachedFile)
        content = await self._content(delivery, told)
        if content is None:
            raise SourceRejected("portal", f"the file {told.name} is not kept any more", code="PORTAL/FILE_MISSING")
        self._wait_until_settled(delivery)
        await self._about_to_send(delivery)
        file = CaseFile(name=told.distinct_name, media_type=told.media_type, content=content)
        await self._writer.attach_to_case(case_id, file)  # which looks for itself whether it is there

    async def _content(self, delivery: Delivery, told: AttachedFile) -> bytes | None:
        if self._files is None:
            return None
        try:
            return await read_file(self._files, content_key(delivery.id), at_most=told.size)
        except ConnectorError as error:  # not of the system that deliveries go to
            later = self._clock() + timedelta(seconds=_delay(delivery, error))
            raise _NotNow(error.message, later, code=type(error).__name__) from error

    def _wait_until_settled(self, delivery: Delivery) -> None:
        """Raises _NotNow as long as the system may still be at what it never answered."""
        if delivery.sent_at is not None and (over := delivery.sent_at + self._settle) > (now := self._clock()):
            soon = now + timedelta(seconds=_LOOKED_AGAIN)
            raise _NotNow("may have arrived: the answer was lost", min(over, soon), code="PORTAL/UNSURE")

    async def _case_id(self, delivery: Delivery) -> str:
        if delivery.case_id is not None:
            return delivery.case_id
        known = (await self._deliveries.case_ids([delivery.case_number])).get(delivery.case_number)
        if known is None:
            raise _NotNow("waits for its case", self._clock() + _OPERATOR, code="PORTAL/NO_CASE")
        return known

    async def _about_to_send(self, delivery: Delivery) -> None:
        now = self._clock()
        if not await self._deliveries.sending(delivery, now):
            raise _NotNow("was taken up by another gateway", now, code="PORTAL/TAKEN")

    async def _finish(self, delivery: Delivery, case_id: str) -> None:
        now = self._clock()
        delivered = DeliveryStatus.DELIVERED
        await self._deliveries.finish(delivery, delivered, now, case_id=case_id, code="", words="")
        log.info("delivery.delivered", id=delivery.id, kind=delivery.kind.value, attempts=delivery.attempts)
        if self._suspect:
            self._suspect = False
            await self._deliveries.hasten(now)
        await self._delivered(msgspec.structs.replace(delivery, status=delivered, case_id=case_id, finished_at=now))

    async def _refuse(self, delivery: Delivery, code: str, words: str) -> None:
        now, refused = self._clock(), DeliveryStatus.REFUSED
        self._suspect = False
        known = delivery.case_id
        await self._deliveries.finish(delivery, refused, now, case_id=known, code=code, words=words)
        log.warning("delivery.refused", id=delivery.id, kind=delivery.kind.value, code=code)
        refusal = msgspec.structs.replace(delivery, status=refused, finished_at=now, code=code, words=words)
        await self._refused(refusal)

    async def _put_off(self, delivery: Delivery, error: ConnectorError) -> None:
        self._suspect = True
        now = self._clock()
        if isinstance(error, GiveUp):
            log.error("delivery.needs_operator", id=delivery.id, reason=str(error))
            again = now + _OPERATOR
        else:
            log.warning("delivery.put_off", id=delivery.id, attempts=delivery.attempts, reason=error.message)
            again = now + timedelta(seconds=_delay(delivery, error))
        await self._deliveries.postpone(delivery, again, code=type(error).__name__, words=error.message)


class _NotNow(Exception):
    def __init__(self, words: str, again_at: datetime, *, code: str) -> None:
        super().__init__(words)
        self.again_at = again_at
        self.code = code


def _delay(delivery: Delivery, error: ConnectorError) -> float:
    """Seconds; the system's own wish where it has one."""
    wished = getattr(error, "retry_after", None)
    usual = _DELAYS[min(max(delivery.attempts, 1), len(_DELAYS)) - 1]
    return float(wished) if isinstance(wished, int | float) else float(usual)
