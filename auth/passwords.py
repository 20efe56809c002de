"""Passwords (R8): what a good one is, how it is kept, when it is renewed."""

import asyncio
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from connectors.digests import new_secret

SHORTEST = 8
LONGEST = 128  # characters; a longer one only keeps the hasher busy
RENEWED_AFTER = timedelta(days=90)
NOT_THE_LAST = 5

_AT_ONCE = 4  # hashes under way; each takes 64 MiB


class PasswordRule(Enum):
    """What a password must have."""

    LENGTH = "LENGTH"
    LOWER = "LOWER"
    UPPER = "UPPER"
    DIGIT = "DIGIT"
    SPECIAL = "SPECIAL"
    NOT_TOO_LONG = "NOT_TOO_LONG"
    NOT_RECENT = "NOT_RECENT"


def broken_rules(password: str) -> list[PasswordRule]:
    """The rules that the text of a password breaks, in the order in which they are told. NOT_RECENT is not among them:
    that takes the former ones (`Passwords.is_among`)."""
    text = _normal(password)
    kept = {
        PasswordRule.LENGTH: len(text) >= SHORTEST,
        PasswordRule.LOWER: any(map(str.islower, text)),
        PasswordRule.UPPER: any(map(str.isupper, text)),
        PasswordRule.DIGIT: any(map(str.isdecimal, text)),
        PasswordRule.SPECIAL: any(not (each.isalnum() or each.isspace()) for each in text),
        PasswordRule.NOT_TOO_LONG: len(text) <= LONGEST,
    }
    return [rule for rule, holds in kept.items() if not holds]


def is_to_be_renewed(changed_at: datetime | None, now: datetime) -> bool:
    """Whether a password that was set then is too old now."""
    return changed_at is None or now - changed_at >= RENEWED_AFTER


class Passwords:
    """Argon2id, with the library's parameters (RFC 9106, low memory). Hashing is done beside the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobodys = self._hasher.hash(new_secret())

    async def hashed(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def matches(self, hashed: str | None, password: str) -> bool:
        """Whether it is that password. Without one it is as much work to say no."""
        async with self._turns:
            held = await asyncio.to_thread(self._verify, hashed or self._nobodys, password)
        return held and bool(hashed)

    async def is_among(self, hashes: Iterable[str], password: str) -> bool:
        return any([await self.matches(each, password) for each in hashes])

    def _verify(self, hashed: str, password: str) -> bool:
        if len(password) > 4 * LONGEST:
            return False
        try:
            return self._hasher.verify(hashed, _normal(password))
        except (VerificationError, InvalidHashError):
            return False


def _normal(password: str) -> str:
    """One text for what looks the same: keyboards differ in how they compose letters (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
