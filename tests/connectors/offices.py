"""Gateways' couriers over one store and one service system, as tests make them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from pydantic import SecretStr

from connectors.courier import Courier
from connectors.deliveries import Delivery, DeliveryStatus
from connectors.files import FileStore
from connectors.queries import AccountScope, CaseQuery
from connectors.records import Case
from connectors.registry import utc_now
from connectors.systems.file_documents import connector as file_documents
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from connectors.systems.sap_service_orders.connector import SapServiceOrders
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.sap_service_orders.app import create_app
from fixtures.simulators.sap_service_orders.notification_model import NOTIFICATION
from fixtures.simulators.server import running
from fixtures.world.generator import generate
from tests.databases import database_url
from tests.delivery_records import SUBMITTED

__all__ = ["database_url"]

SETTLE = timedelta(seconds=2)
LONG = timedelta(minutes=10)


@dataclass
class Office:
    """One gateway: its store, its connection to the service system, its courier; and what was told."""

    store: PortalStore
    writer: SapServiceOrders
    courier: Courier
    told: list[Delivery]
    files: FileStore | None = None

    async def submit(self, delivery: Delivery) -> Delivery:
        fresh = msgspec.structs.replace(delivery, created_at=utc_now(), due_at=utc_now())
        return await self.store.deliveries.submit([fresh], SUBMITTED, repeated_since=utc_now() - LONG)

    async def state(self, delivery: Delivery) -> Delivery:
        return (await self.store.deliveries.by_id([delivery.id]))[delivery.id]

    async def until(self, delivery: Delivery, status: DeliveryStatus, *, seconds: float = 40) -> Delivery:
        """Passes, as the gateway makes them, until it has come to that."""
        async with asyncio.timeout(seconds):
            while (found := await self.state(delivery)).status is not status:
                await self.courier.deliver_due()
                await asyncio.sleep(0.05)
        return found


@dataclass
class Sap:
    url: str
    conduct: Conduct
    app: Any  # Any: an application with its state

    def numbers(self) -> Counter[str]:
        """How often each portal number that a test has written is there."""
        table = self.app.state.store.tables["MaintenanceNotification"]
        rows = table.rows(table.keys())
        place = NOTIFICATION.position["MaintNotifExtReferenceNumber"]
        return Counter(str(row[place]) for row in rows if str(row[place]).startswith("WEB-"))


@pytest.fixture
def sap() -> Iterator[Sap]:
    conduct = Conduct()
    app = create_app(generate(0), conduct)
    with running(app) as url:
        yield Sap(url, conduct, app)


Open = Callable[..., Office]


@pytest_asyncio.fixture
async def office(database_url: str, sap: Sap) -> AsyncIterator[Open]:
    """Makes gateways over one database and one system: `office(settle=…, url=…)`."""
    async with AsyncExitStack() as closing:

        def make(
            *, url: str | None = None, settle: timedelta = SETTLE, timeout: float = 5.0, files: Path | None = None
        ) -> Office:
            store = MANIFEST.connect("store", MANIFEST.settings.model_validate({"url": database_url}), utc_now)
            assert isinstance(store, PortalStore)
            told = {"url": url or sap.url, "user": "PORTAL", "password": SecretStr("portal-demo"), "timeout": timeout}
            writer = SapServiceOrders("sap", SapServiceOrdersSettings.model_validate(told), utc_now)
            heard: list[Delivery] = []
            store_of_files = None if files is None else files_in(files)

            async def hear(delivery: Delivery) -> None:
                heard.append(delivery)

            courier = Courier(
                store.deliveries,
                writer,
                utc_now,
                files=store_of_files,
                settle=settle,
                lease=timedelta(seconds=5),
                delivered=hear,
                refused=hear,
            )
            closing.push_async_callback(store.close)
            closing.push_async_callback(writer.close)
            closing.push_async_callback(courier.close)
            return Office(store, writer, courier, heard, store_of_files)

        yield make


def files_in(folder: Path) -> FileStore:
    made = file_documents.MANIFEST.connect("files", file_documents.MANIFEST.settings(url=f"file:{folder}"), utc_now)
    assert isinstance(made, FileStore)
    return made


async def read(office: Office, case_id: str | None) -> Case:
    query = CaseQuery(scope=AccountScope(unrestricted=True), ids=(case_id or "",))
    return (await office.writer.cases(query)).rows[0]
