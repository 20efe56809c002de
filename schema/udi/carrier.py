"""The UDI carrier as the graph shows it (V5): the string as it came, and its parts where it parses."""

import re
from datetime import date
from enum import Enum
from functools import lru_cache

import strawberry

from auth.rules import Action
from schema.access import Access
from schema.udi.gs1 import gs1_parts
from schema.udi.hibcc import hibcc_parts
from schema.udi.iccbba import iccbba_parts
from schema.udi.parts import MalformedUdi, UdiParts

_PARSED_AT_ONCE = 8_192  # carriers kept parsed: more than a page of the longest list shows
_LONGEST = 1_000  # characters, ten times what the longest format needs
_CARRIER = re.compile(r"\s*+(?:\](?P<symbology>[A-Za-z][0-9A-Za-z]))?(?P<data>[\x1d\x20-\x7e]+?)[\r\n\t]*", re.ASCII)


@strawberry.enum(description="An agency that issues unique device identifiers.")
class UdiAgency(Enum):
    GS1 = strawberry.enum_value("GS1", description="Global trade item numbers: `(01)…` or `01…`.")
    HIBCC = strawberry.enum_value("HIBCC", description="Health Industry Bar Code: `+…`.")
    ICCBBA = strawberry.enum_value("ICCBBA", description="ISBT 128, for tissue and blood containers: `=…`.")


@strawberry.type(
    description="A unique device identifier: the full carrier string, and its parts where it parses.",
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
class Udi:
    full: str = strawberry.field(description="The full carrier string, as it was recorded.")
    malformed: bool = strawberry.field(
        description="It parses as no agency's UDI, or a check digit or date in it is wrong: `full` is all there is."
    )
    agency: UdiAgency | None = strawberry.field(default=None, description="Whose format it is. Null when malformed.")
    device_identifier: str | None = strawberry.field(
        default=None,
        description="UDI-DI, which names the model: GTIN-14 (GS1), labeler, product and unit of measure (HIBCC), "
        "or product code (ICCBBA). Null only when malformed.",
    )
    serial_number: str | None = strawberry.field(default=None, description="Serial number, where it carries one.")
    lot: str | None = strawberry.field(default=None, description="Lot or batch number, where it carries one.")
    manufacture_date: date | None = strawberry.field(
        default=None, description="Manufacture date, where it carries one; the month's last day if only a month."
    )
    expiry_date: date | None = strawberry.field(
        default=None, description="Expiry date, where it carries one; the month's last day if only a month."
    )


@lru_cache(maxsize=_PARSED_AT_ONCE)
def parse_udi(text: str) -> Udi:
    """Parse a UDI carrier of GS1, HIBCC or ICCBBA, in its readable form or as scanned. Never raises.

    What doesn't parse is kept as it came and flagged. Answers are shared between callers: don't change them.
    """
    try:
        agency, parts = _read(text)
    except MalformedUdi:
        return Udi(full=text, malformed=True)
    return Udi(
        full=text,
        malformed=False,
        agency=agency,
        device_identifier=parts.device_identifier,
        serial_number=parts.serial_number,
        lot=parts.lot,
        manufacture_date=parts.manufacture_date,
        expiry_date=parts.expiry_date,
    )


def _read(text: str) -> tuple[UdiAgency, UdiParts]:
    carrier = _CARRIER.fullmatch(text) if len(text) <= _LONGEST else None
    if carrier is None:
        raise MalformedUdi("not a UDI carrier")
    data = carrier["data"]
    if data.startswith(("+", "*")):
        return UdiAgency.HIBCC, hibcc_parts(data)
    if data.startswith(("=", "&")):
        return UdiAgency.ICCBBA, iccbba_parts(data)
    return UdiAgency.GS1, gs1_parts(data, carrier["symbology"])
