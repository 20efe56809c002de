"""Locations: filter and order."""

from enum import Enum

import strawberry

from connectors.queries import AccountScope, LocationQuery, OrderBy
from schema.filters.ordering import OrderDirection
from schema.node import keys_of


@strawberry.input(description="Locations that match all that is given.")
class LocationFilter:
    ids: list[strawberry.ID] | None = None
    account_ids: list[strawberry.ID] | None = None
    text: str | None = strawberry.field(
        default=None, description="In the description, functional location or city; case does not matter."
    )


@strawberry.enum(description="What locations are ordered by.")
class LocationOrderField(Enum):
    DESCRIPTION = "name"
    CITY = "city"


@strawberry.input
class LocationOrder:
    field: LocationOrderField
    direction: OrderDirection = OrderDirection.ASC


def location_query(scope: AccountScope, given: LocationFilter | None, order: tuple[OrderBy, ...] = ()) -> LocationQuery:
    given = given or LocationFilter()
    return LocationQuery(
        scope=scope,
        order=order,
        ids=keys_of(given.ids, "Location", field="filter.ids"),
        account_ids=keys_of(given.account_ids, "Account", field="filter.accountIds"),
        text=given.text,
    )
