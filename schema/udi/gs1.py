"""UDIs of GS1: element strings, in brackets or as scanned, and Digital Link URIs.

Source: GS1 General Specifications 3.4 (dates), 7.8 (concatenation), 7.9 (check digit), 7.12 (centuries); the
application identifiers themselves are known to biip.
"""

import re
from collections.abc import Iterator

from biip import ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString
from biip.symbology import GS1Symbology

from schema.udi.parts import MalformedUdi, UdiParts, merged

_FNC1 = "\x1d"
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)")
_WITH_ELEMENT_STRINGS = frozenset(symbology.value for symbology in GS1Symbology.with_gs1_messages())


def gs1_parts(text: str, symbology: str | None) -> UdiParts:
    """Parts of a GS1 UDI: AIs 01, 21, 10, 11 and 17; others are checked and passed over.

    `symbology` is the scanner's AIM identifier without its `]`, if it gave one, as `d2`. Two-digit years fall
    between 49 years ago and 50 years ahead, day 00 is the month's last. Raises MalformedUdi.
    """
    data = text.strip(" ")
    try:
        return merged(map(_parts, _elements(data, symbology)))
    except (ParseError, ValueError) as error:
        raise MalformedUdi(str(error)) from error


def _elements(data: str, symbology: str | None) -> Iterator[GS1ElementString]:
    if data[:8].lower().startswith(("https://", "http://")):
        return iter(GS1DigitalLinkURI.parse(data).element_strings)
    if symbology is not None and symbology not in _WITH_ELEMENT_STRINGS:
        raise MalformedUdi(f"symbology {symbology} carries no element strings")
    return _bracketed(data) if data.startswith("(") else _scanned(data)


def _bracketed(data: str) -> Iterator[GS1ElementString]:
    """`(01)…(21)…`, as people read it. Blanks are theirs: no element string has any."""
    before, *pairs = _BRACKETED.split(data.replace(" ", ""))
    if before:
        raise MalformedUdi("it begins with no application identifier")
    for ai, value in zip(pairs[::2], pairs[1::2], strict=True):
        element = GS1ElementString.parse(ai + value)
        if element.ai.ai != ai:
            raise MalformedUdi(f"unknown application identifier {ai}")
        yield element


def _scanned(data: str) -> Iterator[GS1ElementString]:
    """`01…21…`, as a scanner sends it: FNC1 (GS) must end what has no fixed length, and may end anything."""
    rest = data.lstrip(_FNC1)
    while rest:
        element = GS1ElementString.extract(rest)
        rest = rest[len(element) :]
        if element.ai.separator_required and rest and not rest.startswith(_FNC1):
            raise MalformedUdi(f"({element.ai.ai}) is too long")
        rest = rest.lstrip(_FNC1)
        yield element


def _parts(element: GS1ElementString) -> UdiParts:
    match element.ai.ai:
        case "01":
            if element.gtin is None:
                raise MalformedUdi(element.gtin_error)
            return UdiParts(device_identifier=element.value)
        case "21":
            return UdiParts(serial_number=element.value)
        case "10":
            return UdiParts(lot=element.value)
        case "11":
            return UdiParts(manufacture_date=element.date)
        case "17":
            return UdiParts(expiry_date=element.date)
        case _:
            return UdiParts()
