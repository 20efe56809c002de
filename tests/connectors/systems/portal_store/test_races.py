"""Two gateways on one database at once: whatever is done once, is done once."""

import asyncio
from datetime import timedelta

import pytest

from connectors.errors import SourceConflict
from connectors.people import AuditAction, AuditEvent, OutgoingMail, RefreshToken, SigningKey
from connectors.vocabulary import Role
from tests.clock import MovedClock
from tests.connectors.systems.portal_store.conftest import Gateways
from tests.store_records import EVENT, NOW, client, code, grant, link, user


@pytest.mark.rule("R3")
async def test_of_two_managers_who_change_one_user_one_is_told(gateways: Gateways) -> None:
    one, two = gateways(), gateways()
    await one.users.add(user(), EVENT)
    first, second = (await one.users.by_id(["u1"]))["u1"], (await two.users.by_id(["u1"]))["u1"]
    outcomes = await asyncio.gather(
        one.users.change(first, EVENT, role=Role.MANAGER),
        two.users.change(second, EVENT, accounts=frozenset({"7100030"})),
        return_exceptions=True,
    )
    assert [isinstance(outcome, SourceConflict) for outcome in outcomes].count(True) == 1
    now = (await one.users.by_id(["u1"]))["u1"]
    assert now.version == 2
    assert (now.role is Role.MANAGER) != (now.accounts == {"7100030"}), "one change is whole, the other is not there"
    assert len(await one.audit.entries()) == 2


@pytest.mark.rule("R7")
async def test_one_link_used_twice_at_once_sets_one_password(gateways: Gateways, clock: MovedClock) -> None:
    one, two = gateways(), gateways()
    await one.users.add(user(), EVENT)
    await one.credentials.add_link(link(), EVENT)
    outcomes = await asyncio.gather(
        *(
            store.credentials.set_password(user(), f"hash {place}", EVENT, link=link(), at=clock.now)
            for place, store in enumerate((one, two, one, two))
        ),
        return_exceptions=True,
    )
    assert outcomes.count(True) == 1
    assert len(await one.credentials.passwords("u1", at_most=9)) == 1


async def test_one_code_redeemed_by_two_gives_at_most_one_a_token(gateways: Gateways) -> None:
    one, two = gateways(), gateways()
    await one.users.add(user(), EVENT)
    await one.clients.add(client(), EVENT)
    await one.clients.add_grant(grant(), code(), EVENT)
    outcomes = await asyncio.gather(*(store.clients.redeem_code(code().digest, NOW) for store in (one, two)))
    assert [outcome is not None for outcome in outcomes].count(True) == 1
    assert await two.clients.grant_holder("g1") is None, "and the grant of a code that was stolen ends"


async def test_one_refresh_token_is_used_once_by_ten(gateways: Gateways) -> None:
    one, two = gateways(), gateways()
    await one.users.add(user(), EVENT)
    await one.clients.add(client(), EVENT)
    await one.clients.add_grant(grant(), None, None)
    token = RefreshToken(digest="r" * 64, grant_id="g1", expires_at=NOW + timedelta(days=1))
    await one.clients.add_refresh_token(token)
    stores = [one, two] * 5
    assert sum(await asyncio.gather(*(each.clients.use_refresh_token(token.digest, NOW) for each in stores))) == 1


async def test_a_mail_is_sent_by_one_gateway(gateways: Gateways, clock: MovedClock) -> None:
    one, two = gateways(), gateways()
    for place in range(10):
        key = f"m{place}"
        await one.mails.add(
            OutgoingMail(id=key, to="a@b.example", kind="RESET", locale="pl", sealed=b"", created_at=NOW)
        )
    until = clock.now + timedelta(minutes=2)
    taken = await asyncio.gather(*(each.mails.take(clock.now, until=until, at_most=7) for each in (one, two, one, two)))
    ids = [mail.id for mails in taken for mail in mails]
    assert len(ids) == len(set(ids)) == 10


async def test_of_gateways_that_need_a_key_at_once_one_makes_it(gateways: Gateways) -> None:
    stores = [gateways() for _ in range(3)]
    await asyncio.gather(
        *(
            store.clients.add_signing_key(
                SigningKey(id=f"k{place}", sealed=b"", created_at=NOW), unless_newer_than=NOW - timedelta(days=30)
            )
            for place, store in enumerate(stores)
        )
    )
    assert len(await stores[0].clients.signing_keys()) == 1


async def test_the_trail_stays_whole_whoever_writes(gateways: Gateways) -> None:
    one, two = gateways(), gateways()
    event = AuditEvent(action=AuditAction.SIGNED_IN, actor="anna")
    await asyncio.gather(*(store.audit.record(event, event) for store in (one, two) * 10))
    assert (await one.audit.verify())[0::2] == (40, None)
