"""SAP's dates and times in JSON: `/Date(ms)/`, `PT07H40M00S`, and the zone that a notification names beside them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import structlog

from connectors.systems.sap_service_orders.wire import Scalar

log = structlog.get_logger(__name__)

# Offsets from UTC are −12 to +14 hours, so a local time tells the instant but for 26 hours.
EARLIEST_BEHIND, LATEST_AHEAD = timedelta(hours=12), timedelta(hours=14)

_KNOWN_INSTANTS = 16_384
_LONGEST_TICKS = 18
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a date without a zone, as Edm.DateTime is
_TICKS = re.compile(r"/Date\((-?\d{1,18})(?:[+-]\d{1,4})?\)/\Z")
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?\Z")


def local_date_time(date: Scalar, time: Scalar = None) -> datetime | None:
    """An Edm.DateTime with the Edm.Time beside it, as a local time without a zone. Unreadable: None."""
    start = _moment(date)
    if start is None:
        return None
    try:
        return start + _since_midnight(time)
    except OverflowError:
        return None


def instant_of(value: Scalar) -> datetime | None:
    """An Edm.DateTimeOffset, in UTC. The milliseconds count from the epoch in UTC, whatever offset stands behind."""
    moment = _moment(value)
    return None if moment is None else moment.replace(tzinfo=UTC)


def _moment(value: Scalar) -> datetime | None:
    """Naive: local for an Edm.DateTime, UTC for an Edm.DateTimeOffset."""
    if not isinstance(value, str) or not value:
        return None
    try:
        ticks = value[6:-7] if value[-7:] == "+0000)/" else value[6:-2]  # as nearly all are written
        if (
            len(ticks) <= _LONGEST_TICKS
            and ticks.isascii()
            and ticks.isdigit()
            and value[:6] == "/Date("
            and value[-2:] == ")/"
        ):
            return _EPOCH + timedelta(milliseconds=int(ticks))
        if found := _TICKS.match(value):
            return _EPOCH + timedelta(milliseconds=int(found[1]))
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        log.debug("sap.unreadable_date")
        return None


def _since_midnight(value: Scalar) -> timedelta:
    if not isinstance(value, str):
        return timedelta()
    if len(value) == 11 and value[:2] + value[4] + value[7] + value[10] == "PTHMS":  # PT07H40M00S, as nearly all are
        hours, minutes, seconds = value[2:4], value[5:7], value[8:10]
        if (digits := hours + minutes + seconds).isascii() and digits.isdigit():
            return timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    found = _DURATION.match(value)
    if not found:
        return timedelta()
    parts = (int(part or 0) for part in found.groups())
    return timedelta(**dict(zip(("hours", "minutes", "seconds"), parts, strict=True)))


class TimeZones:
    """SAP's names of zones. An unknown one is read as UTC, and logged once."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._zones: dict[str, tzinfo] = {name: ZoneInfo(iana) for name, iana in names.items()}
        # The same open cases are read over and over, and zones are the dearest part of a row.
        self.instant = lru_cache(maxsize=_KNOWN_INSTANTS)(self._instant)

    def _instant(self, date: Scalar, time: Scalar, zone: Scalar) -> datetime | None:
        """A date and a time of a zone, in UTC. Unreadable: None."""
        return self.in_utc(local_date_time(date, time), zone)

    def in_utc(self, local: datetime | None, zone: Scalar) -> datetime | None:
        if local is None:
            return None
        try:
            return local.replace(tzinfo=self._zone(zone)).astimezone(UTC)
        except OverflowError:
            return None

    def _zone(self, name: Scalar) -> tzinfo:
        known = str(name or "").strip()
        if known not in self._zones:
            if known:
                log.warning("sap.unknown_time_zone", zone=known[:20])
            self._zones[known] = UTC
        return self._zones[known]
