"""Search (F3): what may be seen is found by whatever people remember of it, and of the rest there is no trace."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from connectors.people import AuditAction, AuditEvent
from connectors.queries import AccountScope, InstalledProductQuery
from connectors.vocabulary import SearchKind
from fixtures.document_library import write_library
from fixtures.world.model import World
from gateway.demo.seeding import seed
from gateway.search.indexing import Indexing, NotLeading
from schema.search import fragments_of
from tests.gateway.conftest import client_of
from tests.gateway.test_deliveries import Ask, ask, report
from tests.portal import Systems

__all__ = ["ask"]

pytestmark = pytest.mark.rule("F3")

MANAGER, USER, SOUTH = "manager@north.example", "user@north.example", "manager@south.example"
PEOPLE = [
    MANAGER,
    USER,
    "reader@north.example",
    SOUTH,
    "user@south.example",
    "partner-north",
    "analyst@maker.example",
    "idle@north.example",
]
EVENT = AuditEvent(action=AuditAction.ASSET_DATA_WRITTEN)
HIT = """{ kind kindLabel highlights { field fragments { text isMatch } }
  installedProduct { id assetId serialNumber customName } case { number sapNotificationNumber }
  serviceContract { number } location { id description } document { id title url } }"""
SEARCH = f"""query ($text: String!, $kinds: [SearchKind!], $first: Int! = 100, $offset: Int! = 0) {{
  search(text: $text, kinds: $kinds, first: $first, offset: $offset) {{
  totalCount asOf facets {{ kind kindLabel count }} hits {HIT} }} }}"""
LISTS = """{ installedProducts(first: 1000) { nodes { id assetId serialNumber productCode documents { id } } }
  cases(first: 1000) { nodes { number sapNotificationNumber } } serviceContracts(first: 1000) { nodes { number } }
  locations(first: 1000) { nodes { id } } }"""


def indexing(app: Starlette) -> Indexing:
    found = app.state.gateway.indexing
    assert isinstance(found, Indexing)
    return found


@pytest.fixture
async def indexed(gateways: list[Starlette], tmp_path: Path, story: World) -> list[Starlette]:
    write_library(tmp_path / "portal.files" / "documents", story)
    await seed(gateways[0].state.gateway.sources, story)
    await indexing(gateways[0]).look()
    return gateways


async def found(ask: Ask, text: str, who: str = MANAGER, **given: Any) -> Any:
    return (await ask(SEARCH, who=who, text=text, **given))["search"]


def keys(hits: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """What each hit is, by the system's own key."""
    told = {
        "INSTALLED_PRODUCT": ("installedProduct", "id"),
        "CASE": ("case", "sapNotificationNumber"),
        "SERVICE_CONTRACT": ("serviceContract", "number"),
        "LOCATION": ("location", "id"),
        "DOCUMENT": ("document", "id"),
    }
    return {(hit["kind"], hit[told[hit["kind"]][0]][told[hit["kind"]][1]]) for hit in hits}


@pytest.mark.rule("R10")
@pytest.mark.rule("R11")
@pytest.mark.parametrize("who", PEOPLE)
async def test_everything_that_may_be_seen_is_found_and_nothing_else(
    asked: Ask, standing: list[Starlette], story: World, who: str
) -> None:
    """Words that stand in most rows: whatever is found, and counted, is what the lists hold."""
    lists = await asked(LISTS, who=who)
    permitted = {
        *(("INSTALLED_PRODUCT", row["id"]) for row in lists["installedProducts"]["nodes"]),
        *(("CASE", row["sapNotificationNumber"]) for row in lists["cases"]["nodes"]),
        *(("SERVICE_CONTRACT", row["number"]) for row in lists["serviceContracts"]["nodes"]),
        *(("LOCATION", row["id"]) for row in lists["locations"]["nodes"]),
        *(("DOCUMENT", one["id"]) for row in lists["installedProducts"]["nodes"] for one in row["documents"]),
    }
    seen: set[tuple[str, str]] = set()
    for text in ("3", "1", "4", "i", "n", "m", "g", "w", "o", "s", "k"):
        answer = await found(asked, text, who)
        seen |= keys(answer["hits"])
        assert keys(answer["hits"]) <= permitted
        whole = [*answer["hits"]]
        while len(whole) < answer["totalCount"]:
            further = (await found(asked, text, who, offset=len(whole)))["hits"]
            assert further, "what is counted can be seen"
            whole += further
        assert keys(whole) <= permitted
        assert len(keys(whole)) == len(whole) == answer["totalCount"]
        counts = {facet["kind"]: facet["count"] for facet in answer["facets"]}
        assert counts == {kind: sum(of == kind for of, _ in keys(whole)) for kind in counts}
        seen |= keys(whole)
    if who == "analyst@maker.example":  # who sees what belongs to nobody, too
        assert len({key for key in seen if key[0] == "INSTALLED_PRODUCT"}) == len(story.assets)
    assert {kind for kind, _ in permitted} == {kind for kind, _ in seen}


