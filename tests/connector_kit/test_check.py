"""`check` and `ping` of every connector: what works, what does not, and what a person can do about it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from connectors.errors import ConnectorError
from connectors.people_ports import People
from connectors.ports import AssetDocuments, CaseAttachments, CaseWriter, ChangeNotices, Connector, DeliveryStore
from connectors.registry import connector_modules, manifest, ports_of
from connectors.search.index import SearchIndexStore
from connectors.transport.deadline import deadline
from fixtures.world.model import World
from tests.connector_kit.breakage import BREAKAGES, MOST_BYTES, BreakingSystem, breaking
from tests.connector_kit.harness import Harness, HttpHarness, harnesses
from tests.connector_kit.lab import Lab
from tests.connector_kit.test_failures import assert_told_to_a_person

every_connector = pytest.mark.parametrize("harness", harnesses(), ids=lambda harness: harness.name)
over_http = pytest.mark.parametrize(
    "harness", [each for each in harnesses() if isinstance(each, HttpHarness)], ids=lambda harness: harness.name
)


def with_secrets() -> list[object]:
    """Each connector over HTTP with the setting that holds its secret."""
    return [
        pytest.param(harness, name, id=f"{harness.name}-{name}")
        for harness in harnesses()
        if isinstance(harness, HttpHarness)
        for name, value in harness.settings("http://127.0.0.1:1").items()
        if isinstance(value, SecretStr)
    ]


@pytest.fixture(scope="module")
async def breaking_systems(story: World) -> AsyncIterator[dict[str, BreakingSystem]]:
    async with AsyncExitStack() as stack:
        yield {
            harness.name: await stack.enter_async_context(breaking(harness, story))
            for harness in harnesses()
            if isinstance(harness, HttpHarness)
        }


FURTHER: dict[str, list[type]] = {
    "file_documents": [AssetDocuments],
    "salesforce_installed_base": [ChangeNotices],
    "portal_store": [People, DeliveryStore, SearchIndexStore],
    "sap_service_orders": [CaseAttachments, CaseWriter],
}
"""The ports that a connector serves beside the one that its harness asks by."""


def test_every_connector_is_in_the_kit() -> None:
    assert {harness.name for harness in harnesses()} == set(connector_modules())


@every_connector
async def test_a_connector_is_what_its_manifest_and_its_port_say(lab: Lab, harness: Harness) -> None:
    connector = (await lab.system(harness)).connector
    assert isinstance(connector, Connector)
    assert ports_of(connector) == [harness.port, *FURTHER.get(harness.name, [])]
    assert (connector.system, manifest(harness.name).name) == (harness.name, harness.name)
    assert manifest(harness.name).title


@every_connector
async def test_a_connector_that_was_only_made_has_called_nobody(lab: Lab, harness: Harness) -> None:
    system = await lab.system(harness)
    system.connect()
    assert system.conduct.calls == []


@every_connector
async def test_everything_that_is_tried_works_and_needs_no_hint(lab: Lab, harness: Harness) -> None:
    results = await (await lab.system(harness)).connector.check()
    assert results
    assert [(result.what, result.hint) for result in results if not result.ok or result.hint] == []
    assert len({result.what for result in results}) == len(results)
    assert all(result.seconds >= 0 for result in results)


@over_http
async def test_a_ping_is_one_call(lab: Lab, harness: Harness) -> None:
    system = await lab.system(harness)
    await system.connector.ping()
    assert len(system.conduct.calls) == 1


@over_http
@pytest.mark.parametrize("breakage", BREAKAGES)
async def test_a_check_says_what_failed_and_what_to_do_and_a_ping_raises_one_of_our_errors(
    breaking_systems: dict[str, BreakingSystem], harness: HttpHarness, breakage: str
) -> None:
    system = breaking_systems[harness.name]
    system.conduct.behave()
    system.breakage.answer = BREAKAGES[breakage][0]
    connector = system.connect(max_answer_bytes=MOST_BYTES, attempts=1)
    try:
        failed = [result for result in await connector.check() if not result.ok]
        with pytest.raises(ConnectorError) as caught:
            await connector.ping()
    finally:
        system.breakage.mend()
        await connector.close()
    assert failed
    assert_told_to_a_person(harness, system.served.url, caught.value.message, *(result.hint for result in failed))


@over_http
async def test_a_check_of_a_system_that_hangs_ends(
    breaking_systems: dict[str, BreakingSystem], harness: HttpHarness
) -> None:
    system = breaking_systems[harness.name]
    system.conduct.misbehave(hang=True)
    connector = system.connect(timeout=30.0)
    try:
        with deadline(0.1):
            results = await connector.check()
    finally:
        system.conduct.behave()
        await connector.close()
    assert results
    assert not any(result.ok for result in results)
    assert all(result.hint for result in results)


@pytest.mark.parametrize(("harness", "secret"), with_secrets())
async def test_a_wrong_password_is_told_as_that(lab: Lab, harness: HttpHarness, secret: str) -> None:
    system = await lab.system(harness)
    wrong = system.connect(**{secret: SecretStr("wrong-horse")})
    failed = [result for result in await wrong.check() if not result.ok]
    assert failed
    assert_told_to_a_person(harness, system.served.url, *(result.hint for result in failed))
    assert not any("wrong-horse" in result.hint for result in failed)
    assert any("password" in result.hint or "secret" in result.hint for result in failed)
