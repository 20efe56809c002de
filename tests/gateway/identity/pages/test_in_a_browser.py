"""The pages in a real browser: by keyboard alone, wide and narrow, with and without scripts, on both databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from auth.directory import Authority
from auth.rules import Action
from connectors.people import AuditAction, AuditEvent, Client
from connectors.vocabulary import Role
from fixtures.simulators.openid_provider import DemoIssuer
from fixtures.simulators.server import listen, url_of
from fixtures.world.model import World
from gateway.app import create_app
from gateway.demo.people import PASSWORD, seed_people
from gateway.graphiql_page import BUNDLE
from gateway.settings import Server
from tests.browsers import CHROMIUM, chromium
from tests.databases import KINDS, new_database
from tests.gateway.identity.peopled import Peopled
from tests.gateway.identity.relying_party import Asked
from tests.portal import Systems, addresses_of, settings_for
from tests.served import served

__all__ = ["chromium"]

NEW = "Portal-demo-2!"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH")


@dataclass
class Town:
    """A gateway that is served, with the story's people."""

    peopled: Peopled
    origin: str

    async def invited(self, email: str, locale: str = "en") -> str:
        """The address in the mail that a user who was invited got."""
        membership = self.peopled.identity.membership
        boss = Authority("boss", frozenset(Action), "7100000")
        await membership.directory.invite(
            boss, email=email, name="Ewa", role=Role.READER, accounts=["7100010"], locale=locale
        )
        return self.origin + await self.peopled.link(email)


@asynccontextmanager
async def town_on(kind: str, systems: Systems, story: World, issuer: DemoIssuer, folder: Path) -> AsyncIterator[Town]:
    url, drop = await new_database(kind, folder)
    listener = listen()
    addresses = addresses_of(systems, issuer.url)
    usual = settings_for(addresses, store=folder / "unused.db", mail=folder / "mail")
    store = usual.systems["store"]
    moved = replace(store, settings=store.settings.model_copy(update={"url": url}))
    server = Server.model_validate(usual.server.model_dump() | {"public_url": url_of(listener)})
    app = create_app(replace(usual, server=server, systems={**usual.systems, "store": moved}))
    people = {persona.name: persona for persona in story.personas}
    try:
        await seed_people(app.state.gateway, story, issuer.url)
        async with served(app, listener):
            yield Town(Peopled(app, folder / "mail", people, issuer), url_of(listener))
    finally:
        await app.state.gateway.close()
        await drop()


@pytest_asyncio.fixture
async def town(_story_systems: Systems, story: World, issuer: DemoIssuer, tmp_path: Path) -> AsyncIterator[Town]:
    async with town_on("sqlite", _story_systems, story, issuer, tmp_path) as made:
        yield made


@dataclass
class Watched:
    """A page, and what it should not have done."""

    page: Page
    context: BrowserContext
    faults: list[str]


