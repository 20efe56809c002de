"""Browser sessions in the store."""

from datetime import timedelta

import pytest

from connectors.people import Identity
from connectors.systems.portal_store.connector import PortalStore
from tests.clock import MovedClock
from tests.store_records import EVENT, NOW, client, grant, session, user

AGES_AGO = NOW - timedelta(days=365)


@pytest.fixture
async def store(stored: PortalStore) -> PortalStore:
    await stored.users.add(user(), EVENT)
    await stored.users.add(user("u2"), EVENT)
    return stored


async def test_a_session_is_used_until_its_absolute_end(store: PortalStore) -> None:
    kept = session(provider=Identity("https://login.example", "subject"), provider_session="sid", device="Firefox")
    await store.sessions.open(kept, EVENT)
    found = await store.sessions.use(kept.digest, kept.expires_at - timedelta(seconds=1), idle_since=AGES_AGO)
    assert found is not None
    assert (found[0], found[1].id) == (kept, "u1")
    assert await store.sessions.use(kept.digest, kept.expires_at, idle_since=AGES_AGO) is None
    assert await store.sessions.use("0" * 64, NOW, idle_since=AGES_AGO) is None


async def test_a_session_that_was_idle_too_long_is_over(store: PortalStore) -> None:
    await store.sessions.open(session(), EVENT)
    later = NOW + timedelta(hours=1)
    assert await store.sessions.use(session().digest, later, idle_since=NOW) is None


async def test_use_keeps_a_session_alive(store: PortalStore) -> None:
    await store.sessions.open(session(), EVENT)
    for minutes in range(30, 300, 30):
        at = NOW + timedelta(minutes=minutes)
        assert await store.sessions.use(session().digest, at, idle_since=at - timedelta(hours=1)) is not None


async def test_ones_own_sessions_are_listed_the_last_used_first(store: PortalStore) -> None:
    await store.sessions.open(session("s1"), EVENT)
    await store.sessions.open(session("s2", last_used_at=NOW + timedelta(minutes=5)), EVENT)
    await store.sessions.open(session("gone", expires_at=NOW), EVENT)
    await store.sessions.open(session("theirs", user_id="u2"), EVENT)
    found = await store.sessions.of_user("u1", NOW, idle_since=AGES_AGO)
    assert [each.id for each in found] == ["s2", "s1"]


async def test_what_clients_were_given_in_a_session_ends_with_it(store: PortalStore, clock: MovedClock) -> None:
    await store.clients.add(client(), EVENT)
    await store.sessions.open(session(), EVENT)
    await store.clients.add_grant(grant("in it", session_id="s1"), None, None)
    await store.clients.add_grant(grant("beside it", session_id="s2"), None, None)
    await store.sessions.end(["s1"], EVENT)
    assert await store.clients.grant_holder("in it") is None
    assert await store.clients.grant_holder("beside it") is not None
    assert await store.sessions.use(session().digest, clock.now, idle_since=AGES_AGO) is None


async def test_ending_what_has_ended_leaves_no_entry(store: PortalStore) -> None:
    before = len(await store.audit.entries())
    await store.sessions.end(["unknown"], EVENT)
    assert len(await store.audit.entries()) == before


@pytest.mark.parametrize(
    ("subject", "sid", "found"),
    [
        ("anna", None, {"a1", "a2"}),
        (None, "one", {"a1"}),
        ("anna", "two", {"a2"}),
        ("eve", "two", set()),
        (None, None, set()),
    ],
)
async def test_sessions_are_found_by_where_they_began(
    store: PortalStore, subject: str | None, sid: str | None, found: set[str]
) -> None:
    issuer = "https://login.example"
    await store.sessions.open(session("a1", provider=Identity(issuer, "anna"), provider_session="one"), EVENT)
    await store.sessions.open(session("a2", provider=Identity(issuer, "anna"), provider_session="two"), EVENT)
    await store.sessions.open(session("other", provider=Identity("https://x.example", "anna")), EVENT)
    await store.sessions.open(session("here"), EVENT)
    sessions = await store.sessions.at_provider(issuer, subject=subject, session=sid)
    assert {each.id for each in sessions} == found
