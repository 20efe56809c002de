"""Accounts: filter and order."""

from enum import Enum

import strawberry

from connectors.queries import AccountQuery, AccountScope, OrderBy
from schema.filters.ordering import OrderDirection
from schema.node import keys_of


@strawberry.enum(description="How a viewer comes to see an account (R4).")
class AccountAccess(Enum):
    ASSIGNED = strawberry.enum_value("ASSIGNED", description="Assigned to the viewer, or under one that is: all of it.")
    RELATED = strawberry.enum_value(
        "RELATED", description="Named by a contract or warranty that the viewer sees: its name and number alone."
    )


@strawberry.input(description="Accounts that match all that is given.")
class AccountFilter:
    ids: list[strawberry.ID] | None = None
    numbers: list[str] | None = strawberry.field(default=None, description="Bare customer numbers.")
    access: AccountAccess | None = None
    text: str | None = strawberry.field(default=None, description="In the name, number or city; case does not matter.")


@strawberry.enum(description="What accounts are ordered by.")
class AccountOrderField(Enum):
    NAME = "name"
    NUMBER = "number"
    CITY = "city"


@strawberry.input
class AccountOrder:
    field: AccountOrderField
    direction: OrderDirection = OrderDirection.ASC


def account_query(scope: AccountScope, given: AccountFilter | None, order: tuple[OrderBy, ...] = ()) -> AccountQuery:
    given = given or AccountFilter()
    return AccountQuery(
        scope=scope,
        order=order,
        ids=keys_of(given.ids, "Account", field="filter.ids"),
        numbers=None if given.numbers is None else tuple(given.numbers),
        text=given.text,
    )
