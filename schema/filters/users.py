"""Users: filter and order."""

from collections.abc import Callable
from enum import Enum

import strawberry

from auth.viewer import Role
from connectors.people import User
from connectors.vocabulary import UserStatus
from schema.filters.ordering import OrderDirection


@strawberry.input(description="Users that match all that is given.")
class UserFilter:
    text: str | None = strawberry.field(default=None, description="In the name or address; case does not matter.")
    roles: list[Role] | None = None
    statuses: list[UserStatus] | None = None
    account_numbers: list[str] | None = strawberry.field(default=None, description="Assigned to one of these accounts.")


@strawberry.enum(description="What users are ordered by.")
class UserOrderField(Enum):
    NAME = "name"
    EMAIL = "email"
    CREATED_AT = "created_at"
    LAST_ACTIVE_AT = "last_active_at"


@strawberry.input
class UserOrder:
    field: UserOrderField
    direction: OrderDirection = OrderDirection.ASC


def user_matches(given: UserFilter | None) -> Callable[[User], bool]:
    if given is None:
        return lambda user: True
    text = (given.text or "").strip().casefold()
    roles = None if given.roles is None else frozenset(given.roles)
    statuses = None if given.statuses is None else frozenset(given.statuses)
    accounts = None if given.account_numbers is None else frozenset(given.account_numbers)

    def matches(user: User) -> bool:
        return (
            (text in user.name.casefold() or text in user.email.casefold())
            and (roles is None or user.role in roles)
            and (statuses is None or user.status in statuses)
            and (accounts is None or not user.accounts.isdisjoint(accounts))
        )

    return matches
