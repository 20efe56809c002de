"""Clients, grants, codes, refresh tokens and keys in the store."""

from datetime import timedelta

import pytest

from connectors.errors import SourceConflict
from connectors.people import AuditAction, Identity, RefreshToken, SigningKey
from connectors.systems.portal_store.connector import PortalStore
from tests.store_records import EVENT, NOW, client, code, grant, user


@pytest.fixture
async def store(stored: PortalStore) -> PortalStore:
    await stored.users.add(user(), EVENT)
    await stored.clients.add(client(), EVENT)
    return stored


async def test_a_client_is_found_by_id_and_by_identity(store: PortalStore) -> None:
    identity = Identity("https://login.example", "dashboard")
    kept = client("partner", accounts=frozenset({"7100010"}), secret_digest="0" * 64, identity=identity)
    await store.clients.add(kept, EVENT)
    assert await store.clients.by_identity(identity) == kept
    assert await store.clients.client("web") == client()
    assert await store.clients.client("unknown") is None
    assert [each.id for each in await store.clients.clients()] == ["partner", "web"]
    with pytest.raises(SourceConflict):
        await store.clients.add(client(), EVENT)


async def test_a_code_is_redeemed_once_and_a_second_time_ends_its_grant(store: PortalStore) -> None:
    await store.clients.add_grant(grant(), code(), EVENT)
    assert await store.clients.redeem_code(code().digest, NOW) == code()
    assert await store.clients.grant_holder("g1") is not None
    assert await store.clients.redeem_code(code().digest, NOW) is None
    assert await store.clients.grant_holder("g1") is None
    assert (await store.audit.entries(at_most=1))[0].action is AuditAction.TOKEN_REUSED


async def test_a_code_is_good_for_a_minute(store: PortalStore) -> None:
    await store.clients.add_grant(grant(), code(), EVENT)
    assert await store.clients.redeem_code(code().digest, NOW + timedelta(seconds=60)) is None
    assert await store.clients.redeem_code("0" * 64, NOW) is None
    assert await store.clients.grant_holder("g1") is not None


async def test_a_grant_is_read_with_its_user_and_client(store: PortalStore) -> None:
    await store.clients.add_grant(grant(), None, None)
    await store.clients.add_grant(grant("machine", user_id=None), None, None)
    assert await store.clients.grant_holder("g1") == (grant(), user(), client())
    assert await store.clients.grant_holder("machine") == (grant("machine", user_id=None), None, client())
    assert await store.clients.grant_holder("unknown") is None


async def test_a_disabled_clients_grants_end(store: PortalStore) -> None:
    await store.clients.add_grant(grant(), None, None)
    await store.clients.disable("web", NOW, EVENT)
    assert await store.clients.grant_holder("g1") is None
    held = await store.clients.grant("g1")
    assert held is not None
    assert held.revoked_at == NOW


async def test_revoking_twice_leaves_one_entry(store: PortalStore) -> None:
    await store.clients.add_grant(grant(), None, None)
    before = len(await store.audit.entries())
    for _ in range(2):
        await store.clients.revoke_grant("g1", NOW, EVENT)
    assert len(await store.audit.entries()) == before + 1


async def test_a_refresh_token_is_used_once(store: PortalStore) -> None:
    await store.clients.add_grant(grant(), None, None)
    token = RefreshToken(digest="r" * 64, grant_id="g1", expires_at=NOW + timedelta(days=14))
    await store.clients.add_refresh_token(token)
    assert await store.clients.refresh_token(token.digest) == token
    assert await store.clients.use_refresh_token(token.digest, NOW)
    assert not await store.clients.use_refresh_token(token.digest, NOW)
    used = await store.clients.refresh_token(token.digest)
    assert used is not None
    assert used.used_at == NOW


async def test_the_newest_signing_key_comes_first(store: PortalStore) -> None:
    old = SigningKey(id="old", sealed=b"\x00\xff", created_at=NOW)
    new = SigningKey(id="new", sealed=b"key", created_at=NOW + timedelta(days=30))
    await store.clients.add_signing_key(old, unless_newer_than=NOW - timedelta(days=30))
    await store.clients.add_signing_key(new, unless_newer_than=NOW)
    assert await store.clients.signing_keys() == [new, old]
    await store.clients.drop_signing_keys(["old"])
    assert await store.clients.signing_keys() == [new]


async def test_no_key_is_added_beside_one_that_is_new_enough(store: PortalStore) -> None:
    first = SigningKey(id="first", sealed=b"key", created_at=NOW)
    await store.clients.add_signing_key(first, unless_newer_than=NOW - timedelta(days=30))
    second = SigningKey(id="second", sealed=b"key", created_at=NOW)
    await store.clients.add_signing_key(second, unless_newer_than=NOW - timedelta(days=30))
    assert await store.clients.signing_keys() == [first]
