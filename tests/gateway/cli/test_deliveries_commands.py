"""`portal deliveries`: what an operator sees and does, and what is said where it can't be done."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.deliveries import Delivery, DeliveryStatus
from connectors.people import AuditAction
from connectors.registry import utc_now
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from gateway.cli import app
from tests.delivery_records import NOW, SUBMITTED, new_case, registering

Run = Callable[..., Result]

SETTINGS = """
[[identity.issuers]]
issuer = "https://identity.test"
[systems.store]
connector = "portal_store"
url = "{store}"
"""


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'portal.db'}"


@pytest.fixture
def run(tmp_path: Path, store_url: str, logging_kept: None) -> Run:
    config = tmp_path / "portal.toml"
    config.write_text(SETTINGS.format(store=store_url))

    def called(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["deliveries", *arguments, "--config", str(config)])
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return called


def kept(store_url: str) -> tuple[Delivery, Delivery]:
    """One that waits, and one that was refused."""
    waiting, refused = registering("WEB-1"), registering(new_case("WEB-2", asset_id="10", description="Łóżko"))

    async def keep() -> None:
        store = MANIFEST.connect("store", MANIFEST.settings.model_validate({"url": store_url}), utc_now)
        assert isinstance(store, PortalStore)
        for delivery in (waiting, refused):
            await store.deliveries.submit([delivery], SUBMITTED, repeated_since=NOW)
        (held,) = await store.deliveries.take(NOW, until=NOW, at_most=1, lane="10")
        words = "Technical object 10 does not exist"
        await store.deliveries.finish(held, DeliveryStatus.REFUSED, NOW, case_id=None, code="IW/000", words=words)
        await store.close()

    asyncio.run(keep())
    return waiting, refused


def state(store_url: str, delivery: Delivery) -> tuple[DeliveryStatus, list[AuditAction]]:
    async def read() -> tuple[DeliveryStatus, list[AuditAction]]:
        store = MANIFEST.connect("store", MANIFEST.settings.model_validate({"url": store_url}), utc_now)
        assert isinstance(store, PortalStore)
        found = (await store.deliveries.by_id([delivery.id]))[delivery.id]
        entries = await store.audit.entries()
        await store.close()
        return found.status, [entry.action for entry in entries]

    return asyncio.run(read())


def test_what_waits_and_what_was_refused_is_listed_with_its_reason(run: Run, store_url: str) -> None:
    assert run("list").output == "Nothing waits.\n"
    waiting, refused = kept(store_url)
    lines = run("list").output.splitlines()
    assert [line.split()[0] for line in lines] == [waiting.id, refused.id]
    assert lines[1].endswith("REGISTER_CASE  WEB-2  1×  IW/000: Technical object 10 does not exist")


def test_one_is_shown_with_what_is_sent(run: Run, store_url: str) -> None:
    _, refused = kept(store_url)
    shown = run("show", refused.id[:8]).output
    assert '"description": "Łóżko"' in shown
    assert "words        Technical object 10 does not exist" in shown


def test_a_refused_one_is_sent_again_and_recorded(run: Run, store_url: str) -> None:
    _, refused = kept(store_url)
    assert run("retry", refused.id).output == f"{refused.id}  is sent again\n"
    status, actions = state(store_url, refused)
    assert status is DeliveryStatus.WAITING
    assert actions[0] is AuditAction.DELIVERY_RETRIED


def test_one_is_given_up_once(run: Run, store_url: str) -> None:
    waiting, _ = kept(store_url)
    run("discard", waiting.id)
    status, actions = state(store_url, waiting)
    assert status is DeliveryStatus.DISCARDED
    assert actions[0] is AuditAction.DELIVERY_DISCARDED
    assert "has come to its end: DISCARDED" in run("discard", waiting.id, code=1).output
    assert "has come to its end: DISCARDED" in run("retry", waiting.id, code=1).output
    assert waiting.id in run("list", "--all").output
    assert waiting.id not in run("list").output


def test_what_is_not_there_is_said_to_be_not_there(run: Run, store_url: str) -> None:
    kept(store_url)
    assert "there is no delivery zzz" in run("show", "zzz", code=1).output
