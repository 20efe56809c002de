"""Mutations, role by role: who may do it, does; for anybody else nothing has changed, not merely an error (R1, R3)."""

from typing import Any

import pytest

from auth.viewer import ANYONE, Viewer
from connectors.people import AccessRequest, AuditAction, AuditEvent, ContactRequest
from connectors.vocabulary import Role, UserStatus
from schema.node import GlobalId
from tests.portal import Answer, Portal
from tests.schema.conftest import people_of
from tests.watchers import viewer

EVENT = AuditEvent(action=AuditAction.USER_INVITED)
READER = str(GlobalId("User", "reader@north.example"))
ASSET = 'installedProduct(assetId: "10000001") { id }'

MUTATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "inviteUser": ("InviteUserInput", {"email": "ewa@north.example", "role": "READER", "accountNumbers": ["7100010"]}),
    "changeUserRole": ("ChangeUserRoleInput", {"userId": READER, "role": "USER"}),
    "changeUserAssignments": ("ChangeUserAssignmentsInput", {"userId": READER, "accountNumbers": ["7100010"]}),
    "disableUser": ("UserInput", {"userId": READER}),
    "enableUser": ("UserInput", {"userId": str(GlobalId("User", "disabled"))}),
    "resendActivation": ("UserInput", {"userId": str(GlobalId("User", "invited"))}),
    "setCustomAssetData": ("SetCustomAssetDataInput", {"name": "Rezonans"}),
    "grantAccessRequest": (
        "GrantAccessRequestInput",
        {
            "requestId": str(GlobalId("AccessRequest", "AR-1")),
            "role": "READER",
            "parentAccountNumber": "7100000",
            "accountNumbers": ["7100010"],
        },
    ),
    "refuseAccessRequest": (
        "RefuseAccessRequestInput",
        {"requestId": str(GlobalId("AccessRequest", "AR-1")), "answer": "Nie."},
    ),
    "answerContactRequest": (
        "AnswerContactRequestInput",
        {"requestId": str(GlobalId("ContactRequest", "CR-1"))},
    ),
    "setPreferences": ("SetPreferencesInput", {"locale": "en", "timeZone": "Europe/London"}),
}
MANAGE = {
    "inviteUser",
    "changeUserRole",
    "changeUserAssignments",
    "disableUser",
    "enableUser",
    "resendActivation",
    "setCustomAssetData",
    "setPreferences",
}
ALLOWED = {
    "reader@north.example": {"setPreferences"},
    "user@north.example": {"setPreferences"},
    "manager@north.example": MANAGE,
    "idle@north.example": {"setPreferences"},
    "legacy@south.example": {"setPreferences"},
    "analyst@maker.example": {"setPreferences"},
    "partner-north": set(),
    "helpdesk@maker.example": {
        "changeUserAssignments",
        "grantAccessRequest",
        "refuseAccessRequest",
        "answerContactRequest",
        "setPreferences",
    },
}


@pytest.fixture
async def busy(town: Portal) -> Portal:
    """With somebody in each status, and requests that wait."""
    people = people_of(town)
    reader = (await people.users.by_id(["reader@north.example"]))["reader@north.example"]
    for key, status in (("disabled", UserStatus.DISABLED), ("invited", UserStatus.INVITED)):
        changed = {"id": key, "email": f"{key}@north.example", "status": status}
        await people.users.add(
            type(reader)(**{f: getattr(reader, f) for f in reader.__struct_fields__} | changed), EVENT
        )
    request = AccessRequest(
        id="AR-1", created_at=town.now, email="jan@north.example", name="Jan", organisation="Szpital"
    )
    await people.requests.add_access_request(request, EVENT)
    contact = ContactRequest(id="CR-1", created_at=town.now, email="jan@north.example", name="Jan", area="MR")
    await people.requests.add_contact_request(contact, EVENT)
    return town


async def call(portal: Portal, who: str | Viewer, name: str, /, **changes: Any) -> Answer:  # Any: GraphQL's values
    type_, given = MUTATIONS[name]
    if name == "setCustomAssetData" and "installedProductId" not in changes:
        analyst = await portal.data("analyst@maker.example", f"{{ {ASSET} }}")
        changes = {"installedProductId": analyst["installedProduct"]["id"], **changes}
    query = f"mutation($input: {type_}!) {{ {name}(input: $input) {{ errors {{ code field message }} }} }}"
    return await portal.ask(who, query, input={**given, **changes})


