"""Requests of people without an account (F15): taken from anybody, answered once, by the helpdesk."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.credentials import Where
from auth.directory import Fault, Unfit
from auth.notices import Notice
from auth.requests import Applicant
from connectors.people import AccessRequest, AuditAction, SiteReference
from connectors.vocabulary import RequestStatus, Role, SiteReferenceKind, UserStatus
from tests.auth.conftest import HERE, Portal, helpdesk

pytestmark = pytest.mark.rule("F15")

EWA = Applicant("ewa@clinic.example", "Ewa Nowak", "Klinika", "+48 58 000 00 00", "pl")
SITE = [SiteReference(SiteReferenceKind.ASSET_ID, "10000001")]


async def fault_of(work: Awaitable[object]) -> tuple[Fault, str | None]:
    with pytest.raises(Unfit) as caught:
        await work
    return caught.value.fault, caught.value.field


async def asked(folk: Portal, **changes: Any) -> AccessRequest:  # Any: as the applicant says
    return await folk.membership.requests.submit_access(EWA._replace(**changes), [SITE], "Proszę o dostęp", HERE)


async def test_a_request_is_kept_confirmed_by_mail_and_told_to_the_helpdesk(folk: Portal) -> None:
    request = await asked(folk)
    assert await folk.store.requests.access_requests() == [request]
    assert (request.status, request.organisation, request.sites) == (RequestStatus.OPEN, "Klinika", (tuple(SITE),))
    confirmed = folk.postbox.of("ewa@clinic.example", Notice.ACCESS_REQUEST_RECEIVED)[0]
    assert (confirmed.locale, confirmed.values["reference"]) == ("pl", request.id)
    assert folk.postbox.of("help@maker.example", Notice.ACCESS_REQUEST_FOR_HELPDESK)
    assert (await folk.trail())[-1].action is AuditAction.ACCESS_REQUESTED
    assert await folk.store.users.all() == [], "asking gives nothing"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": ""}, (Fault.REQUIRED, "email")),
        ({"email": "ewa"}, (Fault.MALFORMED, "email")),
        ({"name": " \n"}, (Fault.REQUIRED, "name")),
        ({"name": "x" * 201}, (Fault.TOO_LONG, "name")),
        ({"organisation": ""}, (Fault.REQUIRED, "organisation")),
        ({"phone": "1" * 201}, (Fault.TOO_LONG, "phone")),
    ],
    ids=str,
)
async def test_what_is_missing_is_told_by_its_field(
    folk: Portal, changes: dict[str, str], expected: tuple[Fault, str]
) -> None:
    before = await folk.everything()
    assert await fault_of(asked(folk, **changes)) == expected
    assert await folk.everything() == before


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        ([], (Fault.REQUIRED, "sites")),
        ([[]], (Fault.REQUIRED, "sites.0")),
        ([SITE, [SiteReference(SiteReferenceKind.LOCATION_ID, "  ")]], (Fault.REQUIRED, "sites.1")),
        ([SITE] * 51, (Fault.TOO_MANY, "sites")),
        ([SITE * 11], (Fault.TOO_MANY, "sites.0")),
    ],
    ids=["no site", "no reference", "an empty one", "too many sites", "too many references"],
)
async def test_each_site_has_one_reference_at_least(
    folk: Portal, sites: list[list[SiteReference]], expected: tuple[Fault, str]
) -> None:
    before = await folk.everything()
    assert await fault_of(folk.membership.requests.submit_access(EWA, sites, "", HERE)) == expected
    assert await folk.everything() == before


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(name=st.text(max_size=300), remarks=st.text(max_size=300), number=st.integers(0, 10**6))
async def test_hostile_text_is_refused_or_kept_without_control_characters(
    folk: Portal, name: str, remarks: str, number: int
) -> None:
    where = Where(f"10.{number // 65536}.{number // 256 % 256}.0/24")
    try:
        request = await folk.membership.requests.submit_access(EWA._replace(name=name), [SITE], remarks, where)
    except Unfit:
        return
    assert all(each.isprintable() or each == "\n" for each in request.name + request.remarks)
    assert request in await folk.store.requests.access_requests()


async def test_whoever_has_the_address_the_answer_is_the_same(folk: Portal) -> None:
    await folk.add("ewa", email="ewa@clinic.example")
    known, unknown = await asked(folk), await asked(folk, email="jan@clinic.example")
    assert (known.status, len(known.id)) == (unknown.status, len(unknown.id))


async def test_too_many_requests_of_one_network_are_refused_for_a_while(folk: Portal) -> None:
    for place in range(10):
        await asked(folk, email=f"ewa{place}@clinic.example")
    before = await folk.everything()
    assert await fault_of(asked(folk, email="more@clinic.example")) == (Fault.TOO_SOON, None)
    assert await folk.everything() == before


async def test_the_helpdesk_turns_a_request_into_a_user(folk: Portal) -> None:
    request = await asked(folk)
    answered, user = await folk.membership.requests.grant(
        helpdesk(), request.id, role=Role.MANAGER, parent_account="0000000100", accounts=["110"]
    )
    assert (answered.status, answered.user_id, answered.answered_by) == (RequestStatus.GRANTED, user.id, "help")
    kept = await folk.now(user.id)
    assert (kept.email, kept.parent_account, sorted(kept.accounts)) == ("ewa@clinic.example", "100", ["110"])
    assert kept.status is UserStatus.INVITED
    assert folk.postbox.of("ewa@clinic.example", Notice.ACTIVATION)


async def test_a_refusal_is_told_with_the_helpdesks_words_and_makes_nobody(folk: Portal) -> None:
    request = await asked(folk)
    assert await fault_of(folk.membership.requests.refuse(helpdesk(), request.id, " ")) == (Fault.REQUIRED, "answer")
    await folk.membership.requests.refuse(helpdesk(), request.id, "To nie nasz sprzęt.")
    mail = folk.postbox.of("ewa@clinic.example", Notice.ACCESS_REQUEST_REFUSED)[0]
    assert mail.values["answer"] == "To nie nasz sprzęt."
    assert await folk.store.users.all() == []


async def test_a_request_is_answered_once(folk: Portal) -> None:
    request = await asked(folk)
    requests = folk.membership.requests
    outcomes = await asyncio.gather(
        requests.grant(helpdesk(), request.id, role=Role.READER, parent_account="100", accounts=[]),
        requests.refuse(helpdesk(), request.id, "Nie."),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Unfit) for outcome in outcomes) == 1
    again = await fault_of(requests.refuse(helpdesk(), request.id, "Nie."))
    assert again == (Fault.WRONG_STATUS, "requestId")
    assert await fault_of(requests.refuse(helpdesk(), "AR-UNKNOWN", "Nie.")) == (Fault.NOT_FOUND, "requestId")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"parent_account": "100", "accounts": ["210"]}, Fault.BEYOND_PARENT_ACCOUNT),
        ({"parent_account": "", "accounts": ["110"]}, Fault.BEYOND_PARENT_ACCOUNT),
        ({"parent_account": "100", "accounts": [], "role": Role.ANALYST}, Fault.NO_PORTAL_ROLE),
    ],
    ids=str,
)
async def test_an_unfit_grant_leaves_the_request_open(folk: Portal, given: dict[str, Any], expected: Fault) -> None:
    request = await asked(folk)
    before = await folk.everything()
    work = folk.membership.requests.grant(helpdesk(), request.id, **{"role": Role.READER} | given)
    assert (await fault_of(work))[0] is expected
    assert await folk.everything() == before


async def test_a_contact_request_is_kept_confirmed_and_answered_once(folk: Portal) -> None:
    requests = folk.membership.requests
    assert await fault_of(requests.submit_contact(EWA, "", "", HERE)) == (Fault.REQUIRED, "area")
    request = await requests.submit_contact(EWA._replace(organisation=""), "MR", "Proszę o kontakt", HERE)
    assert folk.postbox.of("ewa@clinic.example", Notice.CONTACT_REQUEST_RECEIVED)
    assert (await requests.answer_contact(helpdesk(), request.id)).status is RequestStatus.ANSWERED
    again = await fault_of(requests.answer_contact(helpdesk(), request.id))
    assert again == (Fault.WRONG_STATUS, "requestId")
