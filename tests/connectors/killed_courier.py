"""A delivery that is killed at one step, in a process of its own."""

import asyncio
import os
import signal
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from connectors.courier import Courier
from connectors.files import FileStore
from connectors.registry import utc_now
from connectors.systems.file_documents import connector as file_documents
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from connectors.systems.sap_service_orders.connector import SapServiceOrders
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings


class Deadly:
    """Everything that the other has; one method of it is the last that is called."""

    def __init__(self, other: object, step: str, when: str) -> None:
        self._other = other
        self._step = step
        self._when = when

    def __getattr__(self, name: str) -> Any:  # Any: as the other has it
        method = getattr(self._other, name)
        if name != self._step:
            return method

        async def last(*arguments: Any, **named: Any) -> None:
            if self._when == "after":
                await method(*arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)

        return last


def main(store_url: str, sap_url: str, files_url: str, step: str, when: str) -> None:
    """`step` names a method of the store or of the writer, `when` is `before` or `after`: there the process ends by
    SIGKILL."""
    asyncio.run(_deliver(store_url, sap_url, files_url, step, when))
    raise SystemExit("nothing has killed it")


async def _deliver(store_url: str, sap_url: str, files_url: str, step: str, when: str) -> None:
    store = MANIFEST.connect("store", MANIFEST.settings.model_validate({"url": store_url}), utc_now)
    assert isinstance(store, PortalStore)
    told = {"url": sap_url, "user": "PORTAL", "password": SecretStr("portal-demo")}
    writer = SapServiceOrders("sap", SapServiceOrdersSettings.model_validate(told), utc_now)
    files = file_documents.MANIFEST.connect("files", file_documents.MANIFEST.settings(url=files_url), utc_now)
    assert isinstance(files, FileStore)
    deliveries: Any = Deadly(store.deliveries, step, when)  # Any: stands for the port
    deadly: Any = Deadly(writer, step, when)
    await Courier(deliveries, deadly, utc_now, files=files, lease=timedelta(seconds=1)).deliver_due()
