"""Who asks, by what was verified: rights are looked up with every request, so that a change counts from the next."""

from collections.abc import Mapping
from typing import Any

import pytest

from auth.identification import GRANT, Identification
from auth.issuer import Issuer
from auth.rules import Action, permitted
from auth.tokens import InvalidToken, VerifiedToken
from auth.viewer import Role, Viewer
from connectors.people import Identity
from connectors.vocabulary import UserStatus
from tests.auth.conftest import Portal, helpdesk, manager
from tests.store_records import EVENT, client, grant

LOGIN = "https://login.example"
IDENTITY = Identity(LOGIN, "subject")


def issuer(**changes: Any) -> Issuer:  # Any: each setting has its own type
    return Issuer.model_validate({"issuer": LOGIN, "people": "store", "email_domains": ["east.example"], **changes})


OWN = issuer(issuer="https://portal.test")


async def identified(folk: Portal, claims: Mapping[str, object], given: Issuer | None = None) -> Viewer:
    identification = Identification(folk.store, folk.clock, own=OWN, locales={"pl", "en"})
    return await identification.of_token(VerifiedToken(given or issuer(), {"sub": "subject", **claims}))


async def refused(folk: Portal, claims: Mapping[str, object], given: Issuer | None = None) -> str:
    with pytest.raises(InvalidToken) as caught:
        await identified(folk, claims, given)
    return caught.value.reason


async def linked(folk: Portal, **changes: Any) -> None:  # Any: as a user's attributes
    await folk.add("anna", **changes)
    await folk.store.users.link("anna", IDENTITY, EVENT)


async def test_a_provider_that_says_what_people_may_is_believed(folk: Portal) -> None:
    claims = {"roles": ["manager"], "accounts": ["110"], "parent_account": "100"}
    viewer = await identified(folk, claims, issuer(people="claims"))
    assert (viewer.role, sorted(viewer.accounts), viewer.kept) == (Role.MANAGER, ["110"], False)


async def test_whom_the_store_knows_may_what_the_store_says_whatever_the_token_does(folk: Portal) -> None:
    await linked(folk, locale="pl", time_zone="Europe/Warsaw")
    viewer = await identified(folk, {"roles": ["analyst"], "accounts": ["200"], "locale": "en"})
    assert (viewer.subject, viewer.role, sorted(viewer.accounts)) == ("anna", Role.USER, ["110"])
    assert (viewer.locale, viewer.time_zone, viewer.parent_account) == ("pl", "Europe/Warsaw", "100")


@pytest.mark.rule("R3")
async def test_a_change_of_rights_counts_from_the_next_request_on(folk: Portal) -> None:
    await linked(folk)
    directory = folk.membership.directory
    await directory.assign(manager(), "anna", ["120"])
    assert (await identified(folk, {})).accounts == {"120"}
    await directory.change_role(manager(), "anna", Role.READER)
    assert (await identified(folk, {})).role is Role.READER
    await directory.disable(manager(), "anna")
    assert "disabled" in await refused(folk, {})


@pytest.mark.rule("R6")
@pytest.mark.parametrize("status", [UserStatus.DEACTIVATED, UserStatus.INVITED])
async def test_who_comes_back_or_for_the_first_time_becomes_active(folk: Portal, status: UserStatus) -> None:
    lost = frozenset[str]() if status is UserStatus.DEACTIVATED else frozenset({"110"})
    await linked(folk, status=status, accounts=lost, needs_helpdesk=not lost)
    assert (await identified(folk, {})).accounts == lost
    user = await folk.now("anna")
    assert (user.status, user.needs_helpdesk) == (UserStatus.ACTIVE, not lost)


@pytest.mark.parametrize(
    ("claims", "known"),
    [
        ({"email": "Anna@East.example", "email_verified": True}, True),
        ({"email": "anna@east.example", "email_verified": False}, False),
        ({"email": "anna@east.example", "email_verified": "true"}, False),
        ({"email": "anna@east.example"}, False),
        ({"email": "boss@rival.example", "email_verified": True}, False),
        ({"email": "unknown@east.example", "email_verified": True}, False),
        ({"email": ["anna@east.example"], "email_verified": True}, False),
        ({"email_verified": True}, False),
    ],
    ids=str,
)
async def test_a_provider_names_people_by_verified_addresses_of_its_own_domains_alone(
    folk: Portal, claims: dict[str, object], known: bool
) -> None:
    await folk.add("anna")
    await folk.add("boss", email="boss@rival.example", parent_account="200", role=Role.MANAGER)
    if not known:
        assert "knows nobody" in await refused(folk, claims)
        assert await folk.store.users.by_identity(IDENTITY) is None
        return
    assert (await identified(folk, claims)).subject == "anna"
    assert (await identified(folk, {})).subject == "anna", "the link holds, whatever the address"


