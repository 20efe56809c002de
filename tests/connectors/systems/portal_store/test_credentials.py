"""Passwords and links in the store (R7, R8)."""

from datetime import timedelta

import pytest

from connectors.errors import SourceConflict
from connectors.people import LinkKind
from connectors.systems.portal_store.connector import PortalStore
from connectors.vocabulary import UserStatus
from tests.clock import MovedClock
from tests.store_records import EVENT, client, grant, link, session, user


@pytest.fixture
async def store(stored: PortalStore) -> PortalStore:
    await stored.users.add(user(), EVENT)
    return stored


@pytest.mark.rule("R7")
async def test_a_link_is_good_until_its_end_and_not_after(store: PortalStore, clock: MovedClock) -> None:
    kept = link()
    await store.credentials.add_link(kept, EVENT)
    assert await store.credentials.link(kept.digest, kept.expires_at - timedelta(microseconds=1)) == kept
    assert await store.credentials.link(kept.digest, kept.expires_at) is None
    assert await store.credentials.link("0" * 64, clock.now) is None


@pytest.mark.rule("R7")
async def test_looking_at_a_link_does_not_use_it_up(store: PortalStore, clock: MovedClock) -> None:
    await store.credentials.add_link(link(), EVENT)
    for _ in range(3):
        assert await store.credentials.link(link().digest, clock.now) is not None


@pytest.mark.rule("R7")
async def test_a_newer_link_makes_former_ones_of_its_kind_worthless(store: PortalStore, clock: MovedClock) -> None:
    await store.credentials.add_link(link("old"), EVENT)
    await store.credentials.add_link(link("other", kind=LinkKind.ACTIVATION), EVENT)
    await store.credentials.add_link(link("new"), EVENT)
    good = [await store.credentials.link(link(key).digest, clock.now) is not None for key in ("old", "other", "new")]
    assert good == [False, True, True]


@pytest.mark.rule("R7")
async def test_a_password_by_link_uses_the_link_up(store: PortalStore, clock: MovedClock) -> None:
    await store.credentials.add_link(link(), EVENT)
    assert await store.credentials.set_password(user(), "hash one", EVENT, link=link(), at=clock.now)
    now = (await store.users.by_id(["u1"]))["u1"]
    assert not await store.credentials.set_password(now, "hash two", EVENT, link=link(), at=clock.now)
    assert await store.credentials.passwords("u1", at_most=5) == ["hash one"]
    assert await store.credentials.link(link().digest, clock.now) is None


@pytest.mark.rule("R8")
async def test_former_passwords_are_kept_the_current_one_first(store: PortalStore, clock: MovedClock) -> None:
    for place in range(7):
        now = (await store.users.by_id(["u1"]))["u1"]
        assert await store.credentials.set_password(now, f"hash {place}", EVENT, at=clock.forward(days=1))
    assert await store.credentials.passwords("u1", at_most=3) == ["hash 6", "hash 5", "hash 4"]


@pytest.mark.parametrize("status", [UserStatus.INVITED, UserStatus.DEACTIVATED])
@pytest.mark.rule("R6")
async def test_a_password_makes_its_user_active_without_giving_accounts(
    stored: PortalStore, clock: MovedClock, status: UserStatus
) -> None:
    kept = user(status=status, accounts=frozenset(), needs_helpdesk=True, deactivated_at=clock.now)
    await stored.users.add(kept, EVENT)
    await stored.credentials.set_password(kept, "hash", EVENT, at=clock.now)
    now = (await stored.users.by_id(["u1"]))["u1"]
    assert (now.status, now.accounts, now.needs_helpdesk) == (UserStatus.ACTIVE, frozenset(), True)


async def test_a_disabled_user_stays_disabled(stored: PortalStore, clock: MovedClock) -> None:
    kept = user(status=UserStatus.DISABLED)
    await stored.users.add(kept, EVENT)
    await stored.credentials.set_password(kept, "hash", EVENT, at=clock.now)
    assert (await stored.users.by_id(["u1"]))["u1"].status is UserStatus.DISABLED


async def test_a_new_password_ends_all_sessions_and_grants(store: PortalStore, clock: MovedClock) -> None:
    await store.clients.add(client(), EVENT)
    await store.sessions.open(session(), EVENT)
    await store.clients.add_grant(grant(), None, None)
    await store.credentials.set_password(user(), "hash", EVENT, at=clock.now)
    since = clock.now - timedelta(days=1)
    assert await store.sessions.use(session().digest, clock.now, idle_since=since) is None
    assert await store.clients.grant_holder("g1") is None


async def test_a_password_of_a_user_who_changed_meanwhile_is_not_kept(store: PortalStore, clock: MovedClock) -> None:
    await store.credentials.add_link(link(), EVENT)
    await store.users.change(user(), EVENT, status=UserStatus.DISABLED)
    with pytest.raises(SourceConflict):
        await store.credentials.set_password(user(), "hash", EVENT, link=link(), at=clock.now)
    assert await store.credentials.passwords("u1", at_most=1) == []
    assert await store.credentials.link(link().digest, clock.now) is not None, "nor is the link used up"
