"""Asking for access without an account (F15), and what the helpdesk sees of it."""

from typing import Any

import pytest

from auth.notices import Notice
from auth.viewer import ANYONE
from schema.node import GlobalId
from tests.portal import Portal
from tests.schema.conftest import people_of

pytestmark = pytest.mark.rule("F15")

SUBMIT = """mutation($input: SubmitAccessRequestInput!) {
  submitAccessRequest(input: $input) { reference errors { code field message } } }"""
EWA = {
    "email": "ewa@clinic.example",
    "name": "Ewa Nowak",
    "organisation": "Klinika",
    "sites": [{"references": [{"kind": "TECHNICAL_ID", "value": "TID-MR30-0001"}]}],
    "locale": "pl",
}
HELPDESK = "helpdesk@maker.example"


async def submitted(portal: Portal, **changes: Any) -> Any:  # Any: GraphQL's values
    return (await portal.data(ANYONE, SUBMIT, input={**EWA, **changes}))["submitAccessRequest"]


async def test_anybody_asks_for_access_and_gets_a_reference_and_a_mail(town: Portal) -> None:
    answer = await submitted(town)
    assert answer["errors"] == []
    mail = town.postbox.of("ewa@clinic.example", Notice.ACCESS_REQUEST_RECEIVED)[0]
    assert mail.values["reference"] == answer["reference"]


async def test_what_is_missing_is_told_and_nothing_is_kept(town: Portal) -> None:
    for changes, field in (
        ({"sites": []}, "sites"),
        ({"sites": [{"references": []}]}, "sites.0"),
        ({"email": ""}, "email"),
        ({"organisation": " "}, "organisation"),
        ({"locale": "xx"}, "locale"),
    ):
        answer = await submitted(town, **changes)
        assert answer["reference"] is None
        assert answer["errors"][0]["field"] == field
    assert await people_of(town).requests.access_requests() == []
    assert town.postbox.mails == []


@pytest.mark.rule("F17")
@pytest.mark.parametrize(("locale", "message"), [("pl", "To pole jest wymagane."), ("en", "This is needed.")])
async def test_what_is_missing_is_told_in_the_applicants_language(town: Portal, locale: str, message: str) -> None:
    answer = await submitted(town, sites=[], locale=locale)
    assert answer["errors"][0]["message"] == message


async def test_the_answer_does_not_tell_whether_the_address_is_known(town: Portal) -> None:
    known, unknown = await submitted(town, email="reader@north.example"), await submitted(town)
    assert known["errors"] == unknown["errors"] == []


async def test_the_helpdesk_sees_requests_the_oldest_first_and_answers_them(town: Portal) -> None:
    first, second = await submitted(town), await submitted(town, email="jan@clinic.example")
    query = """{ accessRequests(filter: { statuses: [OPEN] }) { totalCount nodes {
      id reference email statusLabel sites { kindLabel value } user { id } } } }"""
    shown = (await town.data(HELPDESK, query))["accessRequests"]
    assert {node["reference"] for node in shown["nodes"]} == {first["reference"], second["reference"]}
    one = next(node for node in shown["nodes"] if node["reference"] == first["reference"])
    assert one["sites"] == [[{"kindLabel": "Technical ID", "value": "TID-MR30-0001"}]]
    granted = await town.data(
        HELPDESK,
        """mutation($id: ID!) { grantAccessRequest(input: {
          requestId: $id, role: READER, parentAccountNumber: "7100000", accountNumbers: ["7100010"] }) {
          request { status user { email } } user { accountNumbers } errors { code } } }""",
        id=one["id"],
    )
    assert granted["grantAccessRequest"] == {
        "request": {"status": "GRANTED", "user": {"email": "ewa@clinic.example"}},
        "user": {"accountNumbers": ["7100010"]},
        "errors": [],
    }
    assert (await town.data(HELPDESK, query))["accessRequests"]["totalCount"] == 1
    node = "query($id: ID!) { node(id: $id) { ... on AccessRequest { statusLabel } } }"
    assert (await town.data(HELPDESK, node, id=one["id"]))["node"]["statusLabel"] == "Granted"
    assert (await town.data("manager@north.example", node, id=one["id"]))["node"] is None


@pytest.mark.parametrize("who", ["manager@north.example", "analyst@maker.example", "partner-north"])
async def test_nobody_but_the_helpdesk_sees_requests(town: Portal, who: str) -> None:
    await submitted(town)
    answer = await town.ask(who, "{ accessRequests { totalCount } }")
    assert answer.codes == ["FORBIDDEN"]
    contact = await town.ask(who, "{ contactRequests { totalCount } }")
    assert contact.codes == ["FORBIDDEN"]


async def test_a_contact_request_is_taken_and_answered(town: Portal) -> None:
    query = """mutation { submitContactRequest(input: {
      email: "ewa@clinic.example", name: "Ewa", area: "MR", message: "Proszę o telefon" }) {
      reference errors { code } } }"""
    reference = (await town.data(ANYONE, query))["submitContactRequest"]["reference"]
    answered = await town.data(
        HELPDESK,
        "mutation($id: ID!) { answerContactRequest(input: { requestId: $id }) { request { status area } } }",
        id=str(GlobalId("ContactRequest", reference)),
    )
    assert answered["answerContactRequest"]["request"] == {"status": "ANSWERED", "area": "MR"}


async def test_who_is_not_signed_in_reads_nothing(town: Portal) -> None:
    for query in ("{ viewer { subject } }", "{ accounts { totalCount } }", "{ users { totalCount } }"):
        assert set((await town.ask(ANYONE, query)).codes) == {"FORBIDDEN"}
