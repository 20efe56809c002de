"""Mails on what changes (F18): to who asked for them and may see it, once, in their language, stopped by one click."""

import asyncio
from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from connectors.changes import CaseEvent
from connectors.errors import ConnectorError
from connectors.people import AuditAction, AuditEvent
from connectors.systems.sap_service_orders.connector import SapServiceOrders
from connectors.systems.sap_service_orders.writes import ODataWrites
from connectors.vocabulary import MailTopic, UserStatus
from gateway.notifications import Notifications
from tests.gateway.conftest import client_of
from tests.gateway.test_deliveries import Ask, ask, report
from tests.portal import Systems

__all__ = ["ask"]

pytestmark = pytest.mark.rule("F18")

USER, MANAGER, OTHER = "user@north.example", "manager@north.example", "user@south.example"
CHOOSE = """mutation ($topics: [MailTopic!]!) { setMailTopics(input: { topics: $topics }) {
  viewer { mailTopics { topic topicLabel chosen } } errors { code } } }"""
EVENT = AuditEvent(action=AuditAction.USER_DISABLED, actor="a", subject="b")


async def choose(ask: Ask, who: str, *topics: str) -> list[str]:
    payload = (await ask(CHOOSE, who=who, topics=list(topics)))["setMailTopics"]
    assert payload["errors"] == []
    return chosen(payload["viewer"])


def chosen(viewer: Any) -> list[str]:
    assert len(viewer["mailTopics"]) == len(MailTopic)
    return [each["topic"] for each in viewer["mailTopics"] if each["chosen"]]


class Post:
    """The mails that gateways have sent."""

    def __init__(self, gateways: Sequence[Starlette], folder: Path) -> None:
        self._gateways = gateways
        self._folder = folder

    async def told(self, number: str | None, asset_id: str | None = "10000003") -> list[EmailMessage]:
        """What is sent when both gateways hear of that event."""
        before = set(self._folder.glob("*.eml"))
        for app in self._gateways:  # as whoever sees the change does
            await app.state.gateway.cache.invalidate("sap", "cases")
        event = CaseEvent(number=number, asset_id=asset_id)
        telling = (notifications(app).tell(event) for app in self._gateways)
        failed = [error for error in await asyncio.gather(*telling, return_exceptions=True) if error is not None]
        if failed:
            raise failed[0]
        await self._gateways[0].state.gateway.identity.outbox.deliver_due()
        new = sorted(set(self._folder.glob("*.eml")) - before)
        return [message_from_bytes(path.read_bytes(), policy=default) for path in new]


def notifications(app: Starlette) -> Notifications:
    found = app.state.gateway.notifications
    assert isinstance(found, Notifications)
    return found


def subjects(mails: Sequence[EmailMessage]) -> list[tuple[str, str]]:
    return sorted((str(mail["to"]), str(mail["subject"])) for mail in mails)


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def post(gateways: list[Starlette], tmp_path: Path) -> Post:
    return Post(gateways, tmp_path / "mail")


async def in_sap(gateways: Sequence[Starlette], case: Any, function: str) -> None:
    """Somebody there has done that with the notification."""
    connector = gateways[0].state.gateway.sources.case_writer
    assert isinstance(connector, SapServiceOrders)
    writes = ODataWrites(connector._client, connector._settings)
    key = case["sapNotificationNumber"].rjust(12, "0")
    await writes.call("API_MAINTNOTIFICATION", f"{function}?MaintenanceNotification='{key}'")


async def test_who_asked_for_it_is_told_once_of_a_new_case_and_the_state_of_the_machine(ask: Ask, post: Post) -> None:
    await choose(ask, USER, "CASE_REPORTED", "ASSET_STATE_CHANGED")
    await choose(ask, MANAGER, "CASE_STATUS_CHANGED")
    case = await report(ask)
    mails = await post.told(case["number"])
    assert subjects(mails) == [(USER, f"Nowe zgłoszenie {case['number']}"), (USER, "Urządzenie 10000003: Nie działa")]
    assert await post.told(case["number"]) == [], "nothing has changed since"


async def test_a_change_of_status_is_told_in_the_readers_language(
    ask: Ask, post: Post, gateways: list[Starlette]
) -> None:
    for who in (USER, MANAGER):
        await choose(ask, who, "CASE_STATUS_CHANGED")
    people = gateways[0].state.gateway.sources.people
    manager = await people.users.by_email(MANAGER)
    await people.users.change(manager, EVENT, locale="en")
    case = await report(ask)
    assert await post.told(case["number"]) == [], "nobody asked for new ones"
    await in_sap(gateways, case, "SetMaintNotifToInProcess")
    mails = await post.told(case["number"])
    assert subjects(mails) == [
        (MANAGER, f"Case {case['number']}: In progress"),
        (USER, f"Zgłoszenie {case['number']}: W toku"),
    ]
    assert {mail["content-language"] for mail in mails} == {"pl", "en"}
    assert all("Bild rauscht" in text_of(mail) for mail in mails)


