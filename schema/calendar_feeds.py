"""Calendars in other programs (F8): a file of a view, and feeds that are read by a secret address until revoked."""

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import strawberry

from auth.calendar_links import CalendarOf
from auth.directory import Fault, Unfit, checked_text
from auth.rules import Action
from connectors import people
from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import CalendarKind
from schema.access import Access
from schema.batch import batched
from schema.calendar import (
    FromDay,
    Kinds,
    ToDay,
    asks_for_everything,
    days_of,
    everything_asked,
    view_of_ids,
)
from schema.changes import changing, key_of
from schema.computed import computed
from schema.context import Context
from schema.labels import label
from schema.node import id_field
from schema.user_errors import UserError

MOST_FEEDS = 20
_LONGEST_NAME = 100
_LONGEST_ALARM = 14 * 24 * 60

AlarmMinutes = Annotated[
    int | None, strawberry.argument(description="Minutes before each entry at which to remind; left out: never.")
]


@strawberry.type(
    description="A calendar that other programs read by a secret address, as Outlook, Google or Apple's. It holds what "
    "its owner may see at that moment, from 60 days ago to 400 days ahead.",
    directives=[Access(action=Action.READ_SELF)],
)
class CalendarFeed:
    id: strawberry.ID = id_field("CalendarFeed")
    name: str
    alarm_minutes: int | None = strawberry.field(description="Minutes before each entry. Null: nobody is reminded.")
    created_at: datetime
    last_used_at: datetime | None = strawberry.field(description="When some program read it, to the hour.")

    @computed("Whoever has this address reads the calendar: it is as good as a password.", needs=[])
    def url(record: people.CalendarFeed, context: Context) -> str:
        return context.calendar_links.feed(record.id)

    @computed("What it holds, in the viewer's language.", needs=[])
    def kind_labels(record: people.CalendarFeed, context: Context) -> list[str]:
        kinds = tuple(CalendarKind) if record.view.kinds is None else record.view.kinds
        return [label(kind, context.viewer.locale) for kind in kinds]


@strawberry.type(description="The feed, or what was wrong.", directives=[Access(action=Action.READ_SELF)])
class CalendarFeedPayload:
    feed: CalendarFeed | None = strawberry.field(default=None, description="Null where nothing was done.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What was wrong.")


@strawberry.input(description="What a calendar is of: all of the viewer's equipment, where nothing is named.")
class CreateCalendarFeedInput:
    name: str = strawberry.field(description="What programs call it; at most 100 characters.")
    kinds: list[CalendarKind] | None = None
    account_ids: list[strawberry.ID] | None = None
    location_ids: list[strawberry.ID] | None = None
    installed_product_ids: list[strawberry.ID] | None = None
    alarm_minutes: int | None = None


@strawberry.input
class RevokeCalendarFeedInput:
    feed_id: strawberry.ID


@changing(
    CalendarFeedPayload,
    action=Action.CHANGE_SELF,
    description="Make a calendar that other programs read by a secret address (F8).",
)
async def create_calendar_feed(context: Context, input: CreateCalendarFeedInput) -> Any:
    name = checked_text(input.name, "name", at_most=_LONGEST_NAME, required=True)
    view = view_of_ids(input.kinds, input.account_ids, input.location_ids, input.installed_product_ids)
    alarm = checked_alarm(input.alarm_minutes)
    if not context.viewer.kept:
        raise Unfit(Fault.NOT_FOUND)
    if await asks_for_everything(context, view):
        raise Unfit(Fault.REQUIRED, "accountIds")
    feeds = context.membership.people.calendar_feeds
    if len(await feeds.of_user(context.viewer.subject)) >= MOST_FEEDS:
        raise Unfit(Fault.TOO_MANY)
    feed = people.CalendarFeed(
        id=str(uuid4()),
        user_id=context.viewer.subject,
        name=name,
        view=view,
        alarm_minutes=alarm,
        created_at=context.now,
    )
    await feeds.add(feed, _event(context, AuditAction.CALENDAR_FEED_ADDED, feed.id))
    return _payload(feed)


@changing(
    CalendarFeedPayload,
    action=Action.CHANGE_SELF,
    description="Whoever still reads the calendar by its address finds nothing any more.",
)
async def revoke_calendar_feed(context: Context, input: RevokeCalendarFeedInput) -> Any:
    key = key_of(input.feed_id, "CalendarFeed", "feedId")
    feeds = context.membership.people.calendar_feeds
    event = _event(context, AuditAction.CALENDAR_FEED_REVOKED, key)
    if not context.viewer.kept or not await feeds.revoke(context.viewer.subject, key, event):
        raise Unfit(Fault.NOT_FOUND, "feedId")
    return _payload(None)


@batched(
    str | None,
    description="A link to a calendar as an iCalendar file (F8), for the viewer alone and for a few minutes.",
    needs=[],
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
async def calendar_url(
    parents: Any,
    context: Context,
    *,
    from_: FromDay,
    to: ToDay,
    kinds: Kinds = None,
    account_ids: list[strawberry.ID] | None = None,
    location_ids: list[strawberry.ID] | None = None,
    installed_product_ids: list[strawberry.ID] | None = None,
    alarm_minutes: AlarmMinutes = None,
) -> Any:
    days_of(context, from_, to)
    view = view_of_ids(kinds, account_ids, location_ids, installed_product_ids)
    if await asks_for_everything(context, view):
        raise everything_asked()
    of = CalendarOf(view=view, first=from_, last=to, alarm_minutes=_bounded(alarm_minutes))
    return [context.calendar_links.calendar(context.viewer, of) for _ in parents]


def checked_alarm(minutes: int | None) -> int | None:
    if minutes is not None and not 0 <= minutes <= _LONGEST_ALARM:
        raise Unfit(Fault.MALFORMED, "alarmMinutes")
    return minutes


def _bounded(minutes: int | None) -> int | None:
    return None if minutes is None else min(max(minutes, 0), _LONGEST_ALARM)


def _event(context: Context, action: AuditAction, feed_id: str) -> AuditEvent:
    who, where = context.viewer.subject, context.where
    details = {"feed": feed_id}
    return AuditEvent(
        action=action, actor=who, subject=who, details=details, network=where.network, request_id=where.request_id
    )


def _payload(feed: Any) -> Any:  # Any: the record that the type is a view over
    return CalendarFeedPayload(feed=feed)
