"""What time does to users (R6): the tests walk the calendar."""

import asyncio
from datetime import timedelta

import pytest

from auth.directory import Unfit
from auth.life_cycle import Fate, deactivates_at
from auth.notices import Notice
from auth.rules import permitted
from auth.viewer import Role, viewer_of_user
from connectors.people import AuditAction, LinkKind
from connectors.vocabulary import UserStatus
from tests.auth.conftest import HERE, Portal, helpdesk, manager

pytestmark = pytest.mark.rule("R6")

LAST_DAYS = (Notice.INACTIVITY_WARNING, Notice.DEACTIVATED)


async def walk(folk: Portal, days: int) -> dict[int, list[Notice]]:
    """A pass a day; what anna was told, by the day."""
    told = {}
    for day in range(1, days + 1):
        folk.clock.forward(days=1)
        before = len(folk.postbox.mails)
        await folk.membership.life_cycle.sweep()
        if new := [mail.kind for mail in folk.postbox.mails[before:] if mail.to == "anna@east.example"]:
            told[day] = new
    return told


@pytest.mark.parametrize(
    "changes", [{}, {"status": UserStatus.INVITED}, {"role": Role.ANALYST}, {"older_portal": True}]
)
async def test_who_is_away_is_told_two_weeks_before_and_deactivated_after_120_days(
    folk: Portal, changes: dict[str, object]
) -> None:
    await folk.add("anna", **changes)
    assert await walk(folk, 300) == {107: [Notice.INACTIVITY_WARNING], 121: [Notice.DEACTIVATED]}
    user = await folk.now("anna")
    assert (user.status, user.accounts, user.needs_helpdesk) == (UserStatus.DEACTIVATED, frozenset(), True)
    told = folk.postbox.of("anna@east.example", Notice.INACTIVITY_WARNING)[0]
    assert told.values["date"] == (user.created_at + timedelta(days=120)).date().isoformat()


async def test_who_signs_in_after_the_warning_stays_and_is_told_again_the_next_time(folk: Portal) -> None:
    await folk.add("anna")
    assert await walk(folk, 110) == {107: [Notice.INACTIVITY_WARNING]}
    await folk.store.users.seen("anna", folk.clock.now)
    assert await walk(folk, 125) == {107: [Notice.INACTIVITY_WARNING], 121: [Notice.DEACTIVATED]}


async def test_who_is_active_now_and_then_is_never_told(folk: Portal) -> None:
    await folk.add("anna")
    for _ in range(6):
        assert await walk(folk, 100) == {}
        await folk.store.users.seen("anna", folk.clock.now)


async def test_the_disabled_are_left_as_they_are(folk: Portal) -> None:
    await folk.add("anna", status=UserStatus.DISABLED)
    assert await walk(folk, 200) == {}
    assert (await folk.now("anna")).accounts == {"110"}
    assert deactivates_at(await folk.now("anna")) is None


async def test_the_edges_are_exact(folk: Portal) -> None:
    user = await folk.add("anna")
    expected = {
        106 * 24: [],
        106 * 24 + 1: [Fate.WARN],
        120 * 24: [Fate.WARN],
        120 * 24 + 1: [Fate.DEACTIVATE],
    }
    for hours, fates in expected.items():
        folk.clock.now = user.created_at + timedelta(hours=hours)
        assert [one.fate for one in await folk.membership.life_cycle.due()] == fates, hours


async def test_looking_who_is_due_changes_nothing(folk: Portal) -> None:
    await folk.add("anna")
    folk.clock.forward(days=121)
    before = await folk.everything()
    assert len(await folk.membership.life_cycle.due()) == 1
    assert await folk.everything() == before


async def test_two_passes_at_once_tell_once(folk: Portal) -> None:
    await folk.add("anna")
    folk.clock.forward(days=121)
    await asyncio.gather(*(folk.membership.life_cycle.sweep() for _ in range(3)))
    assert [mail.kind for mail in folk.postbox.mails] == [Notice.DEACTIVATED]
    assert [entry.action for entry in await folk.trail()].count(AuditAction.USER_DEACTIVATED) == 1


async def test_after_a_reset_one_sees_nothing_until_the_helpdesk_assigns_anew(folk: Portal) -> None:
    credentials, directory = folk.membership.credentials, folk.membership.directory
    await folk.add("anna", role=Role.MANAGER)
    folk.clock.forward(days=121)
    await folk.membership.life_cycle.sweep()
    assert await credentials.sign_in("anna@east.example", "Portal-demo-1", HERE) is None
    await credentials.ask_for_reset("anna@east.example", HERE)
    secret = folk.postbox.of("anna@east.example", Notice.RESET)[0].secret
    link, user = await credentials.user_of_link(secret, LinkKind.RESET)
    assert await credentials.set_password(user, "Portal-demo-1", HERE, link=link) == []
    back = await credentials.sign_in("anna@east.example", "Portal-demo-1", HERE)
    assert back is not None
    assert (back.status, back.accounts) == (UserStatus.ACTIVE, frozenset())
    assert not [action for action in permitted(viewer_of_user(back)) if "USERS" in action.value]
    with pytest.raises(Unfit):
        await directory.assign(manager(actor="another"), "anna", ["110"])
    assert (await directory.assign(helpdesk(), "anna", ["110"])).accounts == {"110"}
    assert await walk(folk, 100) == {}
