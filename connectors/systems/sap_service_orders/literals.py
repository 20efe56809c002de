"""OData V2 in a URL: literals, conditions, query options."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from connectors.transport.percent import percent_encoded

# Reserved characters that may stand in a query as they are (RFC 3986) and make it a third shorter.
_SAFE = "$'(),/:*!@~"

CUSTOMER, EQUIPMENT, NOTIFICATION, ORDER = 10, 18, 12, 10


def padded(number: str, width: int) -> str:
    """A bare number as SAP keeps it. Numbers with letters are kept as they are."""
    return number.zfill(width) if _is_numeric(number) else number


def bare(number: str) -> str | None:
    """A number without leading zeros; None where nothing is left."""
    return (number.lstrip("0") if _is_numeric(number) else number) or None


def can_be(key: str, width: int) -> bool:
    """Whether a system with numbers of that width can know the bare number: what is longer or padded names nothing."""
    return len(key) <= width and key.isprintable() and bare(key) == key


def _is_numeric(number: str) -> bool:
    return number.isascii() and number.isdigit()


def string(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def day(value: date) -> str:
    """An Edm.DateTime: a date without a zone."""
    return f"datetime'{value.isoformat()}T00:00:00'"


def in_utc(moment: datetime) -> datetime:
    """The same instant; at either end of the calendar, where UTC may have no date for it, the nearest that it has."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC)


def instant(value: datetime) -> str:
    """An Edm.DateTimeOffset, in whole seconds of UTC."""
    moment = in_utc(value).replace(microsecond=0, tzinfo=None)
    return f"datetimeoffset'{moment.isoformat()}Z'"


def equal(name: str, value: str) -> str:
    return f"{name} eq {string(value)}"


def any_of(terms: Iterable[str]) -> str:
    """`(a or b)`; one term stands alone."""
    listed = list(terms)
    return listed[0] if len(listed) == 1 else "(" + " or ".join(listed) + ")"


def all_of(conditions: Iterable[str]) -> str:
    return " and ".join(conditions)


def resource(entity_set: str, options: Mapping[str, str]) -> str:
    """A set and its query options, percent-encoded, below the service: `Set?$filter=A%20eq%20'1'`. Empty ones go."""
    query = "&".join(f"{name}={encoded(value)}" for name, value in options.items() if value)
    return f"{entity_set}?{query}" if query else entity_set


def encoded(value: str) -> str:
    return percent_encoded(value, _SAFE)
