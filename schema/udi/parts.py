"""What a UDI tells, whichever agency's format it is written in."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date


class MalformedUdi(ValueError):
    """The text is not a UDI of that agency."""


@dataclass(frozen=True, slots=True)
class UdiParts:
    """The device identifier (DI) and the production identifiers (PI) of a UDI, None where it doesn't tell."""

    device_identifier: str | None = None
    serial_number: str | None = None
    lot: str | None = None
    manufacture_date: date | None = None
    expiry_date: date | None = None


def merged(told: Iterable[UdiParts]) -> UdiParts:
    """What the pieces of one UDI tell together. Raises MalformedUdi if they disagree or none identifies the device."""
    pieces = list(told)
    values = {}
    for field in fields(UdiParts):
        found = {value for piece in pieces if (value := getattr(piece, field.name)) is not None}
        if len(found) > 1:
            raise MalformedUdi(f"it tells more than one {field.name}")
        values[field.name] = found.pop() if found else None
    if values["device_identifier"] is None:
        raise MalformedUdi("it has no device identifier")
    return UdiParts(**values)
