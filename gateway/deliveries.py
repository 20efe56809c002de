"""What is written to the service system, as a running gateway keeps it going: the courier, who is told, the metrics."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Gauge

from auth.case_desk import CaseDesk
from auth.case_files import CaseFiles
from auth.notices import Notice, Notices
from connectors.attachments.inspection import Inspection
from connectors.attachments.settings import AttachmentSettings
from connectors.case_writing import FieldConflict
from connectors.changes import ChangeFeed, event_of
from connectors.courier import CHANGED_MEANWHILE, Courier
from connectors.deliveries import Deliveries, Delivery
from connectors.errors import ConnectorError
from connectors.files import FileStore
from connectors.ports import CaseWriter, Connector
from connectors.registry import Clock
from connectors.transport.cache import RowCache
from gateway.files.sweeping import Sweeping
from gateway.settings import DeliverySettings

log = structlog.get_logger(__name__)

_MEASURED_EVERY = 15.0  # seconds
_WRITTEN = ("cases",)
"""The records that are kept of the service system, and that a delivery changes."""


class DeliveryService:
    """`notices` and `helpdesk`: who is told of refusals, and how; None: nobody can be."""

    def __init__(
        self,
        deliveries: Deliveries,
        writer: CaseWriter,
        cache: RowCache,
        clock: Clock,
        settings: DeliverySettings,
        registry: CollectorRegistry,
        *,
        feed: ChangeFeed,
        notices: Notices | None,
        helpdesk: str | None,
        store: FileStore | None = None,
        attachments: AttachmentSettings | None = None,
    ) -> None:
        self._deliveries = deliveries
        self._system = writer.system if isinstance(writer, Connector) else ""
        self._cache = cache
        self._clock = clock
        self._feed = feed
        self._notices = notices
        self._helpdesk = helpdesk
        self.courier = Courier(
            deliveries,
            writer,
            clock,
            files=store,
            settle=timedelta(seconds=settings.settle),
            lease=timedelta(seconds=settings.lease),
            delivered=self._delivered,
            refused=self._refused,
        )
        files = None
        if store is not None:
            told = attachments or AttachmentSettings.model_validate({})
            files = CaseFiles(store, deliveries, Inspection(told), told, clock)
        self.desk = CaseDesk(deliveries, self.courier, clock, feed, patience=settings.patience, files=files)
        self._sweeping = None if files is None else Sweeping(files)
        self._count = Gauge("portal_deliveries", "Deliveries by their state", ["status"], registry=registry)
        self._age = Gauge(
            "portal_deliveries_oldest_seconds",
            "Since when the oldest delivery of a state was written",
            ["status"],
            registry=registry,
        )
        self._tasks: Sequence[asyncio.Task[None]] = ()

    def start(self) -> None:
        """Deliver and measure until `close`."""
        self._tasks = [asyncio.create_task(self.courier.run()), asyncio.create_task(self._measure_often())]
        if self._sweeping is not None:
            self._sweeping.start()

    async def close(self) -> None:
        if self._sweeping is not None:
            await self._sweeping.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.courier.close()

    async def measure(self) -> None:
        """Bring the metrics up to date. Raises a ConnectorError where the store can't be asked."""
        now = self._clock()
        for status, waiting in (await self._deliveries.waiting()).items():
            self._count.labels(status.value).set(waiting.deliveries)
            self._age.labels(status.value).set((now - waiting.oldest).total_seconds() if waiting.oldest else 0)

    async def _measure_often(self) -> None:
        while True:
            try:
                await self.measure()
            except ConnectorError as error:
                log.warning("delivery.not_measured", reason=str(error))
            await asyncio.sleep(_MEASURED_EVERY)

    async def _delivered(self, delivery: Delivery) -> None:
        for record in _WRITTEN:
            await self._cache.invalidate(self._system, record)
        await self._feed.publish(event_of(delivery))

    async def _refused(self, delivery: Delivery) -> None:
        """The helpdesk is told in the system's words; the person sees the state."""
        await self._feed.publish(event_of(delivery))
        if self._notices is None or self._helpdesk is None:
            return
        told = {"reference": delivery.case_number, "delivery": delivery.id, "answer": _in_words(delivery)}
        try:
            await self._notices.post(Notice.DELIVERY_REFUSED, self._helpdesk, "en", **told)
        except ConnectorError as error:
            log.error("delivery.helpdesk_not_told", id=delivery.id, reason=str(error))


def _in_words(delivery: Delivery) -> str:
    if delivery.code != CHANGED_MEANWHILE:
        return delivery.words
    conflicts = msgspec.json.decode(delivery.words, type=tuple[FieldConflict, ...])
    return "Others have changed this meanwhile: " + "; ".join(
        f"{each.attribute} is '{each.now or ''}', was '{each.before or ''}', was to be '{each.after or ''}'"
        for each in conflicts
    )
