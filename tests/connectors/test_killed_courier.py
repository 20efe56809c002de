"""A gateway that is killed (-9) at any step of a delivery loses nothing and sends nothing twice (F1, F2)."""

import asyncio
import signal
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import pytest

from connectors.deliveries import DeliveryStatus
from connectors.files import content_key
from tests.connectors import killed_courier
from tests.connectors.offices import Open, Sap, office, read, sap
from tests.databases import database_url
from tests.delivery_records import attaching, registering

__all__ = ["database_url", "office", "sap"]

pytestmark = pytest.mark.rule("F1")

# Forked from one that has imported everything: starting each anew would be most of a test's time.
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload([killed_courier.__name__])

STEPS = ["take", "sending", "register_case", "finish"]


async def killed(database_url: str, sap_url: str, folder: Path, step: str, when: str) -> None:
    """A gateway takes what is due, and is killed at that step."""
    process = PROCESSES.Process(
        target=killed_courier.main, args=(database_url, sap_url, f"file:{folder / 'files'}", step, when)
    )
    process.start()
    await asyncio.to_thread(process.join)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_gateway_that_is_killed_at_any_step_loses_nothing_and_sends_nothing_twice(
    office: Open, sap: Sap, database_url: str, tmp_path: Path, step: str, when: str
) -> None:
    gateway = office()
    kept = await gateway.submit(registering("WEB-1"))
    await killed(database_url, sap.url, tmp_path, step, when)
    ended = await gateway.until(kept, DeliveryStatus.DELIVERED)
    assert sap.numbers() == Counter({"WEB-1": 1})
    assert (await read(gateway, ended.case_id)).number == "WEB-1"


@pytest.mark.rule("F2")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["sending", "attach_to_case", "finish"])
async def test_a_gateway_that_is_killed_over_a_file_loses_nothing_and_sends_nothing_twice(
    office: Open, sap: Sap, database_url: str, tmp_path: Path, step: str, when: str
) -> None:
    gateway = office(files=tmp_path / "files")
    case = await gateway.until(await gateway.submit(registering("WEB-1")), DeliveryStatus.DELIVERED)
    file = await gateway.submit(attaching("WEB-1", "tube 7fa2.jpg", case_id=case.case_id))
    assert gateway.files is not None
    await gateway.files.put_file(content_key(file.id), b"\xff\xd8\xff picture")
    await killed(database_url, sap.url, tmp_path, step, when)
    await gateway.until(file, DeliveryStatus.DELIVERED)
    (found,) = (await gateway.writer.case_attachments((case.case_id or "",)))[case.case_id or ""]
    assert found.name == "tube 7fa2.jpg"


@pytest.mark.rule("F2")
async def test_a_file_that_is_not_kept_any_more_is_refused_and_holds_nothing_up(
    office: Open, sap: Sap, tmp_path: Path
) -> None:
    gateway = office(files=tmp_path / "files")
    case = await gateway.until(await gateway.submit(registering("WEB-1")), DeliveryStatus.DELIVERED)
    file = await gateway.submit(attaching("WEB-1", "tube 7fa2.jpg", case_id=case.case_id))
    ended = await gateway.until(file, DeliveryStatus.REFUSED)
    assert (ended.code, "tube.jpg" in ended.words) == ("PORTAL/FILE_MISSING", True)
    assert [delivery.id for delivery in gateway.told] == [case.id, file.id]
