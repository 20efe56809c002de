"""The audit trail, as the helpdesk reads it."""

from datetime import datetime

import strawberry

from auth.rules import Action
from auth.visibility import Page, Window
from connectors import people
from connectors.people import AuditAction
from schema.access import Access
from schema.computed import computed
from schema.context import Context
from schema.errors import BadInput
from schema.filters.audit import AuditFilter
from schema.labels import label_field
from schema.node import id_field


@strawberry.type(description="A value of an audit entry.", directives=[Access(action=Action.READ_AUDIT)])
class AuditDetail:
    name: str
    value: str


@strawberry.type(
    description="Something that happened: who signed in, changed rights, wrote, was refused.",
    directives=[Access(action=Action.READ_AUDIT)],
)
class AuditEntry:
    id: strawberry.ID = id_field("AuditEntry", "number")
    number: int = strawberry.field(description="Its place in the trail: one after another, without a gap.")
    at: datetime
    action: AuditAction
    action_label: str = label_field("action")
    actor: str | None = strawberry.field(description="The id of the user or client that did it. Null: nobody known.")
    subject: str | None = strawberry.field(description="Whom or what it was done to.")
    network: str = strawberry.field(description="The network that it came from.")
    request_id: str = strawberry.field(description="The request's id in the log.")
    hash: str = strawberry.field(description="Holds the hash of the entry before: `portal audit verify` checks them.")

    @computed("What else is known.", needs=["details"])
    def details(record: people.AuditEntry, context: Context) -> list[AuditDetail]:
        return [AuditDetail(name=name, value=value) for name, value in sorted(record.details.items())]


async def list_audit(context: Context, given: AuditFilter | None, window: Window) -> Page[people.AuditEntry]:
    """Newest first: the trail is long, and is read from its end. A page at a time, by the entries' numbers."""
    if window.first is None or window.before is not None:
        raise BadInput("The trail is read forwards: ask for 'first' and 'after'.", field="last")
    first = window.first
    trail, given = context.membership.people.audit, given or AuditFilter()
    entries = await trail.entries(
        actions=None if given.actions is None else frozenset(given.actions),
        about=given.about,
        since=given.since,
        until=given.until,
        after=_number(window),
        at_most=first + 1,
    )
    return Page(
        rows=tuple(entries[:first]), has_next=len(entries) > first, has_previous=window.after is not None, total=None
    )


def _number(window: Window) -> int | None:
    return int(window.after.id) if window.after is not None and window.after.id.isdecimal() else None
