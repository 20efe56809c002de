"""What came to its end is removed, and nothing else."""

from datetime import timedelta

from connectors.deliveries import DeliveryStatus
from connectors.people import RefreshToken
from connectors.systems.portal_store.connector import PortalStore
from tests.clock import MovedClock
from tests.delivery_records import new_case, registering
from tests.store_records import EVENT, NOW, client, code, grant, link, session, user


async def test_what_came_to_its_end_is_removed_and_nothing_else(stored: PortalStore, clock: MovedClock) -> None:
    await stored.users.add(user(), EVENT)
    await stored.clients.add(client(), EVENT)
    await stored.sessions.open(session("short", expires_at=NOW + timedelta(hours=1)), EVENT)
    await stored.sessions.open(session("long", expires_at=NOW + timedelta(days=9)), EVENT)
    await stored.credentials.add_link(link(expires_at=NOW + timedelta(hours=1)), EVENT)
    await stored.clients.add_grant(grant("by code"), code(grant_id="by code"), None)
    await stored.clients.add_grant(grant("refreshed"), None, None)
    for digest, days in (("a" * 64, 1), ("b" * 64, 9)):
        token = RefreshToken(digest=digest, grant_id="refreshed", expires_at=NOW + timedelta(days=days))
        await stored.clients.add_refresh_token(token)
    await stored.tidy(clock.now)
    rows = await stored.database.rows()
    names = ("sessions", "links", "authorization_codes", "refresh_tokens", "grants")
    assert [rows[name] for name in names] == [2, 1, 1, 2, 2], "as long as something can be used, it is there"
    await stored.clients.add_grant(grant("new", created_at=NOW + timedelta(days=3)), None, None)
    await stored.tidy(clock.forward(days=3))
    rows = await stored.database.rows()
    assert [rows[name] for name in names] == [1, 0, 0, 1, 2]
    assert await stored.clients.grant("by code") is None
    assert await stored.clients.grant("refreshed") is not None
    assert await stored.clients.grant("new") is not None
    await stored.tidy(clock.forward(days=30))
    rows = await stored.database.rows()
    assert [rows[name] for name in names] == [0, 0, 0, 0, 0]
    assert (rows["users"], rows["clients"]) == (1, 1)


async def test_deliveries_that_came_to_their_end_are_kept_for_repeats_and_then_removed(
    stored: PortalStore, clock: MovedClock
) -> None:
    done, refused, waiting = (registering(new_case(f"WEB-{each}", asset_id=str(each))) for each in (1, 2, 3))
    for delivery in (done, refused, waiting):
        await stored.deliveries.submit([delivery], EVENT, repeated_since=NOW)
    held = await stored.deliveries.take(NOW, until=NOW, at_most=2)
    for delivery, status in zip(held, (DeliveryStatus.DELIVERED, DeliveryStatus.REFUSED), strict=True):
        await stored.deliveries.finish(delivery, status, NOW, case_id=None, code="", words="")
    await stored.tidy(clock.forward(days=89))
    assert len(await stored.deliveries.listed(tuple(DeliveryStatus), at_most=9)) == 3
    await stored.tidy(clock.forward(days=2))
    left = await stored.deliveries.listed(tuple(DeliveryStatus), at_most=9)
    assert [delivery.reference for delivery in left] == ["WEB-2", "WEB-3"], "what nobody has looked at stays"
