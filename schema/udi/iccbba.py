"""UDIs of ICCBBA: ISBT 128 data structures one after another, for tissue and for blood containers.

Source: ISBT 128 Standard Technical Specification (ST-001), data structures 001, 004, 005, 008, 009, 017, 018, 023,
032, 034 and the MPHO lot number; the FDA's list of UDI formats by issuing agency.
"""

import re
from collections.abc import Iterator
from datetime import date

from schema.udi.dates import ordinal_date
from schema.udi.parts import MalformedUdi, UdiParts, merged

_TIME = "(?:[01][0-9]|2[0-3])[0-5][0-9]"
_STRUCTURE = re.compile(
    rf"""\ * (?:
    =/   (?P<product>[0-9A-Z]{{16}})      |  # processor, product and distribution code
    =\)  (?P<container>[0-9A-Z]{{10}})    |  # container's manufacturer and catalogue number
    =,   (?P<serial>[0-9A-Z]{{6}})        |
    &,1  (?P<lot>[0-9A-Z]{{18}})          |
    &\)  (?P<container_lot>[0-9A-Z]{{10}}) |
    =\}} \ *(?P<made>[0-9]{{6}})          |
    &\}} \ *(?P<made_at>[0-9]{{6}}){_TIME}   |
    =>   \ *(?P<expires>[0-9]{{6}})       |
    &>   \ *(?P<expires_at>[0-9]{{6}}){_TIME} |
    =\+  [0-9]{{5}}                       |  # a compound message begins
    =    [A-NP-Z1-9][0-9A-Z]{{14}}           # donation identification number
    )\ *""",
    re.VERBOSE,
)


def iccbba_parts(text: str) -> UdiParts:
    """Parts of an ICCBBA UDI; a donation's number is passed over. Raises MalformedUdi."""
    return merged(_structures(text))


def _structures(text: str) -> Iterator[UdiParts]:
    position = 0
    while position < len(text):
        matched = _STRUCTURE.match(text, position)
        if matched is None:
            raise MalformedUdi("unknown data structure")
        yield _parts(matched)
        position = matched.end()


def _parts(structure: re.Match[str]) -> UdiParts:
    made = structure["made"] or structure["made_at"]
    expires = structure["expires"] or structure["expires_at"]
    return UdiParts(
        device_identifier=structure["product"] or structure["container"],
        serial_number=structure["serial"],
        lot=structure["lot"] or structure["container_lot"],
        manufacture_date=_date(made) if made else None,
        expiry_date=_date(expires) if expires else None,
    )


def _date(cyyjjj: str) -> date:
    """A date as the year's last three digits (9yy is 19yy) and the day of the year."""
    year, day = int(cyyjjj[:3]), int(cyyjjj[3:])
    return ordinal_date(year + (1000 if year >= 900 else 2000), day)
