"""Mails on their way: kept until they are sent, tried again, never shown while they wait."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from auth.notices import Notice
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from gateway.mail.outbox import Outbox
from gateway.mail.sending import MailNotSent
from gateway.sealing import NotOurs, Sealer
from tests.clock import MovedClock
from tests.databases import sqlite_store
from tests.gateway.mail.test_messages import SENDER

LINK = "https://portal.test/reset/a-secret-of-one-person"
TO = "ewa@clinic.example"


@dataclass
class Wire:
    """A sender that fails as long as it is told to."""

    sent: list[EmailMessage] = field(default_factory=list)
    fails: MailNotSent | None = None
    tried: int = 0

    async def send(self, message: EmailMessage) -> None:
        self.tried += 1
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        self.sent.append(message)


@dataclass
class Post:
    store: PortalStore
    clock: MovedClock
    wire: Wire
    path: Path

    def outbox(self, secret: str = "a secret of thirty-two characters") -> Outbox:
        return Outbox(self.store.mails, Sealer(secret, "mail"), self.wire, self.clock, from_address=SENDER)


@pytest_asyncio.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    clock, path = MovedClock(), tmp_path / "portal.db"
    settings = MANIFEST.settings.model_validate({"url": await sqlite_store(path)})
    store = MANIFEST.connect("store", settings, clock)
    assert isinstance(store, PortalStore)
    yield Post(store, clock, Wire(), path)
    await store.close()


async def test_what_is_posted_is_sent_once_whoever_sends(post: Post) -> None:
    one, two = post.outbox(), post.outbox()
    for _ in range(5):
        await one.post(Notice.RESET, TO, "pl", link=LINK, name="Ewa")
    await asyncio.gather(one.deliver_due(), two.deliver_due(), one.deliver_due())
    assert len(post.wire.sent) == 5
    assert await post.store.mails.waiting() == 0


async def test_a_link_is_not_to_be_read_in_the_store_while_it_waits(post: Post) -> None:
    await post.outbox().post(Notice.RESET, TO, "pl", link=LINK, name="Ewa Nowak")
    kept = b"".join(file.read_bytes() for file in post.path.parent.glob("portal.db*"))
    assert b"clinic.example" in kept
    assert b"a-secret-of-one-person" not in kept


async def test_it_is_tried_again_later_and_later_and_given_up_after_three_days(post: Post) -> None:
    outbox = post.outbox()
    post.wire.fails = MailNotSent("the server is away", permanent=False)
    begin = post.clock.now
    await outbox.post(Notice.RESET, TO, "pl", link=LINK, name="Ewa")
    tries = []
    with capture_logs() as logs:
        while await post.store.mails.waiting():
            before = post.wire.tried
            await outbox.deliver_due()
            if post.wire.tried > before:
                tries.append(round((post.clock.now - begin) / timedelta(minutes=1)))
            post.clock.forward(minutes=1 if post.clock.now - begin <= timedelta(minutes=100) else 10)
    assert tries[:5] == [0, 1, 6, 21, 81]
    assert all(later - earlier == 60 for earlier, later in pairwise(tries[4:]))
    assert 3 * 24 * 60 < tries[-1] <= 3 * 24 * 60 + 60
    assert logs[-1]["event"] == "mail.given_up"
    assert not [word for word in (TO, LINK, "Ewa") if word in repr(logs)]


async def test_a_recipient_that_the_server_refuses_is_given_up_at_once(post: Post) -> None:
    outbox = post.outbox()
    post.wire.fails = MailNotSent("the recipient was refused", permanent=True)
    await outbox.post(Notice.RESET, TO, "pl", link=LINK, name="Ewa")
    await outbox.deliver_due()
    assert await post.store.mails.waiting() == 0


async def test_what_another_secret_sealed_is_given_up_and_holds_nothing_up(post: Post) -> None:
    await post.outbox("another secret of so many characters").post(Notice.RESET, TO, "pl", link=LINK, name="Ewa")
    await post.outbox().post(Notice.DISABLED, TO, "en", name="Ewa")
    await post.outbox().deliver_due()
    assert [message["subject"] for message in post.wire.sent] == ["Your access was ended"]
    assert await post.store.mails.waiting() == 0


async def test_a_gateway_that_dies_while_sending_loses_nothing(post: Post) -> None:
    await post.outbox().post(Notice.RESET, TO, "pl", link=LINK, name="Ewa")
    await post.store.mails.take(post.clock.now, until=post.clock.now + timedelta(minutes=2), at_most=5)
    assert await post.outbox().deliver_due() == 0
    post.clock.forward(minutes=2)
    assert await post.outbox().deliver_due() == 1
    assert len(post.wire.sent) == 1


async def test_posting_wakes_whoever_sends_and_stopping_ends_it(post: Post) -> None:
    outbox = post.outbox()
    running = asyncio.create_task(outbox.run())
    await asyncio.sleep(0.05)
    await outbox.post(Notice.RESET, TO, "pl", link=LINK, name="Ewa")
    for _ in range(100):
        if post.wire.sent:
            break
        await asyncio.sleep(0.01)
    assert len(post.wire.sent) == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_store_that_is_away_stops_nobody_for_ever(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.mail.outbox._PAUSE", 0.01)
    outbox = post.outbox()
    await post.store.ping()
    async with post.store.database.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE mails RENAME TO away")
    running = asyncio.create_task(outbox.run())
    await asyncio.sleep(0.05)
    async with post.store.database.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE away RENAME TO mails")
    await outbox.post(Notice.RESET, TO, "pl", link=LINK, name="Ewa")
    for _ in range(100):
        if post.wire.sent:
            break
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(post.wire.sent) == 1


def test_what_was_sealed_for_something_else_is_not_opened() -> None:
    sealed = Sealer("one secret", "mail").seal(b"text")
    assert Sealer("one secret", "mail").unseal(sealed) == b"text"
    for other in (Sealer("one secret", "keys"), Sealer("another", "mail")):
        with pytest.raises(NotOurs):
            other.unseal(sealed)
    for changed in (sealed[:-1], b"", sealed[:10] + b"A" + sealed[11:], b"\xff"):
        with pytest.raises(NotOurs):
            Sealer("one secret", "mail").unseal(changed)
    with pytest.raises(NotOurs):
        Sealer("one secret", "mail").unseal(sealed, within=-1)
