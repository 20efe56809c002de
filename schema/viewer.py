"""The viewer: who asks, and what that one may do (R1, R6, R9)."""

from datetime import date
from enum import Enum
from typing import Any

import strawberry

from auth.rules import Action, decide, permitted
from auth.viewer import Role
from schema.access import Access
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from schema.labels import label_field


@strawberry.enum(description="Whether the viewer sees any data.")
class ViewerAccess(Enum):
    GRANTED = strawberry.enum_value("GRANTED", description="Data of the assigned accounts, or of all for an analyst.")
    NO_ACCOUNTS = strawberry.enum_value(
        "NO_ACCOUNTS", description="No account is assigned: there is no data until the helpdesk assigns one (R6)."
    )


@strawberry.type(description="Who asks.", directives=[Access(action=Action.READ_SELF)])
class Viewer:
    subject: str = strawberry.field(description="The user's id at the identity provider.")
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

    @computed("What the viewer's role may do (R1).")
    def permissions(record: Any, context: Context) -> list[Action]:
        return [action for action in Action if action in permitted(record)]
