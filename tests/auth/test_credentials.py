"""Signing in by password, and the links that lead to one (R6, R7, R8, R9)."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from auth.credentials import LinkGone, TooManyTries, Where
from auth.notices import Notice
from auth.passwords import PasswordRule
from connectors.people import AuditAction, LinkKind
from connectors.vocabulary import UserStatus
from tests.auth.conftest import HERE, Portal
from tests.store_records import EVENT, session

GOOD = "Portal-demo-1"


async def activated(folk: Portal, key: str = "anna", password: str = GOOD, **changes: object) -> None:
    user = await folk.add(key, **changes)
    assert await folk.membership.credentials.set_password(user, password, HERE) == []


async def test_the_right_password_signs_in_whatever_the_addresss_case(folk: Portal) -> None:
    await activated(folk)
    user = await folk.membership.credentials.sign_in(" ANNA@East.example", GOOD, HERE)
    assert user is not None
    assert user.id == "anna"


@pytest.mark.parametrize("name", ["anna@east.example", "nobody@east.example", "", "%", "x" * 10_000])
async def test_a_wrong_password_or_name_signs_nobody_in(folk: Portal, name: str) -> None:
    await activated(folk)
    assert await folk.membership.credentials.sign_in(name, "Portal-demo-2", HERE) is None
    last = (await folk.trail())[-1]
    assert (last.action, last.network) == (AuditAction.SIGN_IN_FAILED, HERE.network)


@pytest.mark.parametrize("status", [UserStatus.INVITED, UserStatus.DEACTIVATED, UserStatus.DISABLED])
@pytest.mark.rule("R6")
async def test_who_is_not_active_does_not_sign_in_with_the_right_password(folk: Portal, status: UserStatus) -> None:
    await activated(folk)
    user = await folk.now("anna")
    await folk.store.users.change(user, EVENT, status=status)
    assert await folk.membership.credentials.sign_in("anna@east.example", GOOD, HERE) is None


@pytest.mark.rule("R9")
async def test_of_two_users_on_one_address_the_password_decides(folk: Portal) -> None:
    await activated(folk, "new", email="anna@east.example")
    await activated(folk, "old", "Portal-older-1", email="anna@east.example", older_portal=True)
    credentials = folk.membership.credentials
    for name, password, expected in (
        ("anna@east.example", GOOD, "new"),
        ("anna@east.example", "Portal-older-1", "old"),
        ("old", "Portal-older-1", "old"),
        ("old", GOOD, None),
    ):
        user = await credentials.sign_in(name, password, HERE)
        assert (user.id if user else None) == expected, (name, password)


async def test_as_many_hashes_are_checked_for_an_unknown_name_as_for_a_known_one(
    folk: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await activated(folk)
    checked: list[str] = []
    passwords = folk.membership.credentials._passwords
    verify = passwords._verify

    def counted(hashed: str, text: str) -> bool:
        checked.append(text)
        return verify(hashed, text)

    monkeypatch.setattr(passwords, "_verify", counted)
    counts = []
    for name in ("anna@east.example", "nobody@east.example", "anna"):
        checked.clear()
        await folk.membership.credentials.sign_in(name, "Portal-demo-2", HERE)
        counts.append(len(checked))
    assert counts == [2, 2, 2]


async def test_an_attack_from_elsewhere_does_not_lock_the_owner_out(folk: Portal) -> None:
    await activated(folk)
    credentials, elsewhere = folk.membership.credentials, Where("203.0.113.0/24")
    for _ in range(5):
        await credentials.sign_in("anna@east.example", "guess", elsewhere)
    with pytest.raises(TooManyTries) as caught:
        await credentials.sign_in("anna@east.example", "guess", elsewhere)
    assert 0 < caught.value.seconds <= 15 * 60
    with pytest.raises(TooManyTries):
        await credentials.sign_in("anna@east.example", GOOD, elsewhere)
    assert await credentials.sign_in("anna@east.example", GOOD, HERE) is not None


async def test_a_delay_holds_for_one_name_and_is_forgotten_by_the_helpdesk(folk: Portal) -> None:
    await activated(folk)
    await activated(folk, "jan")
    credentials = folk.membership.credentials
    for _ in range(5):
        await credentials.sign_in("anna@east.example", "guess", HERE)
    with pytest.raises(TooManyTries):
        await credentials.sign_in("anna@east.example", GOOD, HERE)
    assert await credentials.sign_in("jan@east.example", GOOD, HERE) is not None
    assert await credentials.unlock(await folk.now("anna"), EVENT) == [HERE.network]
    assert await credentials.sign_in("anna@east.example", GOOD, HERE) is not None


@pytest.mark.rule("R8")
async def test_a_password_has_to_be_renewed_after_ninety_days(folk: Portal) -> None:
    await activated(folk)
    credentials = folk.membership.credentials
    folk.clock.forward(days=89)
    assert not credentials.must_renew(await folk.now("anna"))
    folk.clock.forward(days=1)
    assert credentials.must_renew(await folk.now("anna"))
    assert await credentials.set_password(await folk.now("anna"), "Portal-demo-2", HERE) == []
    assert not credentials.must_renew(await folk.now("anna"))


@pytest.mark.rule("R8")
async def test_a_new_password_is_none_of_the_last_five(folk: Portal) -> None:
    await activated(folk, password="Portal-demo-0")
    credentials = folk.membership.credentials
    for place in range(1, 6):
        assert await credentials.set_password(await folk.now("anna"), f"Portal-demo-{place}", HERE) == []
    for place in range(1, 6):
        told = await credentials.set_password(await folk.now("anna"), f"Portal-demo-{place}", HERE)
        assert told == [PasswordRule.NOT_RECENT]
    assert await credentials.set_password(await folk.now("anna"), "Portal-demo-0", HERE) == []


@pytest.mark.rule("R8")
async def test_a_password_that_breaks_rules_changes_nothing_and_uses_no_link_up(folk: Portal) -> None:
    user = await folk.add("anna", status=UserStatus.INVITED)
    credentials = folk.membership.credentials
    await credentials.send_link(user, LinkKind.ACTIVATION, "boss", HERE)
    link, _ = await credentials.user_of_link(folk.postbox.mails[-1].secret, LinkKind.ACTIVATION)
    before = await folk.everything()
    assert await credentials.set_password(user, "portal", HERE, link=link) != []
    assert await folk.everything() == before
    assert await credentials.set_password(user, GOOD, HERE, link=link) == []


@pytest.mark.rule("R7")
async def test_a_link_lives_a_day_works_once_and_is_for_what_it_was_sent_for(folk: Portal) -> None:
    user = await folk.add("anna", status=UserStatus.INVITED)
    credentials = folk.membership.credentials
    await credentials.send_link(user, LinkKind.ACTIVATION, "boss", HERE)
    mail = folk.postbox.of("anna@east.example", Notice.ACTIVATION)[0]
    assert mail.values["link"] == f"https://portal.test/activate/{mail.secret}"
    with pytest.raises(LinkGone):
        await credentials.user_of_link(mail.secret, LinkKind.RESET)
    folk.clock.forward(hours=24, seconds=-1)
    link, whose = await credentials.user_of_link(mail.secret, LinkKind.ACTIVATION)
    assert whose == user
    assert await credentials.set_password(user, GOOD, HERE, link=link) == []
    for reused in (credentials.user_of_link(mail.secret, LinkKind.ACTIVATION),):
        with pytest.raises(LinkGone):
            await reused
    with pytest.raises(LinkGone):
        await credentials.set_password(await folk.now("anna"), "Portal-demo-2", HERE, link=link)
    assert (await folk.now("anna")).status is UserStatus.ACTIVE


@pytest.mark.rule("R7")
async def test_a_link_is_gone_after_a_day_and_a_new_one_is_asked_for(folk: Portal) -> None:
    await folk.add("anna", status=UserStatus.INVITED)
    credentials = folk.membership.credentials
    await credentials.ask_for_reset("anna@east.example", HERE)
    old = folk.postbox.of("anna@east.example", Notice.ACTIVATION)[-1].secret
    folk.clock.forward(hours=24)
    with pytest.raises(LinkGone):
        await credentials.user_of_link(old, LinkKind.ACTIVATION)
    await credentials.ask_for_reset("anna@east.example", HERE)
    new = folk.postbox.of("anna@east.example", Notice.ACTIVATION)[-1].secret
    assert (await credentials.user_of_link(new, LinkKind.ACTIVATION))[1].id == "anna"


@pytest.mark.rule("R7")
async def test_no_mail_goes_to_unknown_addresses_and_disabled_users(folk: Portal) -> None:
    await folk.add("anna", status=UserStatus.DISABLED)
    for address in ("anna@east.example", "nobody@east.example", ""):
        await folk.membership.credentials.ask_for_reset(address, HERE)
    assert folk.postbox.mails == []


async def test_a_link_of_a_user_who_was_disabled_since_is_gone(folk: Portal) -> None:
    await folk.add("anna")
    credentials = folk.membership.credentials
    await credentials.ask_for_reset("anna@east.example", HERE)
    await folk.store.users.change(await folk.now("anna"), EVENT, status=UserStatus.DISABLED)
    with pytest.raises(LinkGone):
        await credentials.user_of_link(folk.postbox.mails[-1].secret, LinkKind.RESET)


async def test_the_public_may_not_have_mails_sent_without_end(folk: Portal) -> None:
    credentials = folk.membership.credentials
    for _ in range(2):
        await credentials.may_ask_for_mail("anna@east.example", HERE)
    with pytest.raises(TooManyTries):
        await credentials.may_ask_for_mail("anna@east.example", HERE)
    await credentials.may_ask_for_mail("anna@east.example", Where("203.0.113.0/24"))


@pytest.mark.rule("R8")
async def test_a_new_password_signs_every_browser_out_and_is_told_by_mail(folk: Portal) -> None:
    await activated(folk)
    await folk.store.sessions.open(session(user_id="anna"), EVENT)
    await folk.membership.credentials.set_password(await folk.now("anna"), "Portal-demo-2", HERE)
    since = folk.clock.now - timedelta(days=1)
    assert await folk.store.sessions.of_user("anna", folk.clock.now, idle_since=since) == []
    assert folk.postbox.of("anna@east.example", Notice.PASSWORD_CHANGED)


async def test_the_log_holds_no_password_no_link_and_no_address(folk: Portal) -> None:
    with capture_logs() as logs:
        await activated(folk)
        await folk.membership.credentials.ask_for_reset("anna@east.example", HERE)
        await folk.membership.credentials.sign_in("anna@east.example", "Wrong-pass-1", HERE)
    secrets = (GOOD, "Wrong-pass-1", "anna@east.example", folk.postbox.mails[-1].secret)
    assert not [secret for secret in secrets if secret in repr(logs)]
    trail = repr(await folk.trail())
    assert not [secret for secret in secrets if secret in trail]
