"""Contracts and warranties: filter and order. Both are read whole and narrowed here: their system knows no filters."""

from collections.abc import Callable
from datetime import date
from enum import Enum

import strawberry

from connectors.records import ServiceContract, Warranty
from connectors.vocabulary import ContractStatus
from schema.expiry import Ending, ExpiryStatus, expiry_status
from schema.filters.ordering import OrderDirection


@strawberry.input(description="Service contracts that match all that is given.")
class ServiceContractFilter:
    numbers: list[str] | None = None
    status: list[ContractStatus] | None = None
    expiry_status: list[ExpiryStatus] | None = None
    ends_from: date | None = strawberry.field(default=None, description="Ends on that day or later.")
    ends_to: date | None = strawberry.field(default=None, description="Ends on that day or earlier.")
    account_numbers: list[str] | None = strawberry.field(default=None, description="Sold to, or shipped to, those.")
    asset_ids: list[str] | None = strawberry.field(default=None, description="A line covers one of those assets (V2).")
    text: str | None = strawberry.field(
        default=None, description="In the number, description or purchase order; case does not matter."
    )


@strawberry.input(description="Warranties that match all that is given.")
class WarrantyFilter:
    expiry_status: list[ExpiryStatus] | None = None
    ends_from: date | None = strawberry.field(default=None, description="Ends on that day or later.")
    ends_to: date | None = strawberry.field(default=None, description="Ends on that day or earlier.")
    account_numbers: list[str] | None = None
    asset_ids: list[str] | None = strawberry.field(default=None, description="Of one of those assets (V2).")


@strawberry.enum(description="What service contracts are ordered by.")
class ServiceContractOrderField(Enum):
    NUMBER = "number"
    START_DATE = "start_date"
    END_DATE = "end_date"
    STATUS = "status"


@strawberry.input
class ServiceContractOrder:
    field: ServiceContractOrderField
    direction: OrderDirection = OrderDirection.ASC


@strawberry.enum(description="What warranties are ordered by.")
class WarrantyOrderField(Enum):
    ASSET_ID = "asset_id"
    START_DATE = "start_date"
    END_DATE = "end_date"


@strawberry.input
class WarrantyOrder:
    field: WarrantyOrderField
    direction: OrderDirection = OrderDirection.ASC


def contract_matches(given: ServiceContractFilter | None, today: date) -> Callable[[ServiceContract], bool]:
    asked = given or ServiceContractFilter()
    text = (asked.text or "").strip().casefold()

    def matches(row: ServiceContract) -> bool:
        return (
            (asked.numbers is None or row.number in asked.numbers)
            and (asked.status is None or row.status in asked.status)
            and _ends(row, asked, today)
            and (
                asked.account_numbers is None
                or row.sold_to in asked.account_numbers
                or row.ship_to in asked.account_numbers
            )
            and (
                asked.asset_ids is None
                or any(line.asset_id in asked.asset_ids and not line.rejected for line in row.lines)
            )
            and any(text in (value or "").casefold() for value in (row.number, row.description, row.purchase_order))
        )

    return matches


def warranty_matches(given: WarrantyFilter | None, today: date) -> Callable[[Warranty], bool]:
    asked = given or WarrantyFilter()

    def matches(row: Warranty) -> bool:
        return (
            _ends(row, asked, today)
            and (asked.account_numbers is None or row.account_number in asked.account_numbers)
            and (asked.asset_ids is None or row.asset_id in asked.asset_ids)
        )

    return matches


def _ends(row: Ending, asked: ServiceContractFilter | WarrantyFilter, today: date) -> bool:
    if asked.expiry_status is not None and expiry_status(row, today) not in asked.expiry_status:
        return False
    if asked.ends_from is None and asked.ends_to is None:
        return True
    if row.open_ended:
        return asked.ends_to is None
    if row.end_date is None:
        return False
    return (asked.ends_from is None or row.end_date >= asked.ends_from) and (
        asked.ends_to is None or row.end_date <= asked.ends_to
    )
