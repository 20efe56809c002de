"""Requests for access and contact: filter and order."""

from enum import Enum

import strawberry

from connectors.queries import OrderBy
from connectors.vocabulary import RequestStatus
from schema.filters.ordering import OrderDirection

OLDEST_FIRST = (OrderBy("created_at"),)


@strawberry.input(description="Requests that match all that is given.")
class RequestFilter:
    statuses: list[RequestStatus] | None = None


@strawberry.enum(description="What requests are ordered by.")
class RequestOrderField(Enum):
    CREATED_AT = "created_at"
    STATUS = "status"


@strawberry.input
class RequestOrder:
    field: RequestOrderField
    direction: OrderDirection = OrderDirection.ASC