@pytest.mark.rule("R10")
async def test_nobody_is_told_of_what_they_may_not_see(ask: Ask, post: Post, gateways: list[Starlette]) -> None:
    every = [topic.value for topic in MailTopic]
    for who in (USER, OTHER, "reader@north.example"):
        await choose(ask, who, *every)
    case = await report(ask)
    assert {str(mail["to"]) for mail in await post.told(case["number"])} == {USER}
    people = gateways[0].state.gateway.sources.people
    user = await people.users.by_email(USER)
    moved = await people.users.change(user, EVENT, accounts=(await people.users.by_email(OTHER)).accounts)
    await in_sap(gateways, case, "SetMaintNotifToInProcess")
    assert await post.told(case["number"]) == []
    back = await people.users.change(moved, EVENT, accounts=user.accounts)
    await people.users.change(back, EVENT, status=UserStatus.DISABLED)
    await in_sap(gateways, case, "CompleteMaintNotification")
    assert await post.told(case["number"]) == []


async def test_a_system_that_is_away_delays_a_mail_and_loses_none(
    ask: Ask, post: Post, gateways: list[Starlette], own_systems: Systems
) -> None:
    await choose(ask, USER, "CASE_REPORTED")
    case = await report(ask)
    for app in gateways:
        await app.state.gateway.cache.invalidate("crm", "installed_products")
        app.state.gateway.scopes.forget()
    own_systems.conducts["crm"].misbehave(fail=503)
    with pytest.raises(ConnectorError):
        await post.told(case["number"])
    own_systems.behave()
    assert subjects(await post.told(case["number"])) == [(USER, f"Nowe zgłoszenie {case['number']}")]


async def test_what_was_open_before_anybody_asked_is_nothing_new(
    ask: Ask, post: Post, gateways: list[Starlette]
) -> None:
    await choose(ask, "manager@north.example", *[topic.value for topic in MailTopic])
    for app in gateways:
        await notifications(app)._learn()
    query = "{ cases(first: 1, filter: { status: [NEW] }) { nodes { number } } }"
    number = (await ask(query, who=MANAGER))["cases"]["nodes"][0]["number"]
    assert await post.told(number, None) == []


async def test_one_click_stops_mails_of_that_kind_and_looking_stops_none(
    ask: Ask, post: Post, gateways: list[Starlette]
) -> None:
    await choose(ask, USER, "CASE_REPORTED", "CASE_STATUS_CHANGED")
    case = await report(ask)
    (mail,) = await post.told(case["number"])
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    address = str(mail["list-unsubscribe"]).strip("<>")
    assert address in text_of(mail)
    path = "/" + address.partition("://")[2].partition("/")[2]
    async with client_of(gateways[1]) as client:
        page = await client.get(path)
        assert (page.status_code, "Nowe zgłoszenia" in page.text) == (200, True)
        assert await topics(ask) == ["CASE_REPORTED", "CASE_STATUS_CHANGED"]
        for _ in range(2):
            stopped = await client.post(path, data={"List-Unsubscribe": "One-Click"})
            assert (stopped.status_code, "Nie będziemy już" in stopped.text) == (200, True)
        for wrong in (path[:-9], "/mails/stop/x", path.replace("stop/", "stop/A")):
            assert (await client.post(wrong)).status_code == 404
    assert await topics(ask) == ["CASE_STATUS_CHANGED"]
    another = await report(ask, details="Another.")
    assert await post.told(another["number"]) == []


async def topics(ask: Ask) -> list[str]:
    return chosen((await ask("{ viewer { mailTopics { topic chosen } } }"))["viewer"])


async def test_topics_are_the_viewers_own_and_recorded(ask: Ask, gateways: list[Starlette]) -> None:
    assert await choose(ask, USER, "VISIT_PLANNED", "CASE_REPORTED") == ["CASE_REPORTED", "VISIT_PLANNED"]
    assert chosen((await ask("{ viewer { mailTopics { topic chosen } } }", who=MANAGER))["viewer"]) == []
    assert (await ask("{ viewer { mailTopics { chosen } } }", who="partner-north"))["viewer"]["mailTopics"] is None
    assert await choose(ask, USER) == []
    audit = gateways[0].state.gateway.sources.people.audit
    entries = await audit.entries(actions=[AuditAction.PREFERENCES_CHANGED])
    assert len(entries) == 2


async def test_a_gateway_that_runs_hears_of_changes_and_tells(
    ask: Ask, post: Post, gateways: list[Starlette], tmp_path: Path
) -> None:
    await choose(ask, USER, "CASE_REPORTED")
    listening = asyncio.create_task(notifications(gateways[0]).listen())
    try:
        await asyncio.sleep(0.5)
        case = await report(ask)
        async with asyncio.timeout(10):
            while not await gateways[0].state.gateway.sources.people.mails.waiting():  # noqa: ASYNC110  # of a task
                await asyncio.sleep(0.05)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert case["number"]
    await gateways[0].state.gateway.identity.outbox.deliver_due()
    assert any(case["number"] in str(mail["subject"]) for mail in _mails(tmp_path / "mail"))


def _mails(folder: Path) -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*.eml")]