@pytest.mark.rule("R10")
async def test_each_asset_is_found_by_each_of_its_numbers_by_its_own_viewers_alone(
    asked: Ask, standing: list[Starlette], story: World
) -> None:
    own = {
        who: {row["id"] for row in (await asked(LISTS, who=who))["installedProducts"]["nodes"]}
        for who in (MANAGER, SOUTH)
    }
    analyst = (await asked(LISTS, who="analyst@maker.example"))["installedProducts"]["nodes"]
    ids = {row["assetId"]: row["id"] for row in analyst}
    for asset in story.assets[:16]:
        if asset.equipment is None:
            continue
        for number in (asset.equipment, asset.equipment.zfill(18), asset.serial, asset.technical_id, asset.udi):
            if not number:
                continue
            for who in (MANAGER, SOUTH):
                hits = (await found(asked, number, who, kinds=["INSTALLED_PRODUCT"], first=5))["hits"]
                mine = ids[asset.equipment] in own[who]
                assert (("INSTALLED_PRODUCT", ids[asset.equipment]) in keys(hits)) is mine, (number, who)


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("300000101", "CASE", "300000101"),
        ("000300000101", "CASE", "300000101"),
        ("40000029", "SERVICE_CONTRACT", "40000029"),
        ("rezonans glowny", "INSTALLED_PRODUCT", "10000001"),
        ("REZONANS GŁÓWNY", "INSTALLED_PRODUCT", "10000001"),
        ("rezonnas", "INSTALLED_PRODUCT", "10000001"),
        ("inw/2021/0007", "INSTALLED_PRODUCT", "10000001"),
        ("xyzzy", "INSTALLED_PRODUCT", None),
        ("instrukcja uzywania meridian", "DOCUMENT", "mr-300-ifu-pl-4.2"),
    ],
)
async def test_things_are_found_as_people_write_them(
    asked: Ask, standing: list[Starlette], text: str, kind: str, what: str | None
) -> None:
    hits = (await found(asked, text))["hits"]
    if what is None:
        assert hits == []
        return
    first = [hit for hit in hits if hit["kind"] == kind]
    named = {
        "CASE": lambda hit: hit["case"]["sapNotificationNumber"],
        "SERVICE_CONTRACT": lambda hit: hit["serviceContract"]["number"],
        "INSTALLED_PRODUCT": lambda hit: hit["installedProduct"]["assetId"],
        "DOCUMENT": lambda hit: hit["document"]["id"],
    }
    assert what in [named[kind](hit) for hit in first]
    if text.isdigit():
        assert hits[0]["kind"] == kind, "a number comes first"


async def test_what_was_looked_for_is_marked(asked: Ask, standing: list[Starlette]) -> None:
    hit = next(hit for hit in (await found(asked, "glowny"))["hits"] if hit["kind"] == "INSTALLED_PRODUCT")
    assert hit["kindLabel"] == "Urządzenie"
    (marked,) = [each for each in hit["highlights"] if each["field"] == "customName"]
    assert marked["fragments"] == [{"text": "Rezonans ", "isMatch": False}, {"text": "główny", "isMatch": True}]
    number = (await found(asked, "0010000001", kinds=["INSTALLED_PRODUCT"]))["hits"][0]["highlights"]
    assert {"field": "assetId", "fragments": [{"text": "10000001", "isMatch": True}]} in number


def test_of_a_long_text_an_excerpt_is_shown() -> None:
    text = "x " * 300 + "skaner nie działa " + "y " * 300
    parts = fragments_of(text, (("skaner", ()),))
    shown = "".join(part.text for part in parts)
    assert [part.text for part in parts if part.is_match] == ["skaner"]
    assert shown in text
    assert len(shown) < 320


async def test_what_is_asked_wrongly_is_told(
    standing: list[Starlette], bearer: Callable[[str], dict[str, str]]
) -> None:
    async with client_of(standing[0]) as client:
        for given in ({"text": "x" * 201}, {"text": "x", "first": 101}, {"text": "x", "offset": -1}):
            asked = {"query": SEARCH, "variables": given}
            answer = await client.post("/graphql", json=asked, headers=bearer(MANAGER))
            assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize("text", ["", " ", "'\"*()", "' OR 1=1 --", "numbers : x", "x* AND NOT y", "\x00", "😀", "%"])