async def state(portal: Portal) -> tuple[object, ...]:
    """All that a mutation could have changed."""
    people = people_of(portal)
    return (
        await people.users.all(),
        await people.requests.access_requests(),
        await people.requests.contact_requests(),
        await people.audit.entries(),
        list(portal.postbox.mails),
        await people.mails.waiting(),
    )


@pytest.mark.rule("R1")
@pytest.mark.rule("R9")
@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.parametrize("who", ALLOWED)
async def test_a_role_changes_what_it_may_and_nothing_else(busy: Portal, who: str, name: str) -> None:
    before = await state(busy)
    answer = await call(busy, viewer(who), name)
    if name in ALLOWED[who]:
        assert answer.errors == []
        assert answer.data[name]["errors"] == []
        assert await state(busy) != before
    else:
        assert answer.codes == ["FORBIDDEN"]
        assert answer.data is None
        assert await state(busy) == before


@pytest.mark.rule("F15")
@pytest.mark.parametrize("name", MUTATIONS)
async def test_who_is_not_signed_in_changes_nothing(busy: Portal, name: str) -> None:
    before = await state(busy)
    assert (await call(busy, ANYONE, name)).codes == ["FORBIDDEN"]
    assert await state(busy) == before


@pytest.mark.rule("R3")
@pytest.mark.rule("R10")
@pytest.mark.parametrize(
    "name", ["changeUserRole", "changeUserAssignments", "disableUser", "enableUser", "resendActivation"]
)
@pytest.mark.parametrize("theirs", ["user@south.example", "legacy@south.example", "helpdesk@maker.example"])
async def test_another_customers_user_is_answered_as_one_who_is_not_there(busy: Portal, name: str, theirs: str) -> None:
    before = await state(busy)
    not_mine = await call(busy, "manager@north.example", name, userId=str(GlobalId("User", theirs)))
    not_there = await call(busy, "manager@north.example", name, userId=str(GlobalId("User", "nobody")))
    assert not_mine == not_there
    assert not_mine.data[name]["errors"][0]["code"] == "NOT_FOUND"
    assert await state(busy) == before


@pytest.mark.rule("R3")
@pytest.mark.parametrize("name", ["inviteUser", "changeUserAssignments"])
@pytest.mark.parametrize("accounts", [["7200000"], ["7100010", "7200010"], ["7300001"], ["no number"]], ids=str)
async def test_a_manager_cannot_assign_beyond_the_parent_account(busy: Portal, name: str, accounts: list[str]) -> None:
    before = await state(busy)
    answer = await call(busy, "manager@north.example", name, accountNumbers=accounts)
    (error,) = answer.data[name]["errors"]
    assert (error["code"], error["field"]) == ("BEYOND_PARENT_ACCOUNT", "accountNumbers")
    assert error["message"] == "Nie wszystkie te konta leżą poniżej konta nadrzędnego użytkownika."
    assert await state(busy) == before


@pytest.mark.rule("R3")
@pytest.mark.parametrize("role", ["ANALYST", "HELPDESK", "PARTNER"])
async def test_a_manager_makes_nobody_one_of_the_makers(busy: Portal, role: str) -> None:
    before = await state(busy)
    for name in ("inviteUser", "changeUserRole"):
        answer = await call(busy, "manager@north.example", name, role=role)
        assert answer.data[name]["errors"][0]["code"] == "NO_PORTAL_ROLE"
    assert await state(busy) == before


@pytest.mark.rule("R5")
@pytest.mark.rule("R10")
async def test_another_customers_asset_is_answered_as_one_that_is_not_there(busy: Portal) -> None:
    analyst = await busy.data("analyst@maker.example", f"{{ {ASSET} }}")
    theirs, nobodys = analyst["installedProduct"]["id"], str(GlobalId("InstalledProduct", "a0X000000000000AAA"))
    before = await state(busy)
    answers = [
        await call(busy, "manager@south.example", "setCustomAssetData", installedProductId=key)
        for key in (theirs, nobodys, READER)
    ]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0].data["setCustomAssetData"]["errors"][0]["code"] == "NOT_FOUND"
    assert await state(busy) == before
    assert await people_of(busy).asset_data.history([theirs]) == {}


