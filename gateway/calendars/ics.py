"""iCalendar (RFC 5545, 7986) of calendar entries: the same bytes as long as nothing has changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vDuration

from auth.calendar import CalendarEntry
from connectors.records import InstalledProduct, Location
from connectors.vocabulary import CalendarKind
from gateway.calendars.zones import timezone_of
from schema.labels import label

PRODUCT = "-//Portal gateway//Calendar//EN"
_REFRESHED = timedelta(hours=1)


class Place(NamedTuple):
    """The equipment that an entry is about, and where it stands."""

    asset: InstalledProduct | None
    location: Location | None


class Told(NamedTuple):
    """How often an entry has changed, and since when it is as it is."""

    sequence: int
    since: datetime


class Reader(NamedTuple):
    """Who reads it: language and zone, and minutes before an entry at which they want to be reminded (None: never)."""

    locale: str
    zone: str
    alarm_minutes: int | None = None


class Cancelled(NamedTuple):
    """A visit that was planned once, for those hours."""

    id: str
    starts_at: datetime
    ends_at: datetime


def calendar_file(
    name: str,
    entries: Sequence[CalendarEntry],
    places: Mapping[str, Place],
    told: Mapping[str, Told],
    reader: Reader,
    domain: str,
) -> bytes:
    """`places` by equipment number, `told` by entry; `domain` makes the entries' names the world's own."""
    made = _calendar(name, reader, "PUBLISH")
    for entry in entries:
        made.add_component(_event(entry, places.get(entry.asset_id), told[entry.id], reader, domain))
    moments = [moment for entry in entries for moment in (entry.starts_at, entry.ends_at) if moment is not None]
    return _written(made, moments, reader)


def cancellation(visit: Cancelled, told: Told, reader: Reader, domain: str) -> bytes:
    """Takes the visit out of the calendars that it was put into."""
    made = _calendar(label(CalendarKind.VISIT, reader.locale), reader, "CANCEL")
    event = _begun(visit.id, told, domain)
    event.add("summary", label(CalendarKind.VISIT, reader.locale))
    event.add("status", "CANCELLED")
    zone = ZoneInfo(reader.zone)
    event.add("dtstart", visit.starts_at.astimezone(zone))
    event.add("dtend", visit.ends_at.astimezone(zone))
    made.add_component(event)
    return _written(made, [visit.starts_at, visit.ends_at], reader)


def _calendar(name: str, reader: Reader, method: str) -> Calendar:
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    made.add("name", name)
    made.add("x-wr-calname", name)  # what most programs read
    made.add("x-wr-timezone", reader.zone)
    made.add("refresh-interval", vDuration(_REFRESHED), parameters={"value": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    return made


def _event(entry: CalendarEntry, place: Place | None, told: Told, reader: Reader, domain: str) -> Event:
    event = _begun(entry.id, told, domain)
    kind = label(entry.kind, reader.locale)
    asset = None if place is None else place.asset
    event.add("summary", f"{kind}: {(asset.description if asset is not None else None) or entry.asset_id}")
    event.add("categories", [kind])
    event.add("description", "\n".join(_lines(entry, asset)))
    if place is not None and place.location is not None:
        event.add("location", _address(place.location))
    if entry.day is not None:
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")  # nobody is busy because a contract ends
    elif entry.starts_at is not None and entry.ends_at is not None:
        zone = ZoneInfo(reader.zone)
        event.add("dtstart", entry.starts_at.astimezone(zone))
        event.add("dtend", entry.ends_at.astimezone(zone))
    event.add("status", "CONFIRMED")
    if reader.alarm_minutes is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", kind)
        alarm.add("trigger", timedelta(minutes=-reader.alarm_minutes))
        event.add_component(alarm)
    return event


def _begun(key: str, told: Told, domain: str) -> Event:
    event = Event()
    event.add("uid", f"{key}@{domain}")
    event.add("sequence", told.sequence)
    event.add("dtstamp", told.since)
    event.add("last-modified", told.since)
    return event


def _lines(entry: CalendarEntry, asset: InstalledProduct | None) -> list[str]:
    """What is in the systems' own words, and numbers to ask by."""
    order, line = entry.service_order, entry.covering
    lines = [
        entry.description,
        None if asset is None or asset.serial_number is None else f"S/N {asset.serial_number}",
        entry.asset_id,
        None if order is None else order.team,
        None if entry.case is None else entry.case.number,
        None if line is None else f"{line.line.contract_number}/{line.line.number}",
    ]
    return [text for text in lines if text]


def _address(location: Location) -> str:
    town = " ".join(part for part in (location.postal_code, location.city) if part)
    return ", ".join(part for part in (location.name, location.street, town) if part)


def _written(made: Calendar, moments: Sequence[datetime], reader: Reader) -> bytes:
    """With the zone that the moments are told in, before them; UTC needs none."""
    if moments and reader.zone != "UTC":
        made.subcomponents.insert(0, timezone_of(reader.zone, min(moments).date(), max(moments).date()))
    return bytes(made.to_ical())
