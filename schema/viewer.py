"""The viewer: who asks, and what that one may do (R1, R6, R9)."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

import strawberry

from auth.rules import Action, decide, permitted
from auth.viewer import Role
from connectors import records
from connectors.vocabulary import MailTopic
from schema.access import Access
from schema.batch import batched
from schema.calendar_feeds import CalendarFeed
from schema.computed import computed
from schema.context import Context
from schema.exports.fields import Export, own_jobs
from schema.labels import label_field
from schema.session import Session, sessions_of


@strawberry.enum(description="Whether the viewer sees any data.")
class ViewerAccess(Enum):
    GRANTED = strawberry.enum_value("GRANTED", description="Data of the assigned accounts, or of all for an analyst.")
    NO_ACCOUNTS = strawberry.enum_value(
        "NO_ACCOUNTS", description="No account is assigned: there is no data until the helpdesk assigns one (R6)."
    )


@strawberry.type(description="Whom people turn to.", directives=[Access(action=Action.READ_SELF)])
class HelpdeskContact:
    email: str | None
    phone: str | None


@strawberry.type(description="An account that may be assigned.", directives=[Access(action=Action.READ_SELF)])
class Assignable:
    number: str = strawberry.field(description="Customer number, bare.")
    name: str | None
    parent_number: str | None = strawberry.field(description="The account above. Null for the parent account itself.")


@strawberry.type(description="Something that can be told by mail.", directives=[Access(action=Action.READ_SELF)])
class MailChoice:
    topic: MailTopic
    topic_label: str = label_field("topic")
    chosen: bool


@strawberry.type(description="Who asks.", directives=[Access(action=Action.READ_SELF)])
class Viewer:
    subject: str = strawberry.field(description="The user's id: ours, or the provider's of who is known by claims.")
    name: str = strawberry.field(description="Empty where it is not known.")
    email: str | None
    role: Role
    role_label: str = label_field("role")
    parent_account: str | None = strawberry.field(
        name="parentAccountNumber", description="The account the viewer belongs to (R2)."
    )
    locale: str
    time_zone: str = strawberry.field(description="IANA name. What 'today' is depends on it (V25).")
    older_portal: bool = strawberry.field(description="A user of the older portal, who may read alone (R9).")
    frozen_since: date | None = strawberry.field(
        description="From this day on the viewer's data is no longer updated (R9). Null: it is."
    )

    @computed("The assigned accounts' numbers, bare (R2).", needs=["accounts"])
    def account_numbers(record: Any, context: Context) -> list[str]:
        return sorted(record.accounts)

    @batched(
        ViewerAccess | None,
        description="Whether any data can be seen. No error: a list without rows is empty.",
        needs=[],
    )
    async def access(parents: Any, context: Context) -> Any:
        visible = await context.visible()
        granted = bool(visible.scope) or not decide(context.viewer, Action.READ_EQUIPMENT).allowed
        return [ViewerAccess.GRANTED if granted else ViewerAccess.NO_ACCOUNTS for _ in parents]

    attested_at: datetime | None = strawberry.field(
        description="When the viewer confirmed being a professional who uses medical devices. Null: not yet (F16)."
    )

    @computed("Whom to turn to, above all with NO_ACCOUNTS. Null where the deployment names nobody.", needs=[])
    def helpdesk(record: Any, context: Context) -> HelpdeskContact | None:
        contact = context.helpdesk
        return None if contact is None else HelpdeskContact(email=contact.email, phone=contact.phone)

    @batched(
        list[Assignable] | None,
        description="The accounts that the viewer may assign: all under the own parent account (R3). Null for who "
        "assigns none, or any.",
        needs=["parent_account"],
    )
    async def assignable_accounts(parents: Any, context: Context) -> Any:
        viewer = context.viewer
        if viewer.parent_account is None or not decide(viewer, Action.ASSIGN_ACCOUNTS).allowed:
            return [None for _ in parents]
        tree = await context.scopes.hierarchy(viewer.parent_account)
        return [
            [_assignable(row, tree) for row in sorted(tree.values(), key=_by_number) if row.number] for _ in parents
        ]

    @batched(
        list[Session] | None,
        description="The browsers that are signed in as the viewer; the last used first.",
        needs=["subject"],
    )
    async def sessions(parents: Any, context: Context) -> Any:
        return [await sessions_of(context) if context.viewer.kept else [] for _ in parents]

    @batched(
        list[CalendarFeed] | None,
        description="The calendars that other programs read on the viewer's behalf, the oldest first (F8).",
        needs=["subject"],
    )
    async def calendar_feeds(parents: Any, context: Context) -> Any:
        if not context.viewer.kept:
            return [[] for _ in parents]
        found = await context.membership.people.calendar_feeds.of_user(context.viewer.subject)
        return [list(found) for _ in parents]

    @batched(
        list[Export] | None,
        description="The tables that are made for the viewer, or were within a day; the newest first (F9).",
        needs=["subject"],
    )
    async def exports(parents: Any, context: Context) -> Any:
        return [await own_jobs(context) for _ in parents]

    @batched(
        list[MailChoice] | None,
        description="What can be told by mail (F18), and what of it the viewer has chosen (`setMailTopics`). Null for "
        "who is not known by an account of the portal.",
        needs=["subject"],
    )
    async def mail_topics(parents: Any, context: Context) -> Any:
        if not context.viewer.kept or context.viewer.role is Role.PARTNER:
            return [None for _ in parents]
        topics = await context.membership.people.mail_wishes.of_user(context.viewer.subject)
        return [[MailChoice(topic=topic, chosen=topic in topics) for topic in MailTopic] for _ in parents]

    @computed("What the viewer's role may do (R1).")
    def permissions(record: Any, context: Context) -> list[Action]:
        return [action for action in Action if action in permitted(record)]


def _assignable(account: records.Account, tree: Mapping[str, records.Account]) -> Assignable:
    above = tree.get(account.parent_id) if account.parent_id is not None else None
    return Assignable(
        number=account.number or "", name=account.name, parent_number=above.number if above is not None else None
    )


def _by_number(account: records.Account) -> str:
    return account.number or ""