@asynccontextmanager
async def watched(browser: Browser, origin: str, **options: Any) -> AsyncIterator[Watched]:  # Any: Playwright's own
    context = await browser.new_context(**{"viewport": WIDE, "locale": "en-GB"} | options)
    page = await context.new_page()
    faults: list[str] = []

    def told(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            faults.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((origin, "data:", "blob:")):
            faults.append(request.url)

    page.on("console", told)
    page.on("request", asked)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield Watched(page, context, faults)
    await context.close()
    assert faults == []


async def typed(page: Page, *keys: str) -> None:
    """Keys and texts, as somebody without a mouse gives them."""
    for each in keys:
        if each in ("Tab", "Enter", "Space", "Shift+Tab"):
            await page.keyboard.press(each)
        else:
            await page.keyboard.type(each)


async def in_a_field(page: Page) -> None:
    """A browser gives a page's first field the focus a moment after the page has loaded."""
    await expect(page.locator("body :focus")).to_have_count(1)


async def entered(page: Page, *keys: str) -> None:
    """The same in the field that has the focus, with what the last key leads to."""
    await in_a_field(page)
    async with page.expect_navigation():
        await typed(page, *keys)


async def focused(page: Page) -> str:
    """The accessible name of what has the focus, which is to be seen."""
    await in_a_field(page)
    return str(
        await page.evaluate(
            """() => { const it = document.activeElement; const style = getComputedStyle(it);
            const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
            const label = it.labels && it.labels[0] ? it.labels[0].innerText : (it.ariaLabel || it.innerText);
            return (seen ? '' : 'unseen: ') + label.trim(); }"""
        )
    )


@pytest.mark.rule("R7")
@pytest.mark.rule("F16")
@pytest.mark.parametrize("kind", KINDS)
async def test_from_mail_to_graph_and_out_by_keyboard_alone(
    kind: str, chromium: Browser, systems: Systems, story: World, issuer: DemoIssuer, tmp_path: Path
) -> None:
    async with town_on(kind, systems, story, issuer, tmp_path) as town:
        address = await town.invited("ewa@clinic.example")
        async with watched(chromium, town.origin) as seen:
            page = seen.page
            await page.goto(address)
            assert await focused(page) == "New password"
            await entered(page, NEW, "Enter")
            assert page.url.endswith("/attest?next=%2Fgraphql")
            await typed(page, "Tab", "Tab", "Tab", "Space")
            await entered(page, "Enter")
            assert page.url == f"{town.origin}/graphql"
            if BUNDLE.is_dir():
                await expect(page.get_by_role("status")).to_contain_text("ewa@clinic.example")
            await page.goto(f"{town.origin}/sign-out")
            for _ in range(4):
                await typed(page, "Tab")
                if await focused(page) == "Sign out":
                    break
            await entered(page, "Enter")
            await expect(page.get_by_role("main")).to_contain_text("You are signed out.")
            await page.goto(f"{town.origin}/sign-in?next=/sessions")
            await entered(page, "ewa@clinic.example", "Tab", NEW, "Enter")
            assert page.url == f"{town.origin}/sessions"


async def test_an_error_is_told_and_the_next_step_has_the_focus(town: Town, chromium: Browser) -> None:
    async with watched(chromium, town.origin) as seen:
        page = seen.page
        await page.goto(f"{town.origin}/sign-in")
        assert await focused(page) == "E-mail address"
        await entered(page, "reader@north.example", "Tab", "wrong", "Enter")
        await expect(page).to_have_title("Error: Sign in – Customer portal")
        await expect(page.get_by_role("alert")).to_be_visible()
        assert await focused(page) == "Password"
        described = await page.get_by_label("Password").get_attribute("aria-describedby")
        assert described == "problem"


@pytest.mark.rule("R8")
async def test_the_rules_are_told_while_typing(town: Town, chromium: Browser) -> None:
    address = await town.invited("ewa@clinic.example")
    async with watched(chromium, town.origin) as seen:
        page = seen.page
        await page.goto(address)
        kept = page.locator(".rules .kept")
        assert await kept.count() == 0
        await in_a_field(page)
        await typed(page, "ab")
        assert [text.strip() for text in await kept.all_inner_texts()] == ["✓ a lower-case letter"]
        await typed(page, "C1!")
        assert await kept.count() == 4
        await typed(page, "xyz")
        assert await kept.count() == 5
        await page.get_by_label("Show the password").check()
        assert await page.get_by_label("New password").get_attribute("type") == "text"


async def test_everything_works_without_scripts(town: Town, chromium: Browser) -> None:
    address = await town.invited("ewa@clinic.example")
    async with watched(chromium, town.origin, java_script_enabled=False) as seen:
        page = seen.page
        await page.goto(address)
        assert not await page.get_by_label("Show the password").is_visible()
        await page.get_by_label("New password").fill("portal")
        await page.get_by_role("button", name="Save the password").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.get_by_label("New password").fill(NEW)
        await page.get_by_role("button", name="Save the password").click()
        await page.get_by_role("checkbox").check()
        await page.get_by_role("button", name="Confirm").click()
        await page.goto(f"{town.origin}/sessions")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your signed-in browsers")


PAGES = ["/sign-in", "/reset", "LINK", "/sessions", "/sign-out", "/activate/unknown"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_fits_is_named_and_readable(town: Town, chromium: Browser, scheme: str) -> None:
    link = await town.invited("ewa@clinic.example", "pl")
    for viewport in (WIDE, NARROW):
        async with watched(chromium, town.origin, viewport=viewport, color_scheme=scheme, locale="pl-PL") as seen:
            page = seen.page
            await page.goto(f"{town.origin}/sign-in?next=/sessions")
            await page.locator("#name").fill("reader@north.example")
            await entered(page, "Tab", PASSWORD, "Enter")
            for path in PAGES:
                await page.goto(link if path == "LINK" else town.origin + path)
                assert await page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
                assert await page.evaluate(UNNAMED) == [], path
                assert await page.evaluate(FAINT) == [], path
                assert await page.locator("h1").count() == 1
                assert await page.evaluate("document.documentElement.lang") == "pl"


UNNAMED = """() => [...document.querySelectorAll('input:not([type=hidden]):not([aria-hidden]), button, a')]
  .filter(it => !(it.labels && it.labels.length) && !(it.ariaLabel || it.innerText || '').trim())
  .map(it => it.outerHTML)"""

FAINT = """() => {
  const part = value => { const s = value / 255; return s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4 };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const ground = it => { for (; it; it = it.parentElement) {
    const found = numbers(getComputedStyle(it).backgroundColor);
    if (found.length < 4 || found[3] > 0) return found; } return [255, 255, 255]; };
  return [...document.querySelectorAll('body *')]
    .filter(it => it.offsetParent && !it.classList.contains('skip') && !it.classList.contains('away')
      && [...it.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(it => { const a = light(numbers(getComputedStyle(it).color)), b = light(ground(it));
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), it.outerHTML.slice(0, 80)]; })
    .filter(([ratio]) => ratio < 4.5); }"""


async def test_a_front_end_elsewhere_gets_its_code_through_the_form(town: Town, chromium: Browser) -> None:
    """Browsers hold the redirects of a form to the form's own policy: the way to the client must not be one."""
    elsewhere = listen()
    callback = f"{url_of(elsewhere)}/callback"
    client = Client(
        id="web",
        name="Web",
        redirect_uris=(callback,),
        scopes=frozenset({"openid"}),
        created_at=town.peopled.gateway.clock(),
    )
    event = AuditEvent(action=AuditAction.CLIENT_ADDED)
    await town.peopled.identity.people.clients.add(client, event)
    front = Starlette(routes=[Route("/callback", lambda request: PlainTextResponse("here"))])
    async with served(front, elsewhere):
        context = await chromium.new_context(locale="en-GB")
        page = await context.new_page()
        await page.goto(town.origin + Asked(redirect_uri=callback, scope="openid").address)
        await page.get_by_label("E-mail address").fill("reader@north.example")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.wait_for_url(f"{callback}?code=*")
        await context.close()
