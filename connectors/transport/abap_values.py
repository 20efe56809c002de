"""Values as ABAP systems write them: keys padded with zeros, dates and times as strings, blanks for nothing.

Reading is forgiving (what can't be read is None), writing is strict (`pad_key` gives only what can be a key).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache

OPEN_END = date(9999, 12, 31)

_KEPT = 16_384  # values: keys, dates and amounts come again and again


def pad_key(number: str, width: int) -> str | None:
    """A number as a key of `width` characters. None for what no key of that width can be: nothing has that number."""
    bare = bare_key(number)
    if bare is None or len(bare) > width or not bare.isprintable():
        return None
    return bare.zfill(width) if _is_digits(bare) else bare


def pad_keys(numbers: Iterable[str], width: int) -> tuple[str, ...]:
    """The distinct keys of these numbers, in their order."""
    keys = (pad_key(number, width) for number in numbers)
    return tuple(dict.fromkeys(key for key in keys if key is not None))


@lru_cache(_KEPT)
def bare_key(key: str) -> str | None:
    """A key without its leading zeros; None for an initial one (blank, or zeros alone). Other keys stay as they are."""
    stripped = key.strip()
    if _is_digits(stripped):
        stripped = stripped.lstrip("0")
    return stripped or None


def read_text(value: str) -> str | None:
    return value.strip() or None


def read_flag(value: str) -> bool:
    return value.strip() in ("X", "x")


@lru_cache(_KEPT)
def read_date(value: str) -> date | None:
    """None for `0000-00-00` and for a day that no calendar has; `9999-12-31` is OPEN_END, an ordinary date."""
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


@lru_cache(_KEPT)
def read_end(value: str) -> tuple[date | None, bool]:
    """The last day, and whether there is none because it is open-ended."""
    day = read_date(value)
    return (None, True) if day == OPEN_END else (day, False)


def read_instant(day: str, time_of_day: str, zone: tzinfo) -> datetime | None:
    """A date and a time of a zone, in UTC. Without a time it is the day's beginning; without a date nothing."""
    on = read_date(day)
    if on is None:
        return None
    text = time_of_day.strip()
    ends_the_day = text == "24:00:00"  # ABAP has such a time, Python has not
    try:
        at = time.min if ends_the_day else time.fromisoformat(text)
    except ValueError:
        at = time.min
    try:
        local = datetime.combine(on, at, tzinfo=at.tzinfo or zone) + timedelta(days=ends_the_day)
        return local.astimezone(UTC)
    except OverflowError:
        return None


@lru_cache(_KEPT)
def read_decimal(value: str) -> Decimal | None:
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@lru_cache(_KEPT)
def read_integer(value: str) -> int | None:
    """A whole number; None where there is none."""
    try:
        return int(value.strip())
    except ValueError:
        return None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
