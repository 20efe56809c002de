"""GraphiQL in a real browser: what an answer cost and asked of the systems, its rows as a file, and what this browser
keeps of each user."""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette

from fixtures.simulators.server import listen, url_of
from gateway.graphiql_page import BUNDLE
from tests.browsers import CHROMIUM, chromium
from tests.gateway.conftest import AppOf
from tests.portal import Systems
from tests.served import served

__all__ = ["chromium"]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or not (BUNDLE / "index.html").is_file(),
    reason="there is no chromium on the PATH, or the page is not built here",
)

Bearer = Callable[[str], dict[str, str]]
ANALYST, READER = "analyst@maker.example", "reader@north.example"
QUERY = "query Mine($n: Int) { installedProducts(first: $n) { nodes { assetId description account { name } } } }"


@pytest_asyncio.fixture
async def page(app_with: AppOf, systems: Systems, chromium: Browser) -> AsyncIterator[Page]:
    app: Starlette = app_with()
    listener = listen()
    async with served(app, listener):
        context = await chromium.new_context(accept_downloads=True)
        made: Page = await context.new_page()
        await made.goto(f"{url_of(listener)}/graphql")
        yield made
        await context.close()


async def sign_in(page: Page, token: str) -> None:
    await page.get_by_label("Bearer token").fill(token)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("status")).to_contain_text("Signed in:")


def read_csv(place: Path) -> list[list[str]]:
    with place.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


async def write(page: Page, editor: str, text: str) -> None:
    await page.locator(f'.monaco-editor[data-uri$="{editor}"]').click()
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(text)


async def run(page: Page) -> None:
    await expect(page.get_by_role("tab", name="Mine")).to_be_visible()  # GraphiQL has read what was typed
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.locator(".graphiql-response")).to_contain_text('"assetId"')


async def test_the_last_answer_shows_its_cost_its_calls_and_its_rows_as_a_file(page: Page, bearer: Bearer) -> None:
    await sign_in(page, bearer(ANALYST)["authorization"])
    await page.get_by_role("button", name="Last answer").click()
    pane = page.get_by_role("region", name="Last answer")
    await expect(pane).to_contain_text("Run a query")
    await write(page, "operation.graphql", QUERY)
    await run(page)
    await expect(pane).to_contain_text("Asked for at most 101 objects; 250,000 are allowed.")
    await expect(pane.get_by_role("table")).to_contain_text("crm")
    async with page.expect_download() as download:
        await pane.get_by_role("button", name="Download the rows as CSV").click()
    saved = await (await download.value).path()
    rows = await asyncio.to_thread(read_csv, saved)
    assert rows[0] == ["assetId", "description", "account.name"]
    assert len(rows) > 10


async def test_each_user_finds_their_own_tabs_again_and_no_secret_is_kept(page: Page, bearer: Bearer) -> None:
    await sign_in(page, bearer(ANALYST)["authorization"])
    await write(page, "operation.graphql", QUERY)
    await page.get_by_role("button", name="Variables").click()
    await write(page, "variables.json", '{"n": 2}')
    await page.get_by_role("button", name="Headers").click()
    await write(page, "request-headers.json", '{"x-trial": "7", "authorization": "Bearer hunter2"}')
    async with asyncio.timeout(10):
        while "x-trial" not in (kept := str(await page.evaluate("JSON.stringify({...localStorage})"))):
            await page.wait_for_timeout(100)  # GraphiQL writes once nothing has been typed for a moment
    assert "hunter2" not in kept
    assert bearer(ANALYST)["authorization"].removeprefix("Bearer ") not in kept
    await page.get_by_role("button", name="Sign out").click()
    await sign_in(page, bearer(READER)["authorization"])
    await expect(page.locator(".graphiql-query-editor")).not_to_contain_text("query Mine")
    await page.get_by_role("button", name="Sign out").click()
    await sign_in(page, bearer(ANALYST)["authorization"])
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("query Mine")
