"""Documents about equipment: found from the asset, opened inline by a link of one's own, or kept (F6, V26, R11)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import UserStatus
from fixtures.document_library import Entry, library, write_library
from fixtures.world.model import World
from gateway.files.endpoint import FileEndpoint
from tests.gateway.conftest import client_of
from tests.gateway.test_deliveries import Ask, ask

__all__ = ["ask"]

pytestmark = pytest.mark.rule("F6")

MANAGER, USER, SOUTH = "manager@north.example", "user@north.example", "manager@south.example"
PEOPLE = [MANAGER, USER, "reader@north.example", SOUTH, "partner-north", "analyst@maker.example"]
EVENT = AuditEvent(action=AuditAction.USER_DISABLED, actor="a", subject="b")
DOCUMENT = "{ id title kind kindLabel language version issuedOn periodStart periodEnd mediaType size url downloadUrl }"
OF_ALL = f"""{{ installedProducts(first: 100) {{ nodes {{ productCode serialNumber uptimeReportEntitled
  documents {DOCUMENT} uptimeReports {DOCUMENT} }} }} }}"""
OF_ONE = f"""query ($asset: String!, $kinds: [DocumentKind!], $languages: [String!]) {{
  installedProduct(assetId: $asset) {{ documents(kinds: $kinds, languages: $languages) {DOCUMENT}
  uptimeReports {DOCUMENT} }} }}"""


@pytest.fixture
def documents(story: World) -> list[Entry]:
    return library(story)


@pytest.fixture
def own_documents(gateways: list[Starlette], tmp_path: Path, story: World) -> None:
    """In the store of this test's own gateways."""
    write_library(tmp_path / "portal.files" / "documents", story)


async def get(app: Starlette, url: str, **headers: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get("/" + url.partition("://")[2].partition("/")[2], headers=headers)


def is_about(entry: Entry, asset: dict[str, Any]) -> bool:
    of_product = not entry.products or asset["productCode"] in entry.products
    return of_product and (not entry.serials or asset["serialNumber"] in entry.serials)


@pytest.mark.rule("R11")
@pytest.mark.rule("V26")
@pytest.mark.parametrize("who", PEOPLE)
async def test_every_viewer_finds_what_is_written_about_the_own_equipment(
    asked: Ask, documents: list[Entry], who: str
) -> None:
    assets = (await asked(OF_ALL, who=who))["installedProducts"]["nodes"]
    manuals = [entry for entry in documents if entry.period is None]
    reports = [entry for entry in documents if entry.period is not None]
    for asset in assets:
        assert {row["id"] for row in asset["documents"]} == {e.id for e in manuals if is_about(e, asset)}
        entitled = [e.id for e in reports if is_about(e, asset)] if asset["uptimeReportEntitled"] else []
        assert sorted(row["id"] for row in asset["uptimeReports"]) == sorted(entitled)
    assert any(asset["uptimeReports"] for asset in assets) or who not in (MANAGER, "analyst@maker.example")


async def test_kinds_and_languages_narrow_and_the_newest_comes_first(asked: Ask) -> None:
    narrowed = {"asset": "10000001", "kinds": ["INSTRUCTIONS_FOR_USE"], "languages": ["pl"]}
    found = (await asked(OF_ONE, who=MANAGER, **narrowed))["installedProduct"]
    assert [(row["language"], row["version"]) for row in found["documents"]] == [("pl", "4.2"), ("pl", "4.1")]
    assert found["documents"][0]["kindLabel"] == "Instrukcja używania"
    assert [row["periodStart"] for row in found["uptimeReports"]] == sorted(
        (row["periodStart"] for row in found["uptimeReports"]), reverse=True
    )


async def test_a_document_opens_in_the_page_and_in_parts(asked: Ask, standing: list[Starlette]) -> None:
    row = (await asked(OF_ONE, who=MANAGER, asset="10000001"))["installedProduct"]["documents"][0]
    answer = await get(standing[1], row["url"])
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) == row["size"]
    assert answer.headers["content-type"] == row["mediaType"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline; filename*=UTF-8''")
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    kept = await get(standing[0], row["downloadUrl"])
    assert kept.headers["content-disposition"].startswith("attachment;")
    part = await get(standing[0], row["url"], range="bytes=10-19")
    assert (part.status_code, part.content) == (206, answer.content[10:20])


async def test_a_front_end_that_is_let_in_shows_it_in_a_frame(gateways: list[Starlette]) -> None:
    gateway = gateways[0].state.gateway
    origins = gateway.settings.server.model_copy(update={"allowed_origins": ("https://front.example",)})
    object.__setattr__(gateway.settings, "server", origins)
    endpoint = FileEndpoint(gateway, gateway.links, gateway.sources.files)
    assert endpoint._headers["content-security-policy"].endswith("frame-ancestors 'self' https://front.example")


@pytest.mark.rule("R10")
@pytest.mark.usefixtures("own_documents")
async def test_a_link_ends_with_its_viewers_rights(
    ask: Ask, gateways: list[Starlette], bearer: Callable[[str], dict[str, str]]
) -> None:
    found = (await ask(OF_ONE, who=MANAGER, asset="10000001"))["installedProduct"]
    url, report = found["documents"][0]["url"], found["uptimeReports"][0]["url"]
    for each in (url, report):
        assert (await get(gateways[0], each)).status_code == 200
        assert (await get(gateways[0], each, **bearer(SOUTH))).status_code == 404
    people = gateways[0].state.gateway.sources.people
    user = await people.users.by_email(MANAGER)
    elsewhere = await people.users.change(user, EVENT, accounts=frozenset({"7100020"}))
    for each in (url, report):
        assert (await get(gateways[0], each)).status_code == 404
    gone = await people.users.change(elsewhere, EVENT, accounts=user.accounts, status=UserStatus.DISABLED)
    assert (await get(gateways[0], url)).status_code == 404
    await people.users.change(gone, EVENT, status=UserStatus.ACTIVE)
    assert (await get(gateways[0], url)).status_code == 200


@pytest.mark.rule("V26")
@pytest.mark.usefixtures("own_documents")
async def test_a_report_is_gone_with_the_entitlement(
    ask: Ask, gateways: list[Starlette], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = (await ask(OF_ONE, who=MANAGER, asset="10000001"))["installedProduct"]["uptimeReports"][0]["url"]
    assert (await get(gateways[0], report)).status_code == 200
    monkeypatch.setattr("auth.documents.uptime_report_entitled", lambda lines, today: False)
    assert (await get(gateways[0], report)).status_code == 404


@pytest.mark.usefixtures("own_documents")
async def test_a_file_that_is_lost_is_told_as_gone(ask: Ask, gateways: list[Starlette], tmp_path: Path) -> None:
    row = (await ask(OF_ONE, who=MANAGER, asset="10000001"))["installedProduct"]["documents"][0]
    for file in (tmp_path / "portal.files" / "documents").rglob("*.pdf"):
        file.unlink()
    assert (await get(gateways[0], row["url"])).status_code == 404


@pytest.mark.rule("R11")
async def test_the_helpdesk_finds_no_document(
    standing: list[Starlette], bearer: Callable[[str], dict[str, str]]
) -> None:
    async with client_of(standing[0]) as client:
        answer = await client.post("/graphql", json={"query": OF_ALL}, headers=bearer("helpdesk@maker.example"))
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
