"""How soon a contract, a line or a warranty runs out (V25)."""

from datetime import date
from enum import Enum
from typing import Any, Protocol

import strawberry

from schema.computed import OfRecord, prepared_field
from schema.context import Context
from schema.labels import labels

YELLOW_FROM_DAYS = 30
YELLOW_TO_DAYS = 90


@strawberry.enum(
    description="How soon it ends (V25), counted in days from today in the viewer's time zone. Open-ended is GREEN."
)
class ExpiryStatus(Enum):
    GREEN = strawberry.enum_value("GREEN", description="In more than 90 days.")
    YELLOW = strawberry.enum_value("YELLOW", description="In 30 to 90 days, both included.")
    RED = strawberry.enum_value("RED", description="In fewer than 30 days, or past.")


class Ending(Protocol):
    """What has an end: a contract, a line, a warranty."""

    @property
    def end_date(self) -> date | None: ...

    @property
    def open_ended(self) -> bool: ...


def expiry_status(row: Ending, today: date) -> ExpiryStatus | None:
    """More than 90 days green, 30 to 90 yellow (both included), fewer or past red; None where no end is known."""
    if row.open_ended:
        return ExpiryStatus.GREEN
    if row.end_date is None:
        return None
    days = (row.end_date - today).days
    if days > YELLOW_TO_DAYS:
        return ExpiryStatus.GREEN
    return ExpiryStatus.YELLOW if days >= YELLOW_FROM_DAYS else ExpiryStatus.RED


_NEEDS = ("end_date", "open_ended")


def expiry_field(description: str = "How soon it ends. Null where no end is known.") -> Any:  # Any: as strawberry.field
    def prepare(context: Context) -> OfRecord:
        today = context.today
        return lambda record: expiry_status(record, today)

    return prepared_field(prepare, ExpiryStatus | None, description, needs=_NEEDS)


def expiry_label_field() -> Any:
    def prepare(context: Context) -> OfRecord:
        today, labelled = context.today, labels(context.viewer.locale)

        def of_record(record: Ending) -> str | None:
            status = expiry_status(record, today)
            return None if status is None else labelled(status)

        return of_record

    return prepared_field(prepare, str | None, "`expiryStatus` in the viewer's language.", needs=_NEEDS)
