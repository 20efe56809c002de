"""The tables: brought up to date and back with data in them, on both kinds of database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from connectors.errors import ConnectorError, SourceMisconfigured
from connectors.people import AssetDataChange
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from connectors.systems.portal_store.migrating import newest
from connectors.systems.portal_store.tables import metadata
from tests.clock import MovedClock
from tests.connectors.systems.portal_store.conftest import Gateways
from tests.databases import KINDS, new_database
from tests.store_records import EVENT, client, grant, link, session, user

KEPT = AssetDataChange(installed_product_id="a0X1", name="Rezonans", changed_at=MovedClock().now, changed_by="anna")


@pytest_asyncio.fixture(params=KINDS)
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty one, of each kind."""
    url, drop = await new_database(request.param, tmp_path, empty=True)
    yield url
    await drop()


def differences(connection: Connection) -> list[object]:
    options = {"include_name": lambda name, kind, _: kind != "table" or not name.startswith("search_texts")}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_migrations_make_the_tables_that_the_store_works_with(stored: PortalStore) -> None:
    await stored.database.migrate()
    async with stored.database.reading() as connection:
        assert await connection.run_sync(differences) == []
    assert await stored.database.revision() == newest()


async def test_up_and_down_and_up_again_with_data_in_them(stored: PortalStore, clock: MovedClock) -> None:
    await stored.asset_data.save(KEPT, event=EVENT)
    await stored.users.add(user(), EVENT)
    await stored.clients.add(client(), EVENT)
    await stored.clients.add_grant(grant(), None, None)
    await stored.sessions.open(session(), EVENT)
    await stored.credentials.add_link(link(), EVENT)
    assert await stored.database.migrate("0001") == (newest(), "0001")
    assert await stored.custom_asset_data(("a0X1",)) != {}, "what that revision knows is kept"
    assert await stored.database.migrate() == ("0001", newest())
    assert (await stored.custom_asset_data(("a0X1",)))["a0X1"].name == "Rezonans"
    assert await stored.asset_data.history(["a0X1"]) == {"a0X1": [KEPT]}, "the history begins with what there was"
    assert await stored.users.all() == []
    assert await stored.database.migrate("base") == (newest(), None)
    async with stored.database.writing() as connection:
        left = await connection.run_sync(lambda sync: sorted(_tables(sync)))
    assert left == ["alembic_version"]
    await stored.database.migrate()
    await stored.users.add(user(), EVENT)


async def test_a_database_from_before_there_were_migrations_is_taken_over(gateways: Gateways) -> None:
    first = gateways()
    await first.database.migrate("0001")
    async with first.database._engine.begin() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
        await connection.execute(
            text(
                "INSERT INTO custom_asset_data (installed_product_id, name, updated_at)"
                " VALUES ('a0X1', 'Rezonans', '2026-06-01 12:00:00')"
            )
        )
    second = gateways()
    assert (await second.custom_asset_data(("a0X1",)))["a0X1"].name == "Rezonans"
    assert await second.database.revision() == newest()


async def test_a_database_of_a_newer_gateway_is_left_alone(gateways: Gateways) -> None:
    first = gateways()
    await first.ping()
    async with first.database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    second = gateways()
    with pytest.raises(SourceMisconfigured, match="newer version of the gateway"):
        await second.ping()


async def test_where_migrating_is_done_by_hand_an_old_database_is_refused(
    database_url: str, gateways: Gateways
) -> None:
    await gateways().database.migrate("0001")
    settings = MANIFEST.settings.model_validate({"url": database_url, "migrate": False})
    store = MANIFEST.connect("store", settings, MovedClock())
    try:
        with pytest.raises(SourceMisconfigured, match="run `portal store migrate`"):
            await store.ping()
    finally:
        await store.close()


async def test_gateways_that_start_at_once_on_an_empty_database_all_come_up(gateways: Gateways) -> None:
    stores = [gateways() for _ in range(4)]
    await asyncio.gather(*(store.ping() for store in stores))
    assert await stores[0].database.revision() == newest()


@pytest.mark.parametrize("table", ["custom_asset_data_history", "audit"])
async def test_what_is_append_only_is_so_in_the_database(stored: PortalStore, table: str) -> None:
    await stored.asset_data.save(KEPT, event=EVENT)
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET number = number + 1"):
        with pytest.raises(ConnectorError):
            async with stored.database.writing() as connection:
                await connection.execute(text(statement))


async def test_references_hold(stored: PortalStore) -> None:
    with pytest.raises(ConnectorError):
        await stored.sessions.open(session(user_id="nobody"), EVENT)
    assert await stored.audit.entries() == []


def _tables(connection: Connection) -> list[str]:
    from sqlalchemy import inspect

    return inspect(connection).get_table_names()
