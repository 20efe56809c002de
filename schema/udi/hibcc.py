"""UDIs of HIBCC (Health Industry Bar Code), in one symbol or in a primary and linked secondary ones.

Source: ANSI/HIBC 2.6, sections 2 to 4 (data structures, check and link characters), and the FDA's list of UDI
formats by issuing agency.
"""

import re
from collections.abc import Iterator
from datetime import date

from schema.udi.dates import calendar_date, ordinal_date
from schema.udi.parts import MalformedUdi, UdiParts, merged

_ALPHABET = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%")}
_PRIMARY = re.compile(r"\+([A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9])")  # labeler, product or catalogue number, unit
_STARS = re.compile(r"\*( *\*)?")
# A further symbol's `+`: not the first one's (a labeler may begin with S or Q), and not that of the data identifiers
# `$+` and `$$+`, which a `+` or `/` stands before.
_NEXT_SYMBOL = re.compile(r"(?!^)(?<![+/]\$)(?<![+/]\$\$)(?=\+(?:\$|1[46]D|[SQ]))")
_NUMBER = re.compile(r"[A-Z0-9 .-]{0,18}")
_QUANTITY = re.compile(r"8[0-9]{2}|9[0-9]{5}")
_JULIAN = re.compile(r"(?P<year>[0-9]{2})(?P<ordinal>[0-9]{3})(?P<rest>.*)")
_HOUR = "(?:[01][0-9]|2[0-3])"
_EXPIRIES = tuple(
    re.compile(format_ + "(?P<rest>.*)")
    for format_ in (
        r"(?P<month>0[1-9]|1[0-2])(?P<year>[0-9]{2})",
        r"2(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?P<year>[0-9]{2})",
        r"3(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        rf"4(?P<year>[0-9]{{2}})(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}}){_HOUR}",
        r"5(?P<year>[0-9]{2})(?P<ordinal>[0-9]{3})",
        rf"6(?P<year>[0-9]{{2}})(?P<ordinal>[0-9]{{3}}){_HOUR}",
        r"7",
    )
)
_CENTURY = 2000
_DATE = re.compile(r"1[46]D(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")


def hibcc_parts(text: str) -> UdiParts:
    """Parts of a HIBCC UDI. The device identifier is labeler, product number and unit of measure, without flag and
    check character.

    Stars around a caption are not data, and `_` in it stands for a blank. Two-digit years are of this century; a
    month without a day is meant to its end. Raises MalformedUdi, also for a wrong check or link character.
    """
    primary, *secondaries = _NEXT_SYMBOL.split(_STARS.sub("", text).replace("_", " "))
    return merged(_symbols(primary, secondaries))


def _symbols(primary: str, secondaries: list[str]) -> Iterator[UdiParts]:
    identifier, *segments = _checked(primary).split("/")
    matched = _PRIMARY.fullmatch(identifier)
    if matched is None:
        raise MalformedUdi("no primary data")
    yield UdiParts(device_identifier=matched[1])
    for secondary in secondaries:
        data = _checked(secondary)
        if data[-1] != primary[-1]:
            raise MalformedUdi("wrong link character")
        segments += data[1:-1].split("/")
    yield from map(_segment, segments)


def _checked(symbol: str) -> str:
    """A symbol's data without its check character: the sum of the values of all before it, modulo 43."""
    data, check = symbol[:-1], symbol[-1:]
    try:
        right = sum(_ALPHABET[character] for character in data) % 43 == _ALPHABET[check]
    except KeyError as error:
        raise MalformedUdi(f"{error} is no character of HIBC") from error
    if not right:
        raise MalformedUdi("wrong check character")
    return data


def _segment(data: str) -> UdiParts:
    """One piece of secondary or supplemental data."""
    if data.startswith("$"):
        return _secondary(data)
    if (dated := _DATE.fullmatch(data)) is not None:
        day = calendar_date(int(dated["year"]), int(dated["month"]), int(dated["day"]))
        return UdiParts(expiry_date=day) if data.startswith("14D") else UdiParts(manufacture_date=day)
    if data.startswith("S"):
        return UdiParts(serial_number=_number(data[1:]))
    if data.startswith("Q") and data[1:].isdecimal():
        return UdiParts()
    if (julian := _JULIAN.fullmatch(data)) is not None:
        return UdiParts(expiry_date=_date(julian), lot=_number(julian["rest"]))
    raise MalformedUdi("unknown data identifier")


def _secondary(data: str) -> UdiParts:
    """`$` lot, `$+` serial number, `$$` expiry and lot, `$$+` expiry and serial number."""
    dated = data.startswith("$$")
    body = data[2:] if dated else data[1:]
    is_serial = body.startswith("+")
    body = body.removeprefix("+")
    expiry, rest = _expiry(body) if dated else (None, body)
    if is_serial:
        return UdiParts(expiry_date=expiry, serial_number=_number(rest))
    return UdiParts(expiry_date=expiry, lot=_number(rest))


def _expiry(body: str) -> tuple[date | None, str]:
    """The expiry date, and what stands behind it. After a quantity the date may be left out without its flag."""
    quantity = _QUANTITY.match(body)
    if quantity is not None:
        body = body[quantity.end() :]
    for expiry in _EXPIRIES:
        if (matched := expiry.fullmatch(body)) is not None:
            return _date(matched), matched["rest"]
    if quantity is None:
        raise MalformedUdi("unknown date format")
    return None, body


def _date(matched: re.Match[str]) -> date | None:
    told = {name: int(value) for name, value in matched.groupdict().items() if name != "rest"}
    if "year" not in told:
        return None
    year = _CENTURY + told["year"]
    if "ordinal" in told:
        return ordinal_date(year, told["ordinal"])
    return calendar_date(year, told["month"], told.get("day"))


def _number(text: str) -> str | None:
    if _NUMBER.fullmatch(text) is None:
        raise MalformedUdi("not a lot or serial number")
    return text or None