async def test_an_address_does_not_give_a_user_to_a_second_person_at_one_provider(folk: Portal) -> None:
    await linked(folk)
    claims = {"sub": "another", "email": "anna@east.example", "email_verified": True}
    assert "knows nobody" in await refused(folk, claims)


async def test_a_disabled_user_is_not_linked(folk: Portal) -> None:
    await folk.add("anna", status=UserStatus.DISABLED)
    assert await refused(folk, {"email": "anna@east.example", "email_verified": True})
    assert await folk.store.users.by_identity(IDENTITY) is None


async def test_a_program_of_the_provider_reads_the_accounts_granted_to_it(folk: Portal) -> None:
    await folk.store.clients.add(client("dashboard", accounts=frozenset({"110"}), identity=IDENTITY), EVENT)
    viewer = await identified(folk, {})
    assert (viewer.role, viewer.subject, sorted(viewer.accounts)) == (Role.PARTNER, "dashboard", ["110"])
    await folk.store.clients.disable("dashboard", folk.clock.now, EVENT)
    assert await refused(folk, {})


async def own(folk: Portal, **changes: Any) -> dict[str, object]:  # Any: a grant's attributes
    """The claims of a token of ours, whose grant is kept."""
    await folk.add("anna")
    await folk.store.clients.add(client(), EVENT)
    kept = grant(**{"user_id": "anna", "scope": "openid portal"} | changes)
    await folk.store.clients.add_grant(kept, None, None)
    return {"sub": kept.user_id or kept.client_id, GRANT: kept.id}


async def test_a_token_of_ours_is_of_its_grants_user(folk: Portal) -> None:
    viewer = await identified(folk, await own(folk), OWN)
    assert (viewer.subject, viewer.role) == ("anna", Role.USER)
    assert Action.CREATE_CASES in permitted(viewer)


async def test_a_tokens_scope_narrows_what_may_be_asked(folk: Portal) -> None:
    viewer = await identified(folk, await own(folk, scope="openid equipment:read"), OWN)
    assert permitted(viewer) == {Action.READ_SELF, Action.READ_EQUIPMENT, Action.SUBMIT_REQUESTS}


@pytest.mark.parametrize(
    "claims", [{GRANT: "unknown"}, {GRANT: None}, {GRANT: ["g1"]}, {"sub": "boss"}, {"sub": "web"}]
)
async def test_a_token_of_ours_that_is_not_of_its_grant_is_refused(folk: Portal, claims: dict[str, object]) -> None:
    assert await refused(folk, await own(folk) | claims, OWN)


async def test_a_clients_own_token_is_no_users(folk: Portal) -> None:
    claims = await own(folk, user_id=None)
    assert (await identified(folk, claims, OWN)).role is Role.PARTNER
    assert await refused(folk, claims | {"sub": "anna"}, OWN)


async def test_a_revoked_grant_and_a_disabled_user_are_refused_at_the_next_request(folk: Portal) -> None:
    claims = await own(folk)
    await identified(folk, claims, OWN)
    await folk.store.clients.revoke_grant("g1", folk.clock.now, EVENT)
    assert "revoked" in await refused(folk, claims, OWN)
    await folk.store.clients.add_grant(grant("g2", user_id="anna", scope="portal"), None, None)
    await identified(folk, claims | {GRANT: "g2"}, OWN)
    await folk.membership.directory.disable(helpdesk(), "anna")
    assert await refused(folk, claims | {GRANT: "g2"}, OWN)


async def test_another_providers_token_does_not_name_our_grants(folk: Portal) -> None:
    assert await refused(folk, await own(folk))


@pytest.mark.rule("R6")
async def test_activity_is_kept_to_the_hour(folk: Portal) -> None:
    await linked(folk)
    await identified(folk, {})
    first = folk.clock.now
    folk.clock.forward(minutes=59)
    await identified(folk, {})
    assert (await folk.now("anna")).last_active_at == first
    folk.clock.forward(minutes=2)
    await identified(folk, {})
    assert (await folk.now("anna")).last_active_at == folk.clock.now
