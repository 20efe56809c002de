"""What a verified token says of who asks. Claims of a wrong type never grant anything."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from auth.issuer import ClaimNames
from auth.tokens import InvalidToken
from auth.viewer import Role, Viewer

log = structlog.get_logger(__name__)

FALLBACK = "en"
_STRENGTH = {role: strength for strength, role in enumerate(Role)}  # R1: declared from the weakest to the strongest
_NUMBER = re.compile(r"0*([1-9][0-9]{0,9})")  # a customer number has ten digits at most

_TOO_LARGE = 10**18


def viewer_of(claims: Mapping[str, object], names: ClaimNames, *, locales: Collection[str]) -> Viewer:
    """The viewer. `locales` are the languages that the portal speaks (F17); who speaks none of them gets English.

    Raises InvalidToken where the claims name no role of the portal, or can't be trusted to bound one.
    """
    subject = str(claims["sub"])
    email = _text(_claim(claims, names.email))
    locale = _locale(_claim(claims, names.locale), locales)
    return Viewer(
        subject=subject,
        role=_strongest_role(_claim(claims, names.roles)),
        email=email,
        parent_account=_parent_account(_claim(claims, names.parent_account)),
        accounts=_accounts(_claim(claims, names.accounts), subject),
        locale=locale or FALLBACK,
        locale_told=locale is not None,
        time_zone=_time_zone(_claim(claims, names.time_zone), subject),
        older_portal=(_text(_claim(claims, names.portal)) or "").lower() == "older",
        frozen_since=_day(_claim(claims, names.frozen_since), subject),
    )


def text_of(claims: Mapping[str, object], name: str) -> str | None:
    """What a claim of that name says, where it is text."""
    return _text(_claim(claims, name))


def _claim(claims: Mapping[str, object], name: str) -> object:
    """The claim of that name; else what the dotted name leads to; else None."""
    if name in claims:
        return claims[name]
    found: object = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: object) -> list[str]:
    """One text, or a list of them; numbers are taken for their digits."""
    values = value if isinstance(value, list) else [value]
    return [str(each) for each in values if isinstance(each, str) or (type(each) is int and 0 <= each < _TOO_LARGE)]


def _strongest_role(value: object) -> Role:
    words = {word.strip().lower() for word in _texts(value)}
    roles = [role for role in Role if role.value in words]
    if not roles:
        raise InvalidToken("the token names no role of the portal")
    return max(roles, key=_STRENGTH.__getitem__)


def _number(text: str) -> str | None:
    match = _NUMBER.fullmatch(text.strip())
    return match[1] if match else None


def _parent_account(value: object) -> str | None:
    if value is None or value == "":
        return None
    numbers = [_number(text) for text in _texts(value)]
    if len(numbers) != 1 or numbers[0] is None:
        # Left out, it would take the bound away from a partner, whose accounts then stand by themselves.
        raise InvalidToken("the parent account is no customer number")
    return numbers[0]


def _accounts(value: object, subject: str) -> frozenset[str]:
    if value is None:
        return frozenset()
    numbers = [_number(text) for text in _texts(value)]
    entries = len(value) if isinstance(value, list) else 1
    known = frozenset(number for number in numbers if number is not None)
    if len(numbers) < entries or None in numbers:
        log.warning("identity.accounts_malformed", subject=subject, entries=entries)
    return known


def _locale(value: object, locales: Collection[str]) -> str | None:
    language = re.split("[-_]", value, maxsplit=1)[0].lower() if isinstance(value, str) else ""
    return language if language in locales else None


def _time_zone(value: object, subject: str) -> str:
    if value is None:
        return "UTC"
    if isinstance(value, str):
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    log.info("identity.time_zone_unknown", subject=subject)
    return "UTC"


def _day(value: object, subject: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        log.info("identity.frozen_since_malformed", subject=subject)
        return None
