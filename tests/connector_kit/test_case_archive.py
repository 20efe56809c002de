"""Every connector of the port `CaseArchive`: cases of the older system, and their texts."""

from typing import cast

import pytest

from connectors.ports import CaseArchive
from connectors.queries import AccountScope, ArchivedCaseQuery
from tests.connector_kit.expectations import EVERYONE, ODD_KEYS, keys_of, only
from tests.connector_kit.harness import harnesses_of
from tests.connector_kit.lab import Lab, System
from tests.connector_kit.reads import ARCHIVED_CASES

Archive = System[CaseArchive]


@pytest.fixture(params=harnesses_of(CaseArchive), ids=lambda harness: harness.name)
async def archive(request: pytest.FixtureRequest, lab: Lab) -> Archive:
    return cast(Archive, await lab.system(request.param))


@pytest.mark.rule("F5")
async def test_a_read_that_names_no_keys_is_a_programming_error(archive: Archive) -> None:
    for scope in (EVERYONE, AccountScope(account_numbers=frozenset({"7100010"}))):
        with pytest.raises(ValueError, match="at least one"):
            await archive.connector.archived_cases(ArchivedCaseQuery(scope=scope))
    assert archive.conduct.calls == []


async def test_assets_and_numbers_are_applied_together(archive: Archive) -> None:
    ids, assets = (keys_of(archive.facts.archived_cases, attribute) for attribute in ("id", "asset_id"))
    for criteria in (
        {"ids": ids[:20], "asset_ids": assets[:3]},
        {"ids": ids[:5], "asset_ids": assets},
        {"ids": ids[:5], "asset_ids": ()},
        {"ids": (), "asset_ids": assets},
    ):
        await ARCHIVED_CASES.assert_answered(archive, ARCHIVED_CASES.query(EVERYONE, criteria))


async def test_texts_are_joined_as_they_were_written(archive: Archive) -> None:
    with_text, without = list(archive.facts.texts)[:40], keys_of(archive.facts.archived_cases, "id")[-10:]
    assert any("\n" in text and len(text) > 400 for text in archive.facts.texts.values())
    found = await archive.connector.texts((*with_text, *without, *ODD_KEYS, with_text[0]))
    assert found == only(archive.facts.texts, *with_text, *without)


async def test_texts_of_no_cases_cost_no_call(archive: Archive) -> None:
    assert await archive.connector.texts(()) == {}
    assert archive.conduct.calls == []


async def test_a_text_is_a_call_and_calls_do_not_all_run_at_once(archive: Archive) -> None:
    cases = keys_of(archive.facts.archived_cases, "id")[:40]
    archive.conduct.misbehave(delay=0.005)
    await archive.connector.texts((*cases, *cases))
    assert len(archive.calls()) == len(cases)
    assert 1 < archive.conduct.most_in_flight < 20
