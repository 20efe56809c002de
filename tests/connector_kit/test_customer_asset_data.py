"""Every connector of the port `CustomerAssetData`: what customers say of their assets."""

from pathlib import Path
from typing import cast

import pytest

from connectors.errors import SourceMisconfigured, SourceTimeout, SourceUnreachable
from connectors.ports import Connector, CustomerAssetData
from connectors.transport.deadline import deadline
from tests.connector_kit.expectations import ODD_KEYS, only
from tests.connector_kit.harness import Harness, harnesses_of
from tests.connector_kit.lab import Lab, System

Store = System[CustomerAssetData]

every_store = pytest.mark.parametrize("harness", harnesses_of(CustomerAssetData), ids=lambda harness: harness.name)
# Failures over HTTP are tests of their own.
in_files = pytest.mark.parametrize(
    "harness",
    [each for each in harnesses_of(CustomerAssetData) if not each.over_http],
    ids=lambda harness: harness.name,
)


@pytest.fixture(params=harnesses_of(CustomerAssetData), ids=lambda harness: harness.name)
async def store(request: pytest.FixtureRequest, lab: Lab) -> Store:
    return cast(Store, await lab.system(request.param))


@pytest.mark.rule("R5")
async def test_what_is_kept_is_found_by_asset(store: Store) -> None:
    kept = store.facts.custom_asset_data
    assert await store.connector.custom_asset_data(tuple(kept)) == kept
    for key in kept:
        assert await store.connector.custom_asset_data((key,)) == only(kept, key)


async def test_odd_texts_come_back_as_they_are(store: Store) -> None:
    names = {
        row.name for row in (await store.connector.custom_asset_data(tuple(store.facts.custom_asset_data))).values()
    }
    assert "Głowica 🩺 „Ania”" in names


async def test_assets_of_which_nothing_is_kept_are_absent(store: Store) -> None:
    some = next(iter(store.facts.custom_asset_data))
    assert await store.connector.custom_asset_data((*ODD_KEYS, some, some)) == only(store.facts.custom_asset_data, some)
    assert await store.connector.custom_asset_data(()) == {}


async def test_more_keys_than_a_statement_takes_are_asked_in_several(store: Store) -> None:
    kept = store.facts.custom_asset_data
    unknown = tuple(f"a0P{place:015}" for place in range(40_000))
    assert await store.connector.custom_asset_data((*unknown[:20_000], *kept, *unknown[20_000:])) == kept


@in_files
async def test_a_store_that_is_not_there_is_told_without_its_place(lab: Lab, harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("not a database " * 100)
    (tmp_path / "file").write_text("in the way")
    for place, expected in (
        ("notes.db", SourceMisconfigured),
        ("", SourceUnreachable),
        ("file/x.db", SourceUnreachable),
    ):
        connector = lab.connect(harness, f"sqlite+aiosqlite:///{tmp_path / place}")
        with pytest.raises(expected) as caught:
            await cast(CustomerAssetData, connector).custom_asset_data(("a0P000000000001",))
        assert str(tmp_path) not in caught.value.message
        assert all(not result.ok and str(tmp_path) not in result.hint for result in await connector.check())


async def test_a_deadline_that_has_passed_is_a_timeout(store: Store) -> None:
    with deadline(0.0), pytest.raises(SourceTimeout):
        await store.connector.custom_asset_data(("a0P000000000001",))
    await cast(Connector, store.connector).ping()
