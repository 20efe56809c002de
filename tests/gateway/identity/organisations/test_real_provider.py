"""A real OpenID provider signs users in: discovery, code with PKCE, its keys, and its sign-outs."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from connectors.people import AuditAction, AuditEvent, Identity
from connectors.vocabulary import UserStatus
from fixtures.simulators.server import listen, url_of
from tests.gateway.identity.organisations.conftest import Browser, House, MakeHouse, free_port, provided
from tests.node_packages import NPM

pytestmark = NPM

EVENT = AuditEvent(action=AuditAction.USER_ENABLED)


@pytest_asyncio.fixture
async def house(house_at: MakeHouse) -> AsyncIterator[House]:
    listener, port = listen(), free_port()
    with provided(port, url_of(listener)) as issuer:
        yield await house_at(listener, issuer)


async def sign_in(house: House, person: str, next_page: str = "/sessions") -> tuple[Browser, str]:
    """Through the provider's own pages, as `person`; where the browser is in the end."""
    browser = Browser()
    page = await browser.open(f"{house.origin}/sign-in/with/1?next={next_page}")
    if "login" in page.text and str(page.url).startswith(house.issuer):
        page = await browser.submit(page, login=person, password="anything")
        if str(page.url).startswith(house.issuer):
            page = await browser.submit(page)  # consent
    return browser, page.text


async def test_whoever_the_organisation_vouches_for_is_signed_in(house: House) -> None:
    browser, page = await sign_in(house, "manager")
    assert "Twoje zalogowane przeglądarki" in page or "Your signed-in browsers" in page
    viewer = await house.viewer(browser)
    assert viewer == {
        "email": "manager@north.example",
        "access": "GRANTED",
        "sessions": [{"atOrganisation": True}],
    }
    user = await house.people.users.by_email("manager@north.example")
    assert user is not None
    assert await house.people.users.by_identity(Identity(house.issuer, "manager")) == user


async def test_the_next_time_the_identity_is_known_whatever_the_address(house: House) -> None:
    await sign_in(house, "manager")
    user = await house.people.users.by_email("manager@north.example")
    assert user is not None
    await house.people.users.change(user, EVENT, email="another@north.example")
    browser, _ = await sign_in(house, "manager")
    viewer = await house.viewer(browser)
    assert viewer is not None
    assert viewer["email"] == "another@north.example"


@pytest.mark.parametrize("person", ["stranger", "unverified", "rival", "unknown"])
async def test_nobody_else_is_let_in_and_nothing_tells_why(house: House, person: str) -> None:
    browser, page = await sign_in(house, person)
    assert "You have no access to the portal yet" in page
    assert await house.viewer(browser) is None
    assert await house.people.users.by_identity(Identity(house.issuer, person)) is None
    newest = (await house.people.audit.entries(at_most=1))[0]
    assert newest.action is AuditAction.SIGN_IN_FAILED


@pytest.mark.rule("R6")
@pytest.mark.parametrize(
    ("status", "let_in"),
    [(UserStatus.INVITED, True), (UserStatus.DEACTIVATED, True), (UserStatus.DISABLED, False)],
)
async def test_the_invited_and_those_long_away_become_active_the_disabled_stay_out(
    house: House, status: UserStatus, let_in: bool
) -> None:
    user = await house.people.users.by_email("reader@north.example")
    assert user is not None
    lost = frozenset[str]() if status is UserStatus.DEACTIVATED else user.accounts
    await house.people.users.change(user, EVENT, status=status, accounts=lost)
    browser, page = await sign_in(house, "reader")
    viewer = await house.viewer(browser)
    now = (await house.people.users.by_id([user.id]))[user.id]
    if not let_in:
        assert (viewer, now.status) == (None, UserStatus.DISABLED)
        assert "You have no access to the portal yet" in page
        return
    assert viewer is not None
    assert now.status is UserStatus.ACTIVE
    assert viewer["access"] == ("GRANTED" if lost else "NO_ACCOUNTS")


async def test_who_says_no_there_is_told_so_here(house: House) -> None:
    browser = Browser()
    page = await browser.open(f"{house.origin}/sign-in/with/1")
    aborted = await browser.open(f"{page.url}/abort")
    assert "did not sign you in" in aborted.text
    assert await house.viewer(browser) is None


async def test_a_callback_is_good_once_and_in_the_browser_that_began(house: House) -> None:
    browser, _ = await sign_in(house, "manager")
    callback = next(address for address in browser.visited if "/sign-in/callback/1" in address)
    for other in (Browser(), browser):
        answer = await other.send("GET", callback)
        assert answer.status_code == 400
        assert "did not sign you in" in answer.text


async def test_new_keys_of_the_provider_are_taken(house_at: MakeHouse) -> None:
    listener, port = listen(), free_port()
    with provided(port, url_of(listener)) as issuer:
        house = await house_at(listener, issuer)
        assert await house.viewer((await sign_in(house, "manager"))[0]) is not None
    with provided(port, url_of(listener)):  # another process, with another key
        assert await house.viewer((await sign_in(house, "manager"))[0]) is not None


async def test_signing_out_there_signs_out_here(house: House) -> None:
    """Back-channel logout: the provider tells the gateway, whatever the browser does."""
    browser, _ = await sign_in(house, "manager")
    assert await house.viewer(browser) is not None
    page = await browser.open(f"{house.issuer}/session/end")
    await browser.submit(page, logout="yes")
    for _ in range(50):
        if await house.viewer(browser) is None:
            break
        await asyncio.sleep(0.05)
    assert await house.viewer(browser) is None


async def test_signing_out_here_leads_to_signing_out_there(house: House) -> None:
    browser, _ = await sign_in(house, "manager")
    answer = await browser.send("POST", f"{house.origin}/sign-out", data={"x": ""})
    assert answer.status_code == 200
    assert f"{house.issuer}/session/end?client_id=portal" in answer.text.replace("&amp;", "&")
    assert await house.viewer(browser) is None


async def test_the_sign_in_page_offers_the_organisation_and_keeps_where_one_goes(house: House) -> None:
    page = await Browser().open(f"{house.origin}/sign-in?next=/graphql")
    assert 'href="/sign-in/with/1?next=%2Fgraphql">North</a>' in page.text


async def test_a_provider_that_is_away_is_told_as_that(house_at: MakeHouse) -> None:
    house = await house_at(listen(), f"http://127.0.0.1:{free_port()}")
    answer = await Browser().send("GET", f"{house.origin}/sign-in/with/1")
    assert answer.status_code == 503
    assert "does not answer" in answer.text
