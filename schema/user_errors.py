"""What a person did wrong in a form, told in the mutation's answer and in the person's language."""

from enum import Enum

import strawberry

from auth.directory import Fault, Unfit
from auth.rules import Action
from schema.access import Access
from schema.labels import label

UserErrorCode = Enum("UserErrorCode", {fault.name: fault.value for fault in Fault})  # type: ignore[misc]  # one list of faults, two names
strawberry.enum(UserErrorCode, description="What is wrong with what was sent.")


@strawberry.type(
    description="What is wrong with what was sent. Nothing was changed.",
    directives=[Access(action=Action.SUBMIT_REQUESTS)],
)
class UserError:
    code: UserErrorCode
    message: str = strawberry.field(description="For people, in their language.")
    field: str | None = strawberry.field(description="The input field at fault, as `accountNumbers`.")


def user_error(unfit: Unfit, locale: str) -> UserError:
    code = UserErrorCode(unfit.fault.value)
    return UserError(code=code, message=label(code, locale), field=unfit.field)
