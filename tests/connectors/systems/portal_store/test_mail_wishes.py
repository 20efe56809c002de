"""Who wants which mails, and what was last known: each change is seen by one gateway alone (F18)."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from connectors.people import AuditAction
from connectors.systems.portal_store.connector import PortalStore
from connectors.vocabulary import MailTopic, UserStatus
from tests.connectors.systems.portal_store.conftest import Gateways
from tests.store_records import EVENT, NOW, user

pytestmark = pytest.mark.rule("F18")

CHOSEN = msgspec.structs.replace(EVENT, action=AuditAction.PREFERENCES_CHANGED)
ALL = tuple(MailTopic)


async def test_wishes_are_kept_replaced_and_stopped_each_with_its_record(stored: PortalStore) -> None:
    await stored.users.add(user(), EVENT)
    wishes = stored.mail_wishes
    assert await wishes.of_user("u1") == frozenset()
    await wishes.set("u1", frozenset({MailTopic.CASE_REPORTED, MailTopic.VISIT_PLANNED}), CHOSEN)
    await wishes.set("u1", frozenset({MailTopic.VISIT_PLANNED, MailTopic.CASE_STATUS_CHANGED}), CHOSEN)
    await wishes.stop("u1", MailTopic.VISIT_PLANNED, CHOSEN)
    await wishes.stop("u1", MailTopic.VISIT_PLANNED, CHOSEN)
    assert await wishes.of_user("u1") == {MailTopic.CASE_STATUS_CHANGED}
    assert len(await stored.audit.entries(actions=[AuditAction.PREFERENCES_CHANGED])) == 3


async def test_active_users_alone_are_found_by_what_they_wish(stored: PortalStore) -> None:
    for key, status in (("u1", UserStatus.ACTIVE), ("u2", UserStatus.DISABLED), ("u3", UserStatus.ACTIVE)):
        await stored.users.add(user(key, status=status), EVENT)
        await stored.mail_wishes.set(key, frozenset({MailTopic.CASE_REPORTED}), CHOSEN)
    await stored.mail_wishes.set("u3", frozenset({MailTopic.VISIT_PLANNED}), CHOSEN)
    found = await stored.mail_wishes.wishing(ALL)
    assert [(each.id, each.accounts, topics) for each, topics in found] == [
        ("u1", frozenset({"7100010", "7100020"}), frozenset({MailTopic.CASE_REPORTED})),
        ("u3", frozenset({"7100010", "7100020"}), frozenset({MailTopic.VISIT_PLANNED})),
    ]
    assert [each.id for each, _ in await stored.mail_wishes.wishing([MailTopic.CASE_REPORTED])] == ["u1"]
    assert await stored.mail_wishes.wishing([]) == []


async def test_a_change_is_seen_by_one_of_many_gateways(gateways: Gateways) -> None:
    stores = [gateways() for _ in range(4)]
    assert await stores[0].known_states.exchange("case", "WEB-1", "NEW", NOW) is None
    for state in ("IN_PROGRESS", "RESOLVED"):
        seen = await asyncio.gather(
            *(store.known_states.exchange("case", "WEB-1", state, NOW) for store in stores for _ in range(3))
        )
        assert sum(before != state for before in seen) == 1
    first = await asyncio.gather(*(store.known_states.exchange("case", "WEB-2", "NEW", NOW) for store in stores))
    assert sum(before is None for before in first) == 1
    assert await stores[0].known_states.exchange("asset", "WEB-2", "x", NOW) is None, "another kind"


async def test_what_is_learnt_takes_nothing_away(gateways: Gateways) -> None:
    stores = [gateways() for _ in range(2)]
    await stores[0].known_states.exchange("case", "7", "RESOLVED", NOW)
    learnt = {str(number): "NEW" for number in range(450)}
    await asyncio.gather(*(store.known_states.learn("case", learnt, NOW) for store in stores))
    assert await stores[1].known_states.exchange("case", "7", "NEW", NOW) == "RESOLVED"
    assert await stores[1].known_states.exchange("case", "449", "IN_PROGRESS", NOW) == "NEW"
    await stores[0].known_states.learn("case", {}, NOW)


async def test_what_nobody_has_looked_at_for_a_year_is_forgotten(stored: PortalStore) -> None:
    await stored.known_states.exchange("case", "1", "NEW", NOW)
    await stored.tidy(NOW + timedelta(days=390))
    assert await stored.known_states.exchange("case", "1", "NEW", NOW) == "NEW"
    await stored.tidy(NOW + timedelta(days=410))
    assert await stored.known_states.exchange("case", "1", "NEW", NOW) is None
