"""Dates as UDIs write them. Each raises MalformedUdi where the calendar has no such day."""

from calendar import monthrange
from datetime import date

from schema.udi.parts import MalformedUdi


def calendar_date(year: int, month: int, day: int | None = None) -> date:
    """The day; of a month without a day the last, for what expires in a month may be used to its end."""
    try:
        return date(year, month, monthrange(year, month)[1] if day is None else day)
    except (ValueError, IndexError) as error:
        raise MalformedUdi("impossible date") from error


def ordinal_date(year: int, day: int) -> date:
    """The day of a year counted from 1, as in YYYJJJ."""
    found = date.fromordinal(date(year, 1, 1).toordinal() + day - 1)
    if found.year != year:
        raise MalformedUdi("impossible date")
    return found
