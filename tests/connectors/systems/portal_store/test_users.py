"""Users and their assignments in the store: found by what names them, changed only as they were read."""

import pytest

from connectors.errors import SourceConflict
from connectors.people import Identity
from connectors.systems.portal_store.connector import PortalStore
from connectors.vocabulary import Role, UserStatus
from tests.clock import MovedClock
from tests.store_records import EVENT, client, grant, session, user


async def test_a_user_is_found_by_id_address_and_identity(stored: PortalStore) -> None:
    kept = user(email="Anna.Ż@North.example")
    await stored.users.add(kept, EVENT)
    identity = Identity("https://login.example", "subject")
    await stored.users.link("u1", identity, EVENT)
    assert await stored.users.by_id(["u1", "u2"]) == {"u1": kept}
    assert await stored.users.by_email(" anna.ż@NORTH.example ") == kept
    assert await stored.users.by_identity(identity) == kept
    assert await stored.users.identity_at("u1", "https://login.example") == identity
    assert await stored.users.by_identity(Identity("https://login.example", "Subject")) is None
    assert await stored.users.by_email("anna@north.example") is None


async def test_what_no_database_can_hold_names_nobody(stored: PortalStore) -> None:
    assert await stored.users.by_id(["\x00"]) == {}
    assert await stored.users.by_email("\x00") is None
    assert await stored.users.by_identity(Identity("https://login.example", "\x00")) is None
    assert await stored.clients.client("\x00") is None
    assert await stored.clients.by_identity(Identity("https://login.example", "\x00")) is None
    assert await stored.clients.grant_holder("\x00") is None


async def test_one_address_names_one_user_whatever_its_case(stored: PortalStore) -> None:
    await stored.users.add(user(email="anna@north.example"), EVENT)
    with pytest.raises(SourceConflict):
        await stored.users.add(user("u2", email="ANNA@north.example"), EVENT)
    assert [each.id for each in await stored.users.all()] == ["u1"]
    assert len(await stored.audit.entries()) == 1, "what failed left no trace"


@pytest.mark.rule("R9")
async def test_somebody_of_both_portals_has_two_users_on_one_address(stored: PortalStore) -> None:
    await stored.users.add(user(email="anna@north.example"), EVENT)
    await stored.users.add(user("old", email="anna@north.example", older_portal=True), EVENT)
    newer = await stored.users.by_email("anna@north.example")
    older = await stored.users.by_email("anna@north.example", older_portal=True)
    assert (newer and newer.id, older and older.id) == ("u1", "old")


@pytest.mark.rule("R3")
async def test_users_of_one_parent_account_are_read_alone(stored: PortalStore) -> None:
    await stored.users.add(user("north"), EVENT)
    await stored.users.add(user("south", parent_account="7200000"), EVENT)
    await stored.users.add(user("nobody", parent_account=None, accounts=frozenset()), EVENT)
    assert [each.id for each in await stored.users.all(parent_account="7100000")] == ["north"]
    assert len(await stored.users.all()) == 3


async def test_a_change_keeps_what_it_does_not_name(stored: PortalStore) -> None:
    kept = user()
    await stored.users.add(kept, EVENT)
    changed = await stored.users.change(kept, EVENT, role=Role.READER, accounts=frozenset({"7100020", "7100030"}))
    assert (changed.role, sorted(changed.accounts), changed.version) == (Role.READER, ["7100020", "7100030"], 2)
    assert (changed.email, changed.status, changed.created_at) == (kept.email, kept.status, kept.created_at)


async def test_a_user_who_has_changed_meanwhile_is_not_changed(stored: PortalStore) -> None:
    read = user()
    await stored.users.add(read, EVENT)
    await stored.users.change(read, EVENT, role=Role.MANAGER)
    with pytest.raises(SourceConflict):
        await stored.users.change(read, EVENT, accounts=frozenset())
    now = (await stored.users.by_id(["u1"]))["u1"]
    assert (now.role, now.accounts, now.version) == (Role.MANAGER, read.accounts, 2)
    assert len(await stored.audit.entries()) == 2


@pytest.mark.parametrize("status", [UserStatus.DISABLED, UserStatus.DEACTIVATED])
async def test_who_is_shut_out_loses_sessions_and_grants_at_once(
    stored: PortalStore, clock: MovedClock, status: UserStatus
) -> None:
    kept = user()
    await stored.users.add(kept, EVENT)
    await stored.users.add(user("u2"), EVENT)
    await stored.clients.add(client(), EVENT)
    for holder in ("u1", "u2"):
        await stored.sessions.open(session(f"s-{holder}", user_id=holder), EVENT)
        await stored.clients.add_grant(grant(f"g-{holder}", user_id=holder), None, None)
    await stored.users.change(kept, EVENT, status=status)
    since = clock.now.replace(year=2000)
    assert await stored.sessions.use(session("s-u1").digest, clock.now, idle_since=since) is None
    assert await stored.clients.grant_holder("g-u1") is None
    assert await stored.sessions.use(session("s-u2").digest, clock.now, idle_since=since) is not None
    assert await stored.clients.grant_holder("g-u2") is not None


async def test_activity_makes_no_new_version_and_no_entry(stored: PortalStore, clock: MovedClock) -> None:
    await stored.users.add(user(warned_at=clock.now), EVENT)
    await stored.users.seen("u1", clock.forward(days=3))
    now = (await stored.users.by_id(["u1"]))["u1"]
    assert (now.last_active_at, now.warned_at, now.version) == (clock.now, None, 1)
    assert len(await stored.audit.entries()) == 1


@pytest.mark.rule("F16")
async def test_the_confirmation_is_recorded_once(stored: PortalStore, clock: MovedClock) -> None:
    await stored.users.add(user(), EVENT)
    first = await stored.users.attest(user(), "2026-1", EVENT)
    at = clock.now
    clock.forward(days=1)
    again = await stored.users.attest(user(), "2026-1", EVENT)
    assert (first.attested_at, again.attested_at) == (at, at)
    assert len(await stored.audit.entries()) == 2


async def test_an_identity_names_one_user(stored: PortalStore) -> None:
    await stored.users.add(user(), EVENT)
    await stored.users.add(user("u2"), EVENT)
    identity = Identity("https://login.example", "subject")
    await stored.users.link("u1", identity, EVENT)
    with pytest.raises(SourceConflict):
        await stored.users.link("u2", identity, EVENT)
