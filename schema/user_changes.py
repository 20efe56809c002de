"""Managing users (R3, F14): invite, role, assignments, disable, enable."""

from typing import Any

import strawberry

from auth.directory import Fault, Unfit
from auth.rules import Action
from auth.viewer import Role
from schema.access import Access
from schema.changes import authority, changing, key_of
from schema.context import Context
from schema.labels import locales
from schema.lazy import UserType
from schema.user_errors import UserError


@strawberry.type(description="The user as changed, or what was wrong.", directives=[Access(action=Action.READ_USERS)])
class UserPayload:
    user: UserType | None = strawberry.field(default=None, description="As it is now. Null where nothing was done.")
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="What was wrong; empty where it was done."
    )


@strawberry.input
class InviteUserInput:
    email: str
    role: Role = strawberry.field(description="READER, USER or MANAGER.")
    account_numbers: list[str] = strawberry.field(description="To be assigned: under your own parent account.")
    name: str = ""
    locale: str = strawberry.field(default="en", description="The language of the mails, as pl.")


@strawberry.input(description="Names a user.")
class UserInput:
    user_id: strawberry.ID
    version: int | None = strawberry.field(
        default=None, description="The version that you have seen: nothing is changed where it is another by now."
    )


@strawberry.input
class ChangeUserRoleInput(UserInput):
    role: Role


@strawberry.input
class ChangeUserAssignmentsInput(UserInput):
    account_numbers: list[str] = strawberry.field(
        description="All that are to be assigned, in place of those that are."
    )


@changing(
    UserPayload,
    action=Action.MANAGE_USERS,
    description="Add a user of the viewer's own parent account. The activation link is sent by mail (R3, R7).",
)
async def invite_user(context: Context, input: InviteUserInput) -> UserPayload:
    if input.locale not in locales():
        raise Unfit(Fault.MALFORMED, "locale")
    user = await context.membership.directory.invite(
        authority(context),
        email=input.email,
        name=input.name,
        role=input.role,
        accounts=input.account_numbers,
        locale=input.locale,
        time_zone=context.viewer.time_zone,  # most likely theirs, too; they can choose another
    )
    return _payload(user)


@changing(UserPayload, action=Action.MANAGE_USERS, description="Change what a user may do (R3).")
async def change_user_role(context: Context, input: ChangeUserRoleInput) -> UserPayload:
    key = key_of(input.user_id, "User", "userId")
    return _payload(await context.membership.directory.change_role(authority(context), key, input.role, input.version))


@changing(
    UserPayload,
    action=Action.ASSIGN_ACCOUNTS,
    description="Change which accounts a user sees, never beyond the user's parent account (R2, R3).",
)
async def change_user_assignments(context: Context, input: ChangeUserAssignmentsInput) -> UserPayload:
    key = key_of(input.user_id, "User", "userId")
    return _payload(
        await context.membership.directory.assign(authority(context), key, input.account_numbers, input.version)
    )


@changing(
    UserPayload,
    action=Action.MANAGE_USERS,
    description="Let a user in nowhere any more, from this moment on: all sessions and tokens end.",
)
async def disable_user(context: Context, input: UserInput) -> UserPayload:
    key = key_of(input.user_id, "User", "userId")
    return _payload(await context.membership.directory.disable(authority(context), key, input.version))


@changing(
    UserPayload, action=Action.MANAGE_USERS, description="Let a disabled user in again, with the accounts that were."
)
async def enable_user(context: Context, input: UserInput) -> UserPayload:
    key = key_of(input.user_id, "User", "userId")
    return _payload(await context.membership.directory.enable(authority(context), key, input.version))


@changing(UserPayload, action=Action.MANAGE_USERS, description="Send an invited user a new activation link (R7).")
async def resend_activation(context: Context, input: UserInput) -> UserPayload:
    key = key_of(input.user_id, "User", "userId")
    return _payload(await context.membership.directory.resend_activation(authority(context), key))


def _payload(user: Any) -> UserPayload:  # Any: the record that the type is a view over
    return UserPayload(user=user)
