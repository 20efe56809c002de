"""Instants that come from a client: with their zone, and within what a calendar can say."""

from datetime import UTC, datetime


def in_utc(given: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for one without a time zone, or that UTC's calendar has no day for."""
    if given.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    try:
        return given.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error
