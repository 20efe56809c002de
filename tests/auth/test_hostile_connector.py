"""Whatever a connector answers, a viewer sees what an honest one would have let out, and no more (R10)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

import pytest

from auth.scope import ScopeCompiler
from auth.visibility import Visibility
from connectors.queries import CaseQuery
from connectors.sources import Sources, sources_of
from fixtures.world.model import World
from tests.connector_kit.harness import Facts, harnesses
from tests.connector_kit.hostile import facts_of, hostile_sources
from tests.connector_kit.let_out import Inquiry, LetOut
from tests.portal import viewer_of

PERSONAS = (
    "reader@north.example",
    "user@north.example",
    "manager@north.example",
    "user@south.example",
    "manager@south.example",
    "legacy@south.example",
    "idle@north.example",
    "helpdesk@maker.example",
    "partner-north",
    "analyst@maker.example",
)

# From the story's own table: assets, cases, contracts, and the related accounts.
TOLD: dict[str, tuple[int, int, int, set[str]]] = {
    "reader@north.example": (7, 19, 6, {"7200010", "7200020", "7300001"}),
    "user@north.example": (20, 65, 19, {"7200010", "7200020", "7200030", "7300001"}),
    "manager@north.example": (25, 81, 24, {"7200010", "7200020", "7200030", "7300001"}),
    "user@south.example": (8, 20, 7, {"7100010", "7300001"}),
    "manager@south.example": (13, 35, 10, {"7100010", "7300001"}),
    "legacy@south.example": (3, 7, 2, set()),
    "idle@north.example": (0, 0, 0, set()),
    "helpdesk@maker.example": (0, 0, 0, set()),
    "partner-north": (17, 57, 18, {"7200030", "7300001"}),
    "analyst@maker.example": (40, 120, 30, set()),
}

every_persona = pytest.mark.parametrize("persona", PERSONAS)


@pytest.fixture(scope="module")
def facts(story: World) -> Facts:
    return facts_of(story)


@pytest.fixture(scope="module")
async def honest(story: World) -> AsyncIterator[Sources]:
    """Our own connectors, over the simulators of their systems."""
    async with AsyncExitStack() as stack:
        connectors = []
        for harness in harnesses():
            served = await stack.enter_async_context(harness.serve(story))
            connectors.append(harness.connect(served.url))
            stack.push_async_callback(connectors[-1].close)
        yield sources_of(connectors)


def inquiry(story: World, persona: str, sources: Sources, facts: Facts) -> Inquiry:
    viewer = next(viewer_of(each) for each in story.personas if each.name == persona)
    return Inquiry(viewer, sources, facts)


def assert_same(honest: LetOut, other: LetOut) -> None:
    """Question by question, so that a leak is named by what it leaks through."""
    assert honest.keys() == other.keys()
    differing = {question for question in honest if honest[question] != other[question]}
    assert not differing, {question: (honest[question], other[question]) for question in differing}


@every_persona
async def test_the_honest_let_out_what_the_story_tells(
    story: World, honest: Sources, facts: Facts, persona: str
) -> None:
    found = await inquiry(story, persona, honest, facts).everything()
    assets, cases, contracts, related = TOLD[persona]
    assert (len(found["assets"]), len(found["cases"]), len(found["contracts"])) == (assets, cases, contracts)
    if persona != "helpdesk@maker.example":
        assert {row.number for row in found["related accounts"]} == related


@every_persona
@pytest.mark.rule("R10")
async def test_a_source_that_answers_everything_to_every_question_leaks_nothing(
    story: World, honest: Sources, facts: Facts, persona: str
) -> None:
    """Nor does it mislead by windows that it never made. An analyst sees all, so that a source's window is taken."""
    hostile = hostile_sources(facts, claims_windows=persona != "analyst@maker.example")
    assert_same(
        await inquiry(story, persona, honest, facts).everything(),
        await inquiry(story, persona, hostile, facts).everything(),
    )


@pytest.mark.rule("R10")
async def test_cases_of_many_assets_read_in_outline_first_leak_nothing_either(
    story: World, honest: Sources, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await inquiry(story, "manager@north.example", honest, facts).everything()
    monkeypatch.setattr("auth.visibility.cases._MANY_ASSETS", 2)
    for sources in (honest, hostile_sources(facts, claims_windows=True)):
        assert_same(expected, await inquiry(story, "manager@north.example", sources, facts).everything())


@pytest.mark.parametrize("persona", ["manager@north.example", "analyst@maker.example"])
@pytest.mark.rule("R10")
async def test_rows_that_come_twice_are_shown_and_counted_once(
    story: World, honest: Sources, facts: Facts, persona: str
) -> None:
    hostile = hostile_sources(facts, repeats=True)
    assert_same(
        await inquiry(story, persona, honest, facts).everything(),
        await inquiry(story, persona, hostile, facts).everything(),
    )


@pytest.mark.parametrize("persona", ["manager@north.example", "analyst@maker.example"])
@pytest.mark.rule("R10")
async def test_a_record_about_another_asset_is_not_taken_for_the_one_asked_for(
    story: World, honest: Sources, facts: Facts, persona: str
) -> None:
    hostile = hostile_sources(facts, misplaces=True)
    assert_same(
        await inquiry(story, persona, honest, facts).everything(),
        await inquiry(story, persona, hostile, facts).everything(),
    )


ASSET, CASE, ORDER, CONTRACT, ARCHIVED = "10000001", "300000101", "80000101", "40000029", "200000001"

Question = Callable[[Visibility], Awaitable[Mapping[str, object]]]

BY_ONE_KEY: dict[str, tuple[str, Question]] = {
    "cases of assets": (ASSET, lambda seen: seen.cases.of_assets([ASSET], CaseQuery(scope=seen.scope))),
    "contracts of assets": (ASSET, lambda seen: seen.contracts.of_assets([ASSET])),
    "warranties of assets": (ASSET, lambda seen: seen.contracts.warranties_of_assets([ASSET])),
    "archive of assets": (ASSET, lambda seen: seen.archive.of_assets([ASSET])),
    "orders of assets": (ASSET, lambda seen: seen.service_orders.of_assets([ASSET])),
    "orders of cases": (CASE, lambda seen: seen.service_orders.of_cases([CASE])),
    "activities": (CASE, lambda seen: seen.cases.activities([CASE])),
    "cases by id": (CASE, lambda seen: seen.cases.by_id([CASE])),
    "orders by id": (ORDER, lambda seen: seen.service_orders.by_id([ORDER])),
    "contracts by number": (CONTRACT, lambda seen: seen.contracts.by_number([CONTRACT])),
    "archive by id": (ARCHIVED, lambda seen: seen.archive.by_id([ARCHIVED])),
    "texts": (ARCHIVED, lambda seen: seen.archive.texts([ARCHIVED])),
    "custom data": ("a0P1", lambda seen: seen.custom_asset_data(["a0P1"])),
}


@pytest.mark.parametrize("question", BY_ONE_KEY)
@pytest.mark.rule("R10")
async def test_who_asks_for_one_key_gets_nothing_under_another(story: World, facts: Facts, question: str) -> None:
    sources = hostile_sources(facts)
    viewer = inquiry(story, "user@north.example", sources, facts).viewer
    seen = Visibility(viewer, await ScopeCompiler(sources.installed_base).compile(viewer), sources)
    key, ask = BY_ONE_KEY[question]
    try:
        assert set(await ask(seen)) <= {key}
    finally:
        seen.close()
