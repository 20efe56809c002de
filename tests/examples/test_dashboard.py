"""The example dashboard in a real browser, over a gateway that is served: signed in through the built-in provider."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import pytest_asyncio
from graphql import build_schema, parse, validate
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette

from auth.passwords import Passwords
from fixtures.document_library import write_library
from fixtures.simulators.openid_provider import DemoIssuer
from fixtures.simulators.server import listen, url_of
from fixtures.world.model import World
from gateway.app import create_app
from gateway.demo import dashboard
from gateway.demo.people import PASSWORD, seed_people
from gateway.demo.seeding import seed
from gateway.demo.settings import files_of
from gateway.settings import Server
from tests.browsers import CHROMIUM, chromium
from tests.gateway.conftest import issuer
from tests.portal import CHEAP, Systems, addresses_of, settings_for, simulated
from tests.served import served

__all__ = ["chromium", "issuer"]

SOURCE = dashboard.BUNDLE.parent
in_a_browser = pytest.mark.skipif(
    CHROMIUM is None or not dashboard.is_built(),
    reason="there is no chromium on the PATH, or the dashboard is not built (`make dashboard` needs npm)",
)


@pytest_asyncio.fixture(scope="module")
async def portal(
    story: World, issuer: DemoIssuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, Starlette, Systems]]:
    tmp_path = tmp_path_factory.mktemp("dashboard")
    listener = listen()
    with simulated(story) as systems:
        addresses = addresses_of(systems, issuer.url)
        store = tmp_path / "portal.db"
        settings = settings_for(addresses, store=store, mail=tmp_path / "mail")
        server = Server.model_validate(settings.server.model_dump() | {"public_url": url_of(listener)})
        app = create_app(replace(settings, server=server), further=dashboard.routes())
        write_library(files_of(store) / "documents", story)
        await seed(app.state.gateway.sources, story)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Passwords.__init__, "__defaults__", (CHEAP,))
            await seed_people(app.state.gateway, story, issuer.url)
        await app.state.gateway.indexing.look()
        async with served(app, listener):
            yield url_of(listener), app, systems
        await app.state.gateway.close()


@pytest_asyncio.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """One that fails the test for anything that goes wrong in it."""
    faults: list[str] = []
    context = await chromium.new_context(locale="pl-PL", viewport={"width": 1280, "height": 900})
    made = await context.new_page()
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield made
    await context.close()
    assert faults == []


async def signed_in(page: Page, origin: str, who: str = "manager@north.example") -> None:
    await page.goto(f"{origin}/dashboard/")
    await page.get_by_role("button", name="Zaloguj się").click()
    await page.get_by_label("Adres e-mail").fill(who)
    await page.get_by_label("Hasło").fill(PASSWORD)
    await page.get_by_role("button", name="Zaloguj się", exact=True).click()
    await page.wait_for_url(f"{origin}/dashboard/")


@in_a_browser
@pytest.mark.rule("F4")
async def test_a_manager_sees_what_runs_what_is_open_what_is_planned_and_what_ends(
    portal: tuple[str, Starlette, Systems], page: Page
) -> None:
    origin, _, _ = portal
    await signed_in(page, origin)
    fleet = page.get_by_role("region", name="Które urządzenia działają")
    await expect(fleet.get_by_role("button", name="3 Nie działa")).to_be_visible()
    await fleet.get_by_role("button", name="3 Nie działa").click()
    await expect(fleet.locator("tbody tr")).to_have_count(3)
    await expect(fleet.locator("tbody")).to_contain_text("Rezonans główny")
    cases = page.get_by_role("region", name="Otwarte zgłoszenia")
    await expect(cases.locator("tbody tr").first).to_contain_text("Pilna potrzeba")
    await expect(cases).to_contain_text("i 10 więcej")
    contracts = page.get_by_role("region", name="Umowy")
    await expect(contracts.locator(".dot.red").first).to_be_visible()
    calendar = page.get_by_role("region", name="Ten miesiąc")
    await expect(calendar.locator("li:not(.blank)").first).to_be_visible()
    assert 28 <= await calendar.locator("li:not(.blank)").count() <= 31
    assert await page.evaluate("document.documentElement.lang") == "pl"


@in_a_browser
@pytest.mark.rule("F9")
async def test_the_list_beside_the_button_is_what_is_exported(
    portal: tuple[str, Starlette, Systems], page: Page, tmp_path: Path
) -> None:
    origin, _, _ = portal
    await signed_in(page, origin)
    fleet = page.get_by_role("region", name="Które urządzenia działają")
    await fleet.get_by_role("button", name="3 Nie działa").click()
    await expect(fleet.locator("tbody tr")).to_have_count(3)
    async with page.expect_download() as download:
        await fleet.get_by_role("button", name="Eksportuj").click()
    await (await download.value).save_as(tmp_path / "table.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO((tmp_path / "table.xlsx").read_bytes())).active
    assert sheet is not None
    assert sheet.max_row == 4
    assert page.url == f"{origin}/dashboard/", "the page stays where it is"


@in_a_browser
@pytest.mark.rule("F6")
@pytest.mark.rule("F3")
async def test_equipment_is_found_and_its_documents_open_in_place(
    portal: tuple[str, Starlette, Systems], page: Page
) -> None:
    origin, _, _ = portal
    await signed_in(page, origin)
    await page.get_by_role("searchbox").fill("rezonns glowny")
    await expect(page.get_by_role("region", name="Znaleziono")).to_contain_text("Rezonans główny")
    await expect(page.locator("mark").first).to_be_visible()
    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("button", name="Rezonans główny").click()
    document = page.get_by_role("link", name="Instrukcja używania Meridian 3.0T").first
    address = await document.get_attribute("href")
    assert address is not None
    answer = await page.request.get(address)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    report = await page.get_by_role("link", name="Raport sprawności").get_attribute("href")
    assert report is not None
    assert (await (await page.request.get(report)).body()).startswith(b"%PDF-")


@in_a_browser
@pytest.mark.rule("F18")
async def test_a_system_that_is_away_takes_its_part_of_the_page_alone(
    portal: tuple[str, Starlette, Systems], page: Page
) -> None:
    origin, _, systems = portal
    systems.conducts["contracts"].misbehave(fail=503)
    try:
        await signed_in(page, origin)
        await expect(page.get_by_role("region", name="Umowy").get_by_role("alert")).to_be_visible()
        await expect(page.get_by_role("region", name="Otwarte zgłoszenia").locator("tbody tr").first).to_be_visible()
    finally:
        systems.behave()


@in_a_browser
async def test_signing_out_ends_the_token(portal: tuple[str, Starlette, Systems], page: Page) -> None:
    origin, _, _ = portal
    await signed_in(page, origin)
    await expect(page.get_by_role("button", name="Wyloguj się")).to_be_visible()
    token: str = await page.evaluate("sessionStorage.getItem('dashboard.token')")
    await page.get_by_role("button", name="Wyloguj się").click()
    await expect(page.get_by_role("button", name="Zaloguj się")).to_be_visible()
    answer = await page.request.post(
        f"{origin}/graphql", data={"query": "{ viewer { email } }"}, headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status == 401


def test_the_dashboard_asks_what_the_graph_answers() -> None:
    """Also where it can't be built: the documents in its sources are valid."""
    schema = build_schema((Path(__file__).parents[2] / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    documents = [
        part.partition("`)")[0]
        for path in sorted((SOURCE / "src").glob("*.ts*"))
        for part in path.read_text(encoding="utf-8").split("graphql(`")[1:]
    ]
    assert len(documents) >= 9
    for document in documents:
        assert validate(schema, parse(document)) == []


def test_the_lock_file_names_no_registry_and_is_of_these_versions() -> None:
    packages: dict[str, Any] = json.loads((SOURCE / "package-lock.json").read_text("utf-8"))["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    wanted = json.loads((SOURCE / "package.json").read_text("utf-8"))["dependencies"]
    assert wanted == {name: packages[f"node_modules/{name}"]["version"] for name in wanted}