async def test_a_change_answers_with_the_user_as_changed(busy: Portal) -> None:
    answer = await busy.data(
        "manager@north.example",
        """mutation($id: ID!) {
          changeUserRole(input: { userId: $id, role: MANAGER, version: 1 }) {
            user { id roleLabel version accountNumbers } errors { code } } }""",
        id=READER,
    )
    assert answer["changeUserRole"] == {
        "user": {"id": READER, "roleLabel": "Menedżer", "version": 2, "accountNumbers": ["7100020"]},
        "errors": [],
    }
    stale = await call(busy, "manager@north.example", "disableUser", version=1)
    assert stale.data["disableUser"]["errors"][0]["code"] == "CHANGED_MEANWHILE"
    assert (await people_of(busy).users.by_id(["reader@north.example"]))["reader@north.example"].role is Role.MANAGER


async def test_changes_of_one_request_come_one_after_another(busy: Portal) -> None:
    answer = await busy.data(
        "manager@north.example",
        """mutation($id: ID!) {
          off: disableUser(input: { userId: $id }) { user { status } errors { code } }
          again: disableUser(input: { userId: $id }) { user { status } errors { code } }
          on: enableUser(input: { userId: $id }) { user { status } errors { code } } }""",
        id=READER,
    )
    assert answer["off"]["user"]["status"] == "DISABLED"
    assert answer["again"]["errors"] == [{"code": "WRONG_STATUS"}]
    assert answer["on"]["errors"] == []


@pytest.mark.rule("R5")
async def test_what_is_said_of_an_asset_is_read_at_once_with_its_history(busy: Portal) -> None:
    analyst = await busy.data("analyst@maker.example", f"{{ {ASSET} }}")
    key = analyst["installedProduct"]["id"]
    written = await busy.data(
        "manager@north.example",
        """mutation($id: ID!) {
          one: setCustomAssetData(input: { installedProductId: $id, name: "Rezonans", locationNote: "Poziom -1" }) {
            installedProduct { customName } errors { code } }
          two: setCustomAssetData(input: { installedProductId: $id, name: " Duży rezonans " }) {
            installedProduct { customName customData { locationNote updatedBy } } errors { code } } }""",
        id=key,
    )
    assert written["one"]["installedProduct"]["customName"] == "Rezonans"
    assert written["two"]["installedProduct"] == {
        "customName": "Duży rezonans",
        "customData": {"locationNote": None, "updatedBy": "manager@north.example"},
    }
    history = "query($id: ID!) { node(id: $id) { ... on InstalledProduct { customDataHistory { name changedBy } } } }"
    for who in ("user@north.example", "analyst@maker.example", "partner-north"):
        versions = (await busy.data(who, history, id=key))["node"]["customDataHistory"]
        assert [version["name"] for version in versions] == ["Duży rezonans", "Rezonans"]
    assert (await busy.data("manager@south.example", history, id=key))["node"] is None
    long = await call(busy, "manager@north.example", "setCustomAssetData", name="x" * 201)
    assert long.data["setCustomAssetData"]["errors"][0] == {
        "code": "TOO_LONG",
        "field": "name",
        "message": "Tekst jest za długi.",
    }


@pytest.mark.rule("F17")
async def test_preferences_count_from_the_same_answer_on(busy: Portal) -> None:
    query = """mutation { setPreferences(input: { locale: "en", timeZone: "America/New_York" }) {
      viewer { locale timeZone roleLabel } errors { code } } }"""
    answer = await busy.data("manager@north.example", query)
    assert answer["setPreferences"]["viewer"] == {
        "locale": "en",
        "timeZone": "America/New_York",
        "roleLabel": "Manager",
    }
    for given, field in (({"locale": "xx"}, "locale"), ({"timeZone": "Mars/Olympus"}, "timeZone")):
        answer = await call(
            busy, "manager@north.example", "setPreferences", **{"locale": None, "timeZone": None} | given
        )
        (error,) = answer.data["setPreferences"]["errors"]
        assert (error["code"], error["field"]) == ("MALFORMED", field)


@pytest.mark.rule("F16")
async def test_professional_use_is_confirmed_once(busy: Portal) -> None:
    query = "mutation { confirmProfessionalUse { viewer { attestedAt } errors { code } } }"
    first = (await busy.data("reader@north.example", query))["confirmProfessionalUse"]
    again = (await busy.data("reader@north.example", query))["confirmProfessionalUse"]
    assert first == again
    assert first["viewer"]["attestedAt"] is not None
    attested = [entry for entry in await people_of(busy).audit.entries() if entry.action is AuditAction.ATTESTED]
    assert len(attested) == 1