async def test_no_text_means_anything_to_a_database(asked: Ask, standing: list[Starlette], text: str) -> None:
    answer = await found(asked, text, "idle@north.example")
    assert (answer["hits"], answer["totalCount"]) == ([], 0)


@pytest.mark.rule("R11")
async def test_the_helpdesk_searches_nothing(
    standing: list[Starlette], bearer: Callable[[str], dict[str, str]]
) -> None:
    async with client_of(standing[0]) as client:
        asked = {"query": SEARCH, "variables": {"text": "300000101"}}
        answer = await client.post("/graphql", json=asked, headers=bearer("helpdesk@maker.example"))
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_before_the_systems_were_read_nothing_is_found_and_that_is_told(ask: Ask) -> None:
    answer = await found(ask, "300000101")
    assert (answer["hits"], answer["asOf"]) == ([], None)


async def test_a_new_case_is_found_once_the_changes_are_looked_at(ask: Ask, indexed: list[Starlette]) -> None:
    case = await report(ask, description="Brzęczek zgrzyta")
    assert (await found(ask, "brzeczek"))["hits"] == []
    await indexing(indexed[0]).look()
    answer = await found(ask, "brzeczek zgrzyta", gateway=1)
    assert [hit["case"]["number"] for hit in answer["hits"]] == [case["number"]]
    assert answer["asOf"] is not None
    assert (await found(ask, "brzeczek", SOUTH))["totalCount"] == 0


async def test_a_name_that_the_customer_gives_is_found_at_once(ask: Ask, indexed: list[Starlette]) -> None:
    key = (await ask('{ installedProduct(assetId: "10000003") { id } }', who=MANAGER))["installedProduct"]["id"]
    change = """mutation ($input: SetCustomAssetDataInput!) { setCustomAssetData(input: $input) { errors { code } } }"""
    await ask(change, who=MANAGER, input={"installedProductId": key, "name": "Śliczna sonda"})
    async with asyncio.timeout(10):
        while not (hits := (await found(ask, "sliczna", gateway=1))["hits"]):  # noqa: ASYNC110  # as a client asks
            await asyncio.sleep(0.05)
    assert [hit["installedProduct"]["id"] for hit in hits] == [key]
    before = (await found(ask, "meridian"))["totalCount"]
    await indexing(indexed[0]).rebuild()
    assert (await found(ask, "meridian"))["totalCount"] == before


async def test_an_asset_that_is_told_of_is_read_again_with_its_cases(ask: Ask, indexed: list[Starlette]) -> None:
    index = indexed[0].state.gateway.sources.search_index
    asset = (await indexed[0].state.gateway.sources.installed_base.installed_products(_by_number("10000001"))).rows[0]
    kept = {kind: dict(await index.digests(kind)) for kind in SearchKind}
    await index.remove(SearchKind.INSTALLED_PRODUCT, [asset.id])
    await index.remove(SearchKind.CASE, ["300000101"])
    await indexing(indexed[1]).read_again([asset.id, "unknown"])
    assert {kind: dict(await index.digests(kind)) for kind in SearchKind} == kept


async def test_what_has_not_changed_is_not_written_again(
    indexed: list[Starlette], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = indexed[0].state.gateway.sources.search_index
    before = {kind: await index.digests(kind) for kind in SearchKind}
    assert all(before.values())

    async def never(*_: object) -> None:
        raise AssertionError("written again")

    monkeypatch.setattr(type(index), "put", never)
    await indexing(indexed[0]).rebuild()
    assert {kind: await index.digests(kind) for kind in SearchKind} == before


async def test_one_gateway_reads_for_all(indexed: list[Starlette], own_systems: Systems) -> None:
    calls = sum(own_systems.calls().values())
    with pytest.raises(NotLeading):
        await indexing(indexed[1]).look()
    assert sum(own_systems.calls().values()) == calls


@pytest.mark.rule("R10")
async def test_what_is_not_the_viewers_any_more_is_not_found_by_an_old_index(
    ask: Ask, indexed: list[Starlette], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index says so; the door says no."""
    gateway = indexed[0].state.gateway
    hits = (await found(ask, "10000001", kinds=["INSTALLED_PRODUCT"]))["hits"]
    assert len(hits) == 1
    people = gateway.sources.people
    user = await people.users.by_email(MANAGER)
    await people.users.change(user, EVENT, accounts=frozenset({"7100020"}))
    assert (await found(ask, "10000001"))["totalCount"] == 0


def _by_number(number: str) -> Any:
    return InstalledProductQuery(scope=AccountScope(unrestricted=True), asset_ids=(number,))
