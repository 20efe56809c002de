"""The pages of signing in, asked without a browser: every flow, every refusal, in both languages (R7, R8, F16)."""

import re
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import UserStatus
from gateway.demo.people import PASSWORD
from gateway.identity.pages.rendering import languages, texts
from gateway.identity.sessions import COOKIE
from tests.gateway.identity.peopled import Peopled, ask

WHO = "reader@north.example"
NEW = "Portal-demo-2!"
EVENT = AuditEvent(action=AuditAction.USER_ENABLED)
PAGES = ["/sign-in", "/reset", "/activate/unknown", "/reset/unknown", "/renew", "/sign-out"]


async def invited(peopled: Peopled) -> str:
    """The path of the link that a user who was invited got."""
    manager = await peopled.signed_in("manager@north.example")
    await ask(
        manager,
        """mutation { inviteUser(input: { email: "ewa@clinic.example", role: READER, locale: "pl",
          accountNumbers: ["7100010"] }) { errors { code } } }""",
    )
    return await peopled.link("ewa@clinic.example")


async def test_from_the_invitation_to_the_graph_and_out(peopled: Peopled) -> None:
    path, browser = await invited(peopled), peopled.browser()
    page = await browser.get(path)
    assert (page.status_code, "Ustaw hasło" in page.text, 'lang="pl"' in page.text) == (200, True, True)
    weak = await browser.post(path, data={"password": "portal"})
    assert weak.status_code == 422
    assert weak.text.count("<strong>Błąd:</strong>") == 4, "a message for each rule that is broken"
    done = await browser.post(path, data={"password": NEW})
    assert done.headers["location"] == "/attest?next=%2Fgraphql"
    missing = await browser.post("/attest", data={"next": "/graphql"})
    assert missing.status_code == 422
    attested = await browser.post("/attest", data={"confirmed": "yes", "next": "/graphql"})
    assert attested.headers["location"] == "/graphql"
    assert (await ask(browser, "{ viewer { email attestedAt } }"))["viewer"]["attestedAt"] is not None
    assert (await browser.get("/attest?next=/sessions")).headers["location"] == "/sessions", "once is enough"
    assert (await browser.post("/sign-out", data={"x": ""})).headers["location"] == "/sign-out"
    assert COOKIE not in browser.cookies
    again = await browser.post("/sign-in", data={"name": "ewa@clinic.example", "password": NEW})
    assert again.headers["location"] == "/graphql"


@pytest.mark.rule("R7")
async def test_a_link_works_once_and_a_mail_scanner_does_not_use_it_up(peopled: Peopled) -> None:
    path = await invited(peopled)
    for _ in range(3):
        assert (await peopled.browser().get(path)).status_code == 200
        assert (await peopled.browser().head(path)).status_code == 200
    assert (await peopled.browser().post(path, data={"password": NEW})).status_code == 303
    for method in ("GET", "POST"):
        gone = await peopled.browser().request(method, path, data={"password": "Portal-demo-3!"})
        assert gone.status_code == 410
        assert 'href="/reset"' in gone.text
    assert (await peopled.browser().get(path.replace("activate", "reset"))).status_code == 410


