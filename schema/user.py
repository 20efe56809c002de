"""Users: the people of a customer, as managers and the helpdesk see them (R2, R3, F14)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

import strawberry

from auth.directory import Unfit
from auth.life_cycle import deactivates_at
from auth.rules import Action
from auth.viewer import Role
from auth.visibility import Page, Window, cut
from connectors import people, records
from connectors.vocabulary import UserStatus
from schema.access import Access
from schema.batch import batched
from schema.changes import authority
from schema.computed import computed
from schema.context import Context
from schema.filters.users import UserFilter, user_matches
from schema.labels import label_field
from schema.node import Node, id_field, view_of


@strawberry.type(description="An account that is assigned to a user.", directives=[Access(action=Action.READ_USERS)])
class Assignment:
    number: str = strawberry.field(description="Customer number, bare.")
    name: str | None = strawberry.field(description="Null where the account is not under the parent account any more.")


@strawberry.type(
    description="A person who uses the portal. Managers see those of their own parent account (R3).",
    directives=[Access(action=Action.READ_USERS)],
)
class User(Node):
    is_type_of = view_of(people.User)

    id: strawberry.ID = id_field("User")
    email: str
    name: str
    role: Role
    role_label: str = label_field("role")
    status: UserStatus
    status_label: str = label_field("status")
    parent_account: str | None = strawberry.field(
        name="parentAccountNumber", description="The account the user belongs to (R2)."
    )
    locale: str
    created_at: datetime
    last_active_at: datetime | None = strawberry.field(description="To the hour.")
    attested_at: datetime | None = strawberry.field(
        description="When the user confirmed being a professional who uses medical devices (F16)."
    )
    needs_helpdesk: bool = strawberry.field(
        description="The assignments were lost by inactivity; only the helpdesk gives new ones (R6)."
    )
    older_portal: bool = strawberry.field(description="A user of the older portal, who may read alone (R9).")
    frozen_since: date | None = strawberry.field(description="From this day on the data is no longer updated (R9).")
    version: int = strawberry.field(description="Counts the changes: send it back to change what you have seen.")

    @computed("The assigned accounts' numbers, bare.", needs=["accounts"])
    def account_numbers(record: Any, context: Context) -> list[str]:
        return sorted(record.accounts)

    @computed("When the user will be deactivated, unless active before (R6). Null: never.", needs=None)
    def deactivates_at(record: Any, context: Context) -> datetime | None:
        return deactivates_at(record)

    @batched(list[Assignment] | None, description="The assigned accounts by name.", needs=["accounts"])
    async def assignments(parents: Sequence[people.User], context: Context) -> Sequence[list[Assignment]]:
        names = {parent: await _names(context, parent) for parent in {user.parent_account for user in parents}}
        return [
            [Assignment(number=number, name=names[user.parent_account].get(number)) for number in sorted(user.accounts)]
            for user in parents
        ]


async def _names(context: Context, parent_account: str | None) -> Mapping[str, str | None]:
    """The names of the accounts under a parent account, by number."""
    if parent_account is None:
        return {}
    tree = await context.scopes.hierarchy(parent_account)
    return {account.number: account.name for account in tree.values() if account.number is not None}


async def list_users(context: Context, given: UserFilter | None, window: Window) -> Page[people.User]:
    found = await context.membership.directory.users(authority(context))
    matches = user_matches(given)
    return cut([user for user in found if matches(user)], window, key=attrgetter("id"))


async def find_users(context: Context, keys: Sequence[str]) -> Mapping[str, people.User]:
    found = {}
    for key in keys:
        try:
            found[key] = await context.membership.directory.user(authority(context), key)
        except Unfit:
            continue  # not there, or not the viewer's to see
    return found


async def users_of(accounts: Sequence[records.Account], context: Context) -> Sequence[list[people.User]]:
    """Who sees each account: assigned to it or to one above it, within the own parent account (R2)."""
    lineage = await context.scopes.lineage([account.id for account in accounts])
    by_number: defaultdict[str, list[people.User]] = defaultdict(list)
    users = await context.membership.directory.users(authority(context))
    for user in users:
        for number in user.accounts:
            by_number[number].append(user)
    answers = []
    for account in accounts:
        above = lineage.get(account.id, frozenset())
        seen = {user.id: user for number in above for user in by_number[number] if user.parent_account in above}
        answers.append(sorted(seen.values(), key=attrgetter("created_at", "id")))
    return answers
