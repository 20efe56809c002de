"""Whatever a record of people says is read back as it was kept: requests, mails, asset data, and all the others."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import SourceConflict
from connectors.people import (
    AccessRequest,
    AssetDataChange,
    Client,
    ContactRequest,
    OutgoingMail,
    SiteReference,
    User,
)
from connectors.registry import utc_now
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from connectors.vocabulary import RequestStatus, Role, SiteReferenceKind, UserStatus
from tests.clock import MovedClock
from tests.databases import sqlite_store
from tests.store_records import EVENT, NOW, user

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
NUMBERS = st.frozensets(st.from_regex(r"[1-9][0-9]{0,9}", fullmatch=True), max_size=4)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # made aware
MAYBE = st.none() | INSTANTS

USERS = st.builds(
    User,
    id=st.uuids().map(str),
    email=st.uuids().map(lambda key: f"{key}@north.example"),
    name=TEXT,
    role=st.sampled_from(Role),
    parent_account=st.none() | st.from_regex(r"[1-9][0-9]{0,9}", fullmatch=True),
    accounts=NUMBERS,
    status=st.sampled_from(UserStatus),
    locale=st.just("pl"),
    time_zone=st.just("Europe/Warsaw"),
    older_portal=st.booleans(),
    frozen_since=st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    created_at=INSTANTS,
    last_active_at=MAYBE,
    warned_at=MAYBE,
    deactivated_at=MAYBE,
    needs_helpdesk=st.booleans(),
    attested_at=MAYBE,
    password_changed_at=MAYBE,
    version=st.integers(1, 10_000),
)
CLIENTS = st.builds(
    Client,
    id=st.uuids().map(str),
    name=TEXT,
    secret_digest=st.none() | st.just("0" * 64),
    redirect_uris=st.lists(TEXT, max_size=3).map(tuple),
    logout_uris=st.lists(TEXT, max_size=3).map(tuple),
    scopes=st.frozensets(TEXT, max_size=3),
    accounts=NUMBERS,
    identity=st.none(),
    created_at=INSTANTS,
    disabled_at=MAYBE,
    last_active_at=MAYBE,
)
REFERENCES = st.builds(SiteReference, st.sampled_from(SiteReferenceKind), TEXT)
REQUESTS = st.builds(
    AccessRequest,
    id=st.uuids().map(str),
    created_at=INSTANTS,
    email=TEXT,
    name=TEXT,
    organisation=TEXT,
    phone=TEXT,
    sites=st.lists(st.lists(REFERENCES, max_size=2).map(tuple), max_size=2).map(tuple),
    remarks=TEXT,
    locale=st.just("pl"),
    status=st.sampled_from(RequestStatus),
    answered_at=MAYBE,
    answered_by=st.none() | TEXT,
    answer=TEXT,
    user_id=st.none(),
)


async def opened(folder: Path) -> PortalStore:
    """A store of its own for each example."""
    url = await sqlite_store(folder / f"{uuid4().hex}.db")
    store = MANIFEST.connect("store", MANIFEST.settings(url=url), utc_now)
    assert isinstance(store, PortalStore)
    return store


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(user=USERS, client=CLIENTS, request=REQUESTS)
async def test_any_record_comes_back_as_it_was_kept(
    tmp_path: Path, user: User, client: Client, request: AccessRequest
) -> None:
    store = await opened(tmp_path)
    try:
        await store.users.add(user, EVENT)
        await store.clients.add(client, EVENT)
        await store.requests.add_access_request(request, EVENT)
        assert (await store.users.by_id([user.id]))[user.id] == user
        assert await store.clients.client(client.id) == client
        assert request in await store.requests.access_requests()
        assert (await store.audit.verify())[2] is None
    finally:
        await store.close()


def access(**changes: object) -> AccessRequest:
    sites = ((SiteReference(SiteReferenceKind.ASSET_ID, "10000001"),),)
    kept = AccessRequest(
        id="AR-1", created_at=NOW, email="a@b.example", name="Ewa", organisation="Szpital", sites=sites, remarks="–"
    )
    return msgspec.structs.replace(kept, **changes)


@pytest.mark.rule("F15")
async def test_a_request_is_answered_once_and_turned_into_a_user_with_it(stored: PortalStore) -> None:
    await stored.requests.add_access_request(access(), EVENT)
    answered = access(status=RequestStatus.GRANTED, answered_at=NOW, answered_by="helpdesk", user_id="u1")
    await stored.requests.answer_access_request(answered, EVENT, user())
    assert await stored.requests.access_requests() == [answered]
    with pytest.raises(SourceConflict):
        await stored.requests.answer_access_request(access(status=RequestStatus.REFUSED), EVENT, user("u2"))
    assert await stored.requests.access_requests() == [answered]
    assert [each.id for each in await stored.users.all()] == ["u1"], "the second answer made no user"


@pytest.mark.rule("F15")
async def test_a_request_whose_address_is_taken_stays_open(stored: PortalStore) -> None:
    await stored.users.add(user("other", email="u1@north.example"), EVENT)
    await stored.requests.add_access_request(access(), EVENT)
    with pytest.raises(SourceConflict):
        await stored.requests.answer_access_request(access(status=RequestStatus.GRANTED), EVENT, user())
    assert await stored.requests.access_requests() == [access()]


async def test_a_contact_request_is_answered_once(stored: PortalStore) -> None:
    kept = ContactRequest(id="CR-1", created_at=NOW, email="a@b.example", name="Ewa", area="MR")
    await stored.requests.add_contact_request(kept, EVENT)
    answered = msgspec.structs.replace(kept, status=RequestStatus.ANSWERED, answered_at=NOW, answered_by="helpdesk")
    await stored.requests.answer_contact_request(answered, EVENT)
    assert await stored.requests.contact_requests() == [answered]
    with pytest.raises(SourceConflict):
        await stored.requests.answer_contact_request(answered, EVENT)


async def test_a_mail_is_taken_until_its_lease_ends(stored: PortalStore, clock: MovedClock) -> None:
    mail = OutgoingMail(id="m1", to="a@b.example", kind="RESET", locale="pl", sealed=b"\x00\xff", created_at=NOW)
    await stored.mails.add(mail)
    until = clock.now + timedelta(minutes=2)
    assert await stored.mails.take(clock.now, until=until, at_most=5) == [mail]
    assert await stored.mails.take(clock.now, until=until, at_most=5) == []
    again = await stored.mails.take(until, until=until + timedelta(minutes=2), at_most=5)
    assert [each.attempts for each in again] == [1], "a gateway that died with it does not lose it"
    await stored.mails.failed("m1", again_at=until + timedelta(hours=1))
    assert await stored.mails.take(until + timedelta(minutes=59), until=until, at_most=5) == []
    assert await stored.mails.waiting() == 1
    await stored.mails.sent("m1")
    assert await stored.mails.waiting() == 0


@pytest.mark.rule("R5")
async def test_every_version_of_asset_data_is_kept_with_who_and_when(stored: PortalStore, clock: MovedClock) -> None:
    one = AssetDataChange(installed_product_id="a0X1", name="Rezonans", changed_at=clock.now, changed_by="anna")
    two = AssetDataChange(installed_product_id="a0X1", name=None, changed_at=clock.forward(days=1), changed_by="jan")
    await stored.asset_data.save(one, event=EVENT)
    await stored.asset_data.save(two, event=EVENT)
    assert await stored.asset_data.history(["a0X1", "a0X2"]) == {"a0X1": [two, one]}
    found = (await stored.custom_asset_data(("a0X1",)))["a0X1"]
    assert (found.name, found.updated_by, found.updated_at) == (None, "jan", clock.now)
