"""`/calendars` and `/feeds`: iCalendar files, each time with the rights of that moment (F8)."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import Response

from auth.calendar import CalendarEntry, Days, EverythingAsked, entries_of, visit_entry, visit_hours
from auth.calendar_links import CalendarOf
from auth.credentials import Where
from auth.rules import Action, decide
from auth.tokens import InvalidToken
from auth.viewer import Viewer
from auth.visibility import Visibility
from connectors.errors import ConnectorError
from connectors.people import CalendarFeed
from connectors.people_ports import People
from connectors.transport.deadline import deadline
from gateway.calendars.ics import Cancelled, Place, Reader, Told, calendar_file, cancellation
from gateway.identity.origin import network_of
from gateway.link_holder import holder_of
from gateway.mail.messages import texts
from gateway.refusal import Refusal, not_now
from gateway.request_log import request_id_of
from gateway.sealing import NotOurs
from gateway.wiring import Gateway
from schema.errors import ErrorCode

log = structlog.get_logger(__name__)

_BEHIND, _AHEAD = timedelta(days=60), timedelta(days=400)
"""What a feed holds, from today."""

_KIND = "calendar"
_USED_EVERY = timedelta(hours=1)
_RETRY_AFTER = 60  # seconds
_TYPE = "text/calendar; charset=utf-8"


class CalendarEndpoint:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._links = gateway.calendar_links
        self._timeout = gateway.settings.server.request_timeout
        self._domain = urlsplit(gateway.settings.server.address).hostname or "portal"

    async def calendar(self, request: Request) -> Response:
        """A link of the graph. What is not there (any more), or not the viewer's (any more), is 404."""

        async def body() -> bytes:
            opened = self._links.opened(request.path_params["file"])
            viewer = await holder_of(request, opened.viewer, self._gateway.authentication)
            return await self._seen(request, viewer, lambda visible: self._of(visible, viewer, opened.of))

        return await self._answered(request, body, {"cache-control": "private, no-store"}, name="calendar.ics")

    async def feed(self, request: Request) -> Response:
        """What the owner of a feed may see now."""

        async def body() -> bytes:
            feed, viewer = await self._feed(request.path_params["file"])
            return await self._seen(request, viewer, lambda visible: self._of_feed(visible, viewer, feed))

        return await self._answered(request, body, {"cache-control": "private, no-cache"}, name=None)

    async def _answered(
        self, request: Request, work: Callable[[], Awaitable[bytes]], headers: dict[str, str], *, name: str | None
    ) -> Response:
        try:
            with deadline(self._timeout):
                body = await work()
        except (NotOurs, InvalidToken):
            told = "There is no such calendar, or its time is over."
            return Refusal(404, told, code=ErrorCode.NOT_FOUND).response()
        except Refusal as refusal:
            return refusal.response()
        except ConnectorError as error:
            log.error("calendar.unavailable", reason=str(error))
            told = f"The calendar can't be had at the moment: {error.message}."
            return not_now(told, error.system, retry_after=_RETRY_AFTER).response()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers |= {"etag": etag, "content-type": _TYPE}
        if name is not None:
            headers["content-disposition"] = f'attachment; filename="{name}"'
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers)

    async def _seen(self, request: Request, viewer: Viewer, work: Callable[[Visibility], Awaitable[bytes]]) -> bytes:
        if not decide(viewer, Action.READ_EQUIPMENT).allowed:
            raise NotOurs
        where = Where(network_of(request), request_id_of(request.scope))
        context = self._gateway.context_for(viewer, where)
        try:
            return await work(await context.visible())
        finally:
            context.close()

    async def _of(self, visible: Visibility, viewer: Viewer, of: CalendarOf) -> bytes:
        reader = Reader(viewer.locale, viewer.time_zone, of.alarm_minutes)
        if of.visit is not None:
            return await self._of_visit(visible, of.visit, reader)
        if of.first is None or of.last is None:
            raise NotOurs
        days = Days(of.first, of.last, ZoneInfo(viewer.time_zone))
        try:
            entries = await entries_of(visible, viewer, of.view, days)
        except EverythingAsked:
            raise NotOurs from None
        return await self._file(visible, _name(viewer.locale), entries, reader)

    async def _of_feed(self, visible: Visibility, viewer: Viewer, feed: CalendarFeed) -> bytes:
        today = viewer.today(self._gateway.clock())
        days = Days(today - _BEHIND, today + _AHEAD, ZoneInfo(viewer.time_zone))
        try:
            entries = await entries_of(visible, viewer, feed.view, days)
        except EverythingAsked:
            raise NotOurs from None
        return await self._file(
            visible, feed.name, entries, Reader(viewer.locale, viewer.time_zone, feed.alarm_minutes)
        )

    async def _of_visit(self, visible: Visibility, number: str, reader: Reader) -> bytes:
        """A visit that is not planned any more is called off in the calendars that it was put into."""
        order = (await visible.service_orders.by_id([number])).get(number)
        if order is None:
            raise NotOurs
        hours = visit_hours(order)
        if hours is not None:
            entry = visit_entry(visible.service_orders.asset_of(order) or "", order, *hours)
            return await self._file(visible, _name(reader.locale), [entry], reader)
        key = f"visit-{number}"
        known = None if self._people is None else await self._people.known_states.known(_KIND, key)
        if known is None:
            raise NotOurs
        start, end, *_ = known.split(" ")
        visit = Cancelled(key, datetime.fromisoformat(start), datetime.fromisoformat(end))
        told = await self._told({key: f"{start} {end} cancelled"})
        return cancellation(visit, told[key], reader, self._domain)

    async def _file(self, visible: Visibility, name: str, entries: Sequence[CalendarEntry], reader: Reader) -> bytes:
        assets = await visible.installed_products.by_asset_id(entry.asset_id for entry in entries)
        ids = [asset.location_id for asset in assets.values() if asset.location_id is not None]
        locations = await visible.locations.by_id(ids)
        places = {key: Place(asset, locations.get(asset.location_id or "")) for key, asset in assets.items()}
        told = await self._told({entry.id: _state(entry, places.get(entry.asset_id)) for entry in entries})
        return calendar_file(name, entries, places, told, reader, self._domain)

    async def _told(self, states: dict[str, str]) -> dict[str, Told]:
        now = self._gateway.clock().replace(microsecond=0)
        if self._people is None:
            return dict.fromkeys(states, Told(0, now))
        counted = await self._people.known_states.counted(_KIND, states, now)
        return {key: Told(*found) for key, found in counted.items()}

    async def _feed(self, file: str) -> tuple[CalendarFeed, Viewer]:
        """Raises NotOurs, InvalidToken: its owner is not let in any more."""
        if self._people is None:
            raise NotOurs
        feed = await self._people.calendar_feeds.feed(self._links.feed_id(file))
        if feed is None:
            raise NotOurs
        user = (await self._people.users.by_id([feed.user_id])).get(feed.user_id)
        if user is None:
            raise NotOurs
        viewer = await self._gateway.authentication.of_user(user)
        now = self._gateway.clock()
        if feed.last_used_at is None or now - feed.last_used_at > _USED_EVERY:
            await self._people.calendar_feeds.used(feed.id, now)
        return feed, viewer

    @property
    def _people(self) -> People | None:
        return None if self._gateway.membership is None else self._gateway.membership.people


def _name(locale: str) -> str:
    """What the portal calls itself where it writes to people."""
    return str(texts(locale)["layout"]["closing"])


def _state(entry: CalendarEntry, place: Place | None) -> str:
    """The same as long as nothing that somebody reads is another. Hours first: a visit may be called off later."""
    hours = [moment.isoformat() for moment in (entry.starts_at, entry.ends_at) if moment is not None]
    asset = None if place is None else place.asset
    location = None if place is None else place.location
    words = (
        entry.description,
        asset and (asset.description, asset.serial_number),
        location and (location.name, location.street, location.postal_code, location.city),
        entry.day and entry.day.isoformat(),
        entry.service_order and entry.service_order.team,
    )
    return " ".join([*hours, hashlib.sha256(repr(words).encode()).hexdigest()[:16]])