@pytest.mark.rule("R7")
async def test_a_reset_is_answered_alike_whoever_has_the_address(peopled: Peopled) -> None:
    answers = [
        await peopled.browser().post("/reset", data={"email": address})
        for address in (WHO, "nobody@north.example", "no address", "")
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    path = await peopled.link(WHO)
    browser = peopled.browser()
    assert (await browser.post(path, data={"password": NEW})).headers["location"] == "/graphql"
    await peopled.signed_in(WHO, NEW)


async def test_a_sign_in_that_fails_is_answered_alike_whoever_it_was(peopled: Peopled) -> None:
    user = await peopled.user("user@north.example")
    await peopled.identity.people.users.change(user, EVENT, status=UserStatus.DISABLED)
    pages = []
    for name, password in ((WHO, "wrong"), ("nobody@x.example", "wrong"), ("user@north.example", PASSWORD)):
        answer = await peopled.browser().post("/sign-in", data={"name": name, "password": password})
        assert answer.status_code == 422
        assert COOKIE not in answer.cookies
        pages.append(answer.text.replace(name, ""))
    assert len(set(pages)) == 1


async def test_too_many_tries_are_told_how_long_to_wait(peopled: Peopled) -> None:
    for _ in range(5):
        await peopled.browser().post("/sign-in", data={"name": WHO, "password": "wrong"})
    answer = await peopled.browser().post("/sign-in", data={"name": WHO, "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert answer.headers["retry-after"] in answer.text


@pytest.mark.rule("R8")
async def test_after_ninety_days_a_new_password_comes_before_the_session(peopled: Peopled) -> None:
    user = await peopled.user(WHO)
    old = peopled.gateway.clock() - timedelta(days=90)
    await peopled.identity.people.users.change(user, EVENT, password_changed_at=old)
    browser = peopled.browser()
    answer = await browser.post("/sign-in", data={"name": WHO, "password": PASSWORD, "next": "/sessions"})
    assert answer.headers["location"] == "/renew?next=%2Fsessions"
    assert COOKIE not in browser.cookies
    assert (await peopled.browser().get("/renew")).status_code == 403, "only with the ticket"
    assert "90" in (await browser.get("/renew?next=/sessions")).text
    wrong = await browser.post("/renew", data={"old": "wrong", "password": NEW})
    assert wrong.status_code == 422
    same = await browser.post("/renew", data={"old": PASSWORD, "password": PASSWORD})
    assert same.status_code == 422
    assert COOKIE not in browser.cookies
    done = await browser.post("/renew", data={"old": PASSWORD, "password": NEW, "next": "/sessions"})
    assert done.headers["location"] == "/sessions"
    assert COOKIE in browser.cookies
    assert (await browser.get("/renew")).status_code == 403, "the ticket is used up"


async def test_signing_in_makes_a_new_cookie_and_ends_the_one_before(peopled: Peopled) -> None:
    browser = await peopled.signed_in(WHO)
    old = browser.cookies[COOKIE]
    await browser.post("/sign-in", data={"name": WHO, "password": PASSWORD})
    assert browser.cookies[COOKIE] != old
    stale = peopled.browser(cookie=f"{COOKIE}={old}")
    assert (await stale.get("/sessions")).status_code == 303


async def test_ones_sessions_are_listed_and_ended(peopled: Peopled) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    here, there = await peopled.signed_in(WHO), await peopled.signed_in(WHO, **{"user-agent": agent})
    third = await peopled.signed_in(WHO)
    page = (await here.get("/sessions")).text
    assert "Firefox" in page
    assert page.count('name="id"') == 3, "two others, and all others together"
    firefox = re.search(r'value="([\w-]+)"><button[^>]*Firefox', page)
    assert firefox is not None
    stranger = await peopled.signed_in("manager@north.example")
    await stranger.post("/sessions/end", data={"id": firefox[1]})
    assert (await there.get("/sessions")).status_code == 200, "nobody else ends it"
    await here.post("/sessions/end", data={"id": firefox[1]})
    assert (await there.get("/sessions")).status_code == 303
    await here.post("/sessions/end", data={"id": "others"})
    assert (await third.get("/sessions")).status_code == 303
    assert (await here.get("/sessions")).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "", "https://portal.test.evil.test"])
async def test_forms_of_other_pages_do_nothing(peopled: Peopled, origin: str) -> None:
    browser, path = await peopled.signed_in(WHO), await invited(peopled)
    before = await peopled.identity.people.users.all(), await peopled.identity.people.audit.entries()
    for address in ("/sign-in", "/reset", path, "/renew", "/attest", "/sessions/end", "/sign-out"):
        form = {"name": WHO, "password": NEW, "email": WHO, "confirmed": "yes", "id": "others"}
        answer = await browser.post(address, data=form, headers={"origin": origin})
        assert answer.status_code == 403, address
        assert "set-cookie" not in answer.headers
    assert (await peopled.identity.people.users.all(), await peopled.identity.people.audit.entries()) == before


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["pl", "en"])
async def test_every_page_is_safe_private_and_in_its_language(peopled: Peopled, path: str, language: str) -> None:
    page = await peopled.browser(**{"accept-language": f"{language}-XX,de;q=0.5"}).get(path)
    assert f'<html lang="{language}">' in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert not re.findall(r'(?:src|href|action)="(?!/|#|data:,)', page.text), "nothing of another site"
    assert "<script>" not in page.text
    assert " style=" not in page.text


async def test_a_language_is_chosen_and_kept(peopled: Peopled) -> None:
    browser = peopled.browser(**{"accept-language": "en"})
    page = await browser.get("/sign-in?next=/sessions&lang=pl")
    assert "Logowanie" in page.text
    assert "/sign-in?next=%2Fsessions&amp;lang=en" in page.text
    assert "Nie pamiętam hasła" in (await browser.get("/reset")).text


async def test_hostile_texts_are_shown_as_texts(peopled: Peopled) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = await peopled.browser().post("/sign-in", data={"name": hostile, "password": "x", "next": hostile})
    assert "<script>alert" not in answer.text
    assert 'name="next" value="/graphql"' in answer.text
    page = await peopled.browser().get("/sign-in", params={"next": f"/{hostile}", "lang": hostile})
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("form", ["a=" + "x" * 20_000, "&".join(f"a{n}=1" for n in range(50))], ids=["huge", "many"])
async def test_forms_without_end_are_refused(peopled: Peopled, form: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await peopled.browser().post("/sign-in", content=form, headers=headers)
    assert answer.status_code == 403


async def test_a_secret_of_a_link_stands_in_no_log_and_no_trail(peopled: Peopled) -> None:
    path = await invited(peopled)
    with capture_logs() as logs:
        browser = peopled.browser()
        for each in (path, f"{path}/", f"{path}/x", path.upper()):
            await browser.get(each)
        await browser.post(path, data={"password": NEW})
    secret = path.rpartition("/")[2]
    assert [entry for entry in logs if entry["event"] == "request"]
    assert secret not in repr(logs)
    assert NEW not in repr(logs)
    assert secret not in repr(await peopled.identity.people.audit.entries())


async def test_without_its_store_a_page_says_so(peopled: Peopled) -> None:
    async with peopled.identity.people.users._database.writing() as connection:  # type: ignore[attr-defined]  # the real store
        await connection.exec_driver_sql("ALTER TABLE users RENAME TO gone")
    answer = await peopled.browser().post("/sign-in", data={"name": WHO, "password": PASSWORD})
    assert answer.status_code == 503
    assert "look up users" in answer.text


async def test_a_user_who_is_disabled_while_choosing_a_password_stays_out(peopled: Peopled) -> None:
    await peopled.browser().post("/reset", data={"email": WHO})
    path = await peopled.link(WHO)
    await peopled.identity.people.users.change(await peopled.user(WHO), EVENT, status=UserStatus.DISABLED)
    assert (await peopled.browser().post(path, data={"password": NEW})).status_code == 410


def test_the_catalogues_say_the_same_things() -> None:
    def shape(words: object) -> object:
        if isinstance(words, dict):
            return {key: shape(value) for key, value in words.items()}
        return sorted(re.findall(r"\{\w+\}", str(words)))

    first, *others = [shape(texts(language)) for language in languages()]
    assert others
    assert all(other == first for other in others)
