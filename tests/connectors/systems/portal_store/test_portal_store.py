"""The gateway's own store keeps the customer's data about assets, in a real SQLite file."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.errors import SourceFailed, SourceMisconfigured, SourceTimeout, SourceUnreachable
from connectors.people import AssetDataChange, AuditAction, AuditEvent
from connectors.people_ports import People
from connectors.ports import Connector, CustomerAssetData
from connectors.records import Provenance
from connectors.registry import manifest
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from connectors.transport.deadline import deadline

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PROVENANCE = Provenance("store", NOW)

Connect = Callable[..., PortalStore]


def data(asset: str, **values: object) -> AssetDataChange:
    usual: dict[str, object] = {"changed_at": NOW}
    return AssetDataChange(installed_product_id=asset, **usual | values)  # type: ignore[arg-type]  # by name


async def keep(store: PortalStore, *changes: AssetDataChange) -> None:
    await store.asset_data.save(*changes, event=AuditEvent(action=AuditAction.ASSET_DATA_WRITTEN))


@pytest.fixture
async def connect(tmp_path: Path) -> AsyncIterator[Connect]:
    """Makes a store in the test's own folder, with these settings beside the usual."""
    made: list[PortalStore] = []

    def store(**values: object) -> PortalStore:
        usual = {"url": f"sqlite+aiosqlite:///{tmp_path / 'var' / 'portal.db'}"}
        found = MANIFEST.connect("store", MANIFEST.settings.model_validate(usual | values), lambda: NOW)
        assert isinstance(found, PortalStore)
        made.append(found)
        return found

    yield store
    for one in made:
        await one.close()


@pytest.fixture
def store(connect: Connect) -> PortalStore:
    return connect()


def test_it_is_found_by_its_name_and_serves_the_port(store: PortalStore) -> None:
    assert manifest("portal_store") is MANIFEST
    assert isinstance(store, Connector)
    assert isinstance(store, CustomerAssetData)
    assert isinstance(store, People)


@pytest.mark.rule("R5")
async def test_what_was_kept_is_read_with_who_and_when(store: PortalStore) -> None:
    warsaw = timezone(timedelta(hours=2))
    kept = data(
        "a0X1",
        name="Rezonans duży",
        description="O'Brien; -- %_",
        reference_number="INV-7",
        location_note="Poziom -1",
        changed_at=datetime(2026, 5, 1, 8, 30, tzinfo=warsaw),
        changed_by="anna@example.com",
    )
    await keep(store, kept)
    found = (await store.custom_asset_data(("a0X1", "a0X2")))["a0X1"]
    assert (found.name, found.description, found.reference_number, found.location_note) == (
        kept.name,
        kept.description,
        kept.reference_number,
        kept.location_note,
    )
    assert found.updated_by == "anna@example.com"
    assert (found.updated_at, found.provenance) == (datetime(2026, 5, 1, 6, 30, tzinfo=UTC), PROVENANCE)


async def test_keeping_again_takes_the_place_of_what_was_kept(store: PortalStore) -> None:
    await keep(store, data("a", name="one", description="old"), data("b", name="two"))
    await keep(store, data("a", name="new"))
    found = await store.custom_asset_data(("a", "b"))
    assert {asset: (one.name, one.description) for asset, one in found.items()} == {
        "a": ("new", None),
        "b": ("two", None),
    }


async def test_what_is_kept_outlives_the_connection(connect: Connect) -> None:
    first = connect()
    await keep(first, data("a", name="one"))
    await first.close()
    assert (await connect().custom_asset_data(("a",)))["a"].name == "one"


async def test_more_assets_are_read_than_a_statement_takes(store: PortalStore) -> None:
    assets = tuple(f"a{place}" for place in range(2500))
    await keep(store, *(data(asset, name=asset) for asset in assets))
    found = await store.custom_asset_data((*assets, *assets, "unknown"))
    assert {asset: one.name for asset, one in found.items()} == {asset: asset for asset in assets}


async def test_nothing_asked_and_nothing_kept_open_no_database(connect: Connect) -> None:
    store = connect(url="sqlite+aiosqlite:////proc/no/such/place.db")
    assert await store.custom_asset_data(()) == {}
    await keep(store)


async def test_a_batch_is_kept_whole_or_not_at_all(store: PortalStore) -> None:
    broken = data("b", name=["no text"])
    with pytest.raises(SourceFailed):
        await keep(store, data("a", name="one"), broken)
    assert await store.custom_asset_data(("a", "b")) == {}


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1), st.text(st.characters(codec="utf-8"))
)
async def test_any_text_comes_back_as_it_was_kept(store: PortalStore, asset: str, text: str) -> None:
    await keep(store, data(asset, name=text))
    assert (await store.custom_asset_data((asset,)))[asset].name == text


async def test_the_file_is_set_for_readers_beside_a_writer(store: PortalStore, tmp_path: Path) -> None:
    await store.ping()
    with sqlite3.connect(tmp_path / "var" / "portal.db") as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()


async def test_many_ask_at_once_of_a_store_that_is_not_yet_open(store: PortalStore) -> None:
    await asyncio.gather(*(keep(store, data(f"a{place}")) for place in range(10)))
    assert len(await store.custom_asset_data(tuple(f"a{place}" for place in range(10)))) == 10


async def test_a_place_that_can_not_be_is_told_without_its_path(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file" / "portal.db", tmp_path):
        store = connect(url=f"sqlite+aiosqlite:///{place}")
        with pytest.raises(SourceUnreachable, match="can't be opened") as caught:
            await store.custom_asset_data(("a",))
        assert str(tmp_path) not in caught.value.message


async def test_a_database_that_another_process_locks_is_told_as_that(connect: Connect, tmp_path: Path) -> None:
    store = connect(busy_timeout=0.05)
    await keep(store, data("a", name="one"))
    other = sqlite3.connect(tmp_path / "var" / "portal.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(SourceUnreachable, match="locked by another process"):
            await keep(store, data("a", name="two"))
        assert (await store.custom_asset_data(("a",)))["a"].name == "one", "readers go on"
    finally:
        other.close()
    await keep(store, data("a", name="two"))


async def test_a_file_that_is_no_database_is_told_as_that(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database " * 100)
    store = connect(url=f"sqlite+aiosqlite:///{tmp_path / 'notes.txt'}")
    with pytest.raises(SourceMisconfigured, match="is not a database"):
        await store.ping()
    (result,) = await store.check()
    assert not result.ok
    assert str(tmp_path) not in result.hint


async def test_a_request_without_time_left_is_not_served(store: PortalStore) -> None:
    with deadline(0.0), pytest.raises(SourceTimeout):
        await store.custom_asset_data(("a",))


async def test_a_check_opens_the_database(store: PortalStore) -> None:
    assert [result.ok for result in await store.check()] == [True]


@pytest.mark.parametrize(
    "url",
    ["postgresql+asyncpg://user:secret@db/portal", "postgresql://db/portal", "sqlite:///portal.db", "no address", ""],
)
def test_another_kind_of_database_and_a_password_in_the_address_are_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        MANIFEST.settings.model_validate({"url": url})


def test_the_default_is_a_file_in_var() -> None:
    assert MANIFEST.settings.model_validate({}).model_dump()["url"] == "sqlite+aiosqlite:///var/portal.db"
