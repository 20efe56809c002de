"""The viewer's own browser sessions, and what viewers change about themselves."""

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

import msgspec
import strawberry

from auth.directory import Fault, Unfit
from auth.rules import Action
from connectors import people
from connectors.errors import SourceConflict
from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import MailTopic
from schema.access import Access
from schema.changes import changing, key_of
from schema.computed import computed
from schema.context import Context
from schema.labels import locales
from schema.lazy import ViewerType
from schema.node import id_field
from schema.user_errors import UserError

STATEMENT = "2026-1"
"""The wording that is confirmed (F16); another wording gets another name."""


@strawberry.type(description="A browser that is signed in as the viewer.", directives=[Access(action=Action.READ_SELF)])
class Session:
    id: strawberry.ID = id_field("Session")
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    device: str = strawberry.field(description="What the browser says it is.")
    network: str = strawberry.field(description="The network that it signed in from.")

    @computed("Whether the person signed in at an organisation's own provider.", needs=None)
    def at_organisation(record: people.Session, context: Context) -> bool:
        return record.provider is not None


@strawberry.type(description="The viewer afterwards, or what was wrong.", directives=[Access(action=Action.READ_SELF)])
class ViewerPayload:
    viewer: ViewerType | None = strawberry.field(default=None, description="As it is now. Null where nothing was done.")
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="What was wrong; empty where it was done."
    )


@strawberry.input
class EndSessionInput:
    session_id: strawberry.ID


@changing(ViewerPayload, action=Action.CHANGE_SELF, description="Sign one of the viewer's own browsers out.")
async def end_session(context: Context, input: EndSessionInput) -> Any:
    key = key_of(input.session_id, "Session", "sessionId")
    if key not in {session.id for session in await sessions_of(context)}:
        raise Unfit(Fault.NOT_FOUND, "sessionId")
    event = _event(context, AuditAction.SESSION_REVOKED)
    await context.membership.people.sessions.end([key], event)
    return _payload(context.viewer)


@changing(
    ViewerPayload,
    action=Action.CHANGE_SELF,
    description="Confirm being a professional who uses medical devices. Recorded once (F16).",
)
async def confirm_professional_use(context: Context) -> Any:
    user = (await context.membership.people.users.by_id([context.viewer.subject])).get(context.viewer.subject)
    if user is None:
        raise Unfit(Fault.NOT_FOUND)
    attested = await context.membership.people.users.attest(user, STATEMENT, _event(context, AuditAction.ATTESTED))
    context.viewer = msgspec.structs.replace(context.viewer, attested_at=attested.attested_at)
    return _payload(context.viewer)


@strawberry.input
class SetPreferencesInput:
    locale: str | None = strawberry.field(default=None, description="As pl.")
    time_zone: str | None = strawberry.field(default=None, description="IANA name, as Europe/Warsaw.")


@changing(
    ViewerPayload,
    action=Action.CHANGE_SELF,
    description="Choose the language of labels and mails (F17), and the time zone that 'today' is in (V25).",
)
async def set_preferences(context: Context, input: SetPreferencesInput) -> Any:
    changes = {}
    if input.locale is not None:
        if input.locale not in locales():
            raise Unfit(Fault.MALFORMED, "locale")
        changes["locale"] = input.locale
    if input.time_zone is not None:
        if input.time_zone not in available_timezones():
            raise Unfit(Fault.MALFORMED, "timeZone")
        changes["time_zone"] = input.time_zone
    users = context.membership.people.users
    user = (await users.by_id([context.viewer.subject])).get(context.viewer.subject)
    if user is None:
        raise Unfit(Fault.NOT_FOUND)
    try:
        await users.change(user, _event(context, AuditAction.PREFERENCES_CHANGED), **changes)
    except SourceConflict:
        raise Unfit(Fault.CHANGED_MEANWHILE) from None
    context.viewer = msgspec.structs.replace(context.viewer, **changes)
    return _payload(context.viewer)


@strawberry.input
class SetMailTopicsInput:
    topics: list[MailTopic] = strawberry.field(description="These and no others; none: no mails.")


@changing(
    ViewerPayload,
    action=Action.CHANGE_SELF,
    description="Choose what to be told of by mail (F18), in the viewer's language: of equipment and cases that the "
    "viewer may see at that moment. Each mail can be stopped by one click.",
)
async def set_mail_topics(context: Context, input: SetMailTopicsInput) -> Any:
    if not context.viewer.kept:
        raise Unfit(Fault.NOT_FOUND)
    event = _event(context, AuditAction.PREFERENCES_CHANGED)
    await context.membership.people.mail_wishes.set(context.viewer.subject, frozenset(input.topics), event)
    return _payload(context.viewer)


async def sessions_of(context: Context) -> list[people.Session]:
    """Those that have not come to their end; the last used first."""
    found = await context.membership.people.sessions.of_user(
        context.viewer.subject, context.now, idle_since=context.now - context.session_idle
    )
    return list(found)


def _event(context: Context, action: AuditAction) -> AuditEvent:
    who, where = context.viewer.subject, context.where
    return AuditEvent(action=action, actor=who, subject=who, network=where.network, request_id=where.request_id)


def _payload(viewer: Any) -> Any:  # Any: the record that the type is a view over
    return ViewerPayload(viewer=viewer)
