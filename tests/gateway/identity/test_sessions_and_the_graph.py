"""A session's cookie asks the graph for whoever signed in, and for no page but our own."""

import asyncio

import httpx
import pytest

from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import UserStatus
from gateway.identity.sessions import COOKIE
from tests.gateway.identity.peopled import ORIGIN, Peopled, ask

VIEWER = "{ viewer { email role } }"


async def test_whoever_signed_in_asks_the_graph(peopled: Peopled) -> None:
    browser = await peopled.signed_in("manager@north.example")
    assert await ask(browser, VIEWER) == {"viewer": {"email": "manager@north.example", "role": "MANAGER"}}


async def test_the_cookie_is_given_to_this_host_by_https_alone_and_to_no_script(peopled: Peopled) -> None:
    answer = await peopled.browser().post(
        "/sign-in", data={"name": "manager@north.example", "password": "Portal-demo-1!"}
    )
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"{COOKIE.lower()}=")
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "domain" not in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": "https://portal.test.evil.test"},
        {"origin": "http://portal.test"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
async def test_the_cookie_authorises_nothing_that_another_page_can_send(
    peopled: Peopled, headers: dict[str, str]
) -> None:
    browser = await peopled.signed_in("manager@north.example")
    answer = await browser.post("/graphql", json={"query": VIEWER}, headers=headers)
    assert answer.status_code == 401
    assert "manager@north.example" not in answer.text


async def test_nor_what_a_page_sends_without_a_preflight(peopled: Peopled) -> None:
    browser = await peopled.signed_in("manager@north.example")
    body = '{"query": "{ viewer { email } }"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await browser.post("/graphql", content=body, headers={"content-type": kind})
        assert answer.status_code in (401, 415)
        assert "manager@north.example" not in answer.text
    assert (await browser.get("/graphql", params={"query": VIEWER})).status_code == 401


async def test_a_page_that_the_settings_name_may_ask_as_whoever_is_signed_in(
    peopled: Peopled, people_settings: object
) -> None:
    peopled.gateway.authentication._origins = ("https://front.portal.test",)
    browser = await peopled.signed_in("manager@north.example")
    answer = await browser.post("/graphql", json={"query": VIEWER}, headers={"origin": "https://front.portal.test"})
    assert answer.status_code == 200


async def test_without_a_session_nobody_is_signed_in(peopled: Peopled) -> None:
    for cookie in ("", "x", "x" * 5000):
        client = httpx.AsyncClient(transport=httpx.ASGITransport(peopled.app), base_url=ORIGIN)
        headers = {"origin": ORIGIN, "cookie": f"{COOKIE}={cookie}"}
        assert (await client.post("/graphql", json={"query": VIEWER}, headers=headers)).status_code == 401


async def test_ones_own_sessions_are_listed_and_ended(peopled: Peopled) -> None:
    here = await peopled.signed_in("user@north.example", **{"user-agent": "Firefox"})
    there = await peopled.signed_in("user@north.example", **{"user-agent": "Chrome"})
    sessions = (await ask(here, "{ viewer { sessions { id device } } }"))["viewer"]["sessions"]
    assert sorted(each["device"] for each in sessions) == ["Chrome", "Firefox"]
    other = next(each["id"] for each in sessions if each["device"] == "Chrome")
    end = """mutation($id: ID!) {
      endSession(input: { sessionId: $id }) { viewer { sessions { device } } errors { code } } }"""
    stranger = await peopled.signed_in("manager@north.example")
    assert (await ask(stranger, end, id=other))["endSession"]["errors"] == [{"code": "NOT_FOUND"}]
    assert (await ask(there, VIEWER))["viewer"]["email"] == "user@north.example"
    ended = (await ask(here, end, id=other))["endSession"]
    assert (ended["viewer"]["sessions"], ended["errors"]) == ([{"device": "Firefox"}], [])
    assert (await there.post("/graphql", json={"query": VIEWER})).status_code == 401


@pytest.mark.rule("R3")
async def test_disabling_ends_cookie_and_token_at_the_next_request(peopled: Peopled) -> None:
    browser = await peopled.signed_in("user@north.example")
    manager = await peopled.signed_in("manager@north.example")
    client = peopled.browser(**peopled.bearer("user@north.example"))
    assert (await ask(client, VIEWER))["viewer"]["email"] == "user@north.example"
    users = await ask(manager, "{ users { nodes { id email } } }")
    key = next(each["id"] for each in users["users"]["nodes"] if each["email"] == "user@north.example")
    disabled = await ask(
        manager, "mutation($id: ID!) { disableUser(input: { userId: $id }) { errors { code } } }", id=key
    )
    assert disabled["disableUser"]["errors"] == []
    for each in (browser, client):
        answer = await each.post("/graphql", json={"query": VIEWER})
        assert answer.status_code == 401
    assert (
        await browser.post("/sign-in", data={"name": "user@north.example", "password": "Portal-demo-1!"})
    ).status_code == 422
    await ask(manager, "mutation($id: ID!) { enableUser(input: { userId: $id }) { errors { code } } }", id=key)
    assert (await browser.post("/graphql", json={"query": VIEWER})).status_code == 401, (
        "the old session does not come back"
    )


@pytest.mark.rule("R2")
@pytest.mark.rule("R10")
async def test_assigned_accounts_count_from_the_next_request_on(peopled: Peopled) -> None:
    reader = peopled.browser(**peopled.bearer("reader@north.example"))
    manager = await peopled.signed_in("manager@north.example")
    count = "{ installedProducts { totalCount } viewer { access } }"
    before = (await ask(reader, count))["installedProducts"]["totalCount"]  # and kept by the cache
    users = await ask(manager, "{ users { nodes { id email } } }")
    key = next(each["id"] for each in users["users"]["nodes"] if each["email"] == "reader@north.example")
    assign = """mutation($id: ID!, $numbers: [String!]!) {
      changeUserAssignments(input: { userId: $id, accountNumbers: $numbers }) { errors { code } } }"""
    await ask(manager, assign, id=key, numbers=["7100010", "7100020"])
    assert (await ask(reader, count))["installedProducts"]["totalCount"] > before > 0
    await ask(manager, assign, id=key, numbers=[])
    assert await ask(reader, count) == {"installedProducts": {"totalCount": 0}, "viewer": {"access": "NO_ACCOUNTS"}}


async def test_a_change_while_a_query_runs_does_not_disturb_it(peopled: Peopled) -> None:
    """What was allowed when a query began is answered; the next one is refused."""
    client = peopled.browser(**peopled.bearer("user@north.example"))
    query = "{ installedProducts(first: 100) { nodes { cases { nodes { number activities { text } } } } } }"
    running = asyncio.create_task(client.post("/graphql", json={"query": query}))
    await asyncio.sleep(0.01)
    user = await peopled.user("user@north.example")
    event = AuditEvent(action=AuditAction.USER_DISABLED)
    await peopled.identity.people.users.change(user, event, status=UserStatus.DISABLED)
    answer = await running
    assert answer.status_code in (200, 401)
    assert (await client.post("/graphql", json={"query": query})).status_code == 401


async def test_without_its_store_a_gateway_lets_nobody_in_and_says_when_to_come_back(peopled: Peopled) -> None:
    browser = await peopled.signed_in("user@north.example")
    database = peopled.identity.people.users._database  # type: ignore[attr-defined]  # the real store
    async with database.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE users RENAME TO away")
    for client in (browser, peopled.browser(**peopled.bearer("user@north.example"))):
        answer = await client.post("/graphql", json={"query": VIEWER})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "SOURCE_UNAVAILABLE"
        assert "users" not in answer.text.replace("store of users", "")


async def test_whoever_asks_for_what_the_role_may_not_is_recorded(peopled: Peopled) -> None:
    client = peopled.browser(**peopled.bearer("reader@north.example"))
    answer = await client.post("/graphql", json={"query": "{ users { totalCount } }"})
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    entry = (await peopled.identity.people.audit.entries(at_most=1))[0]
    assert (entry.action, entry.actor) == (AuditAction.REFUSED, peopled.id_of("reader@north.example"))
    assert entry.details == {"field": "users"}
