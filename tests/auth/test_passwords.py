"""Passwords (R8): what a good one is, and how it is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.passwords import PasswordRule, Passwords, broken_rules, is_to_be_renewed
from tests.portal import CHEAP

pytestmark = pytest.mark.rule("R8")

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "broken"),
    [
        ("Portal-1", []),
        ("Portal1", [PasswordRule.LENGTH, PasswordRule.SPECIAL]),
        ("PORTAL-1", [PasswordRule.LOWER]),
        ("portal-1", [PasswordRule.UPPER]),
        ("Portal--", [PasswordRule.DIGIT]),
        ("Portal11", [PasswordRule.SPECIAL]),
        ("Portal 1", [PasswordRule.SPECIAL]),
        ("Żółć-٣٣٣", []),
        ("", [rule for rule in PasswordRule if rule.value in ("LENGTH", "LOWER", "UPPER", "DIGIT", "SPECIAL")]),
        ("Aa1!" * 32, []),
        ("Aa1!" * 32 + "x", [PasswordRule.NOT_TOO_LONG]),
    ],
)
def test_each_rule_that_a_password_breaks_is_told(password: str, broken: list[PasswordRule]) -> None:
    assert broken_rules(password) == broken


@given(st.text(max_size=200))
def test_a_password_without_a_broken_rule_has_all_that_is_asked(password: str) -> None:
    if broken_rules(password):
        return
    assert len(password) >= 4, "one character can stand for several (ﬁ), but not for so many"
    assert any(each.isspace() or each.isprintable() for each in password)


@pytest.mark.parametrize(("days", "old"), [(0, False), (89, False), (90, True), (400, True)])
def test_a_password_is_renewed_after_ninety_days(days: int, old: bool) -> None:
    assert is_to_be_renewed(NOW - timedelta(days=days), NOW) is old
    assert is_to_be_renewed(NOW - timedelta(days=90) + timedelta(seconds=1), NOW) is False
    assert is_to_be_renewed(None, NOW) is True


async def test_a_password_is_kept_as_argon2id_and_never_twice_the_same() -> None:
    passwords = Passwords()
    one, two = await passwords.hashed("Portal-1"), await passwords.hashed("Portal-1")
    assert one != two
    assert one.startswith("$argon2id$")
    assert await passwords.matches(one, "Portal-1")
    assert not await passwords.matches(one, "portal-1")


async def test_the_same_letters_composed_otherwise_are_the_same_password() -> None:
    passwords = Passwords(CHEAP)
    assert await passwords.matches(await passwords.hashed("Zażółć-1"), "Zaz\u0307o\u0301łc\u0301-1")


@pytest.mark.parametrize("hashed", [None, "", "no hash", "$argon2id$v=19$m=8,t=1,p=1$bm8$bm8"])
async def test_nothing_matches_what_is_no_hash(hashed: str | None) -> None:
    assert not await Passwords(CHEAP).matches(hashed, "nobody has this password")


async def test_former_passwords_are_known_again() -> None:
    passwords = Passwords(CHEAP)
    hashes = [await passwords.hashed(f"Portal-{place}") for place in range(5)]
    assert await passwords.is_among(hashes, "Portal-3")
    assert not await passwords.is_among(hashes, "Portal-5")
    assert not await passwords.is_among([], "Portal-3")


async def test_a_text_without_end_is_no_password_and_no_work() -> None:
    passwords = Passwords(CHEAP)
    assert not await passwords.matches(await passwords.hashed("Portal-1"), "x" * 1_000_000)
