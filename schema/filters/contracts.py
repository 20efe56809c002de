"""Contracts and warranties: filter and order. Both are read whole and narrowed here: their system knows no filters."""

from collections.abc import Callable, Iterable
from datetime import date
from enum import Enum
from typing import NamedTuple

import strawberry

from auth.visibility import Visibility
from connectors.queries import InstalledProductQuery, OrderBy
from connectors.records import ServiceContract, Warranty
from connectors.vocabulary import ContractStatus
from schema.expiry import Ending, ExpiryStatus, expiry_status
from schema.filters.ordering import OrderDirection
from schema.node import keys_of


@strawberry.input(description="Service contracts that match all that is given.")
class ServiceContractFilter:
    numbers: list[str] | None = None
    status: list[ContractStatus] | None = None
    expiry_status: list[ExpiryStatus] | None = None
    ends_from: date | None = strawberry.field(default=None, description="Ends on that day or later.")
    ends_to: date | None = strawberry.field(default=None, description="Ends on that day or earlier.")
    account_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Sold to, or shipped to, one of those accounts."
    )
    account_numbers: list[str] | None = strawberry.field(default=None, description="The same by customer numbers.")
    installed_product_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="A line covers one of those installed products."
    )
    asset_ids: list[str] | None = strawberry.field(default=None, description="The same by asset identifiers (V2).")
    text: str | None = strawberry.field(
        default=None, description="In the number, description or purchase order; case does not matter."
    )


@strawberry.input(description="Warranties that match all that is given.")
class WarrantyFilter:
    expiry_status: list[ExpiryStatus] | None = None
    ends_from: date | None = strawberry.field(default=None, description="Ends on that day or later.")
    ends_to: date | None = strawberry.field(default=None, description="Ends on that day or earlier.")
    account_ids: list[strawberry.ID] | None = None
    account_numbers: list[str] | None = strawberry.field(default=None, description="The same by customer numbers.")
    installed_product_ids: list[strawberry.ID] | None = None
    asset_ids: list[str] | None = strawberry.field(default=None, description="The same by asset identifiers (V2).")


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


class Among(NamedTuple):
    """Whose contracts or warranties are asked for, in the contract system's own keys. None: anybody's."""

    account_numbers: frozenset[str] | None
    asset_ids: frozenset[str] | None


async def among_of(visible: Visibility, given: ServiceContractFilter | WarrantyFilter | None) -> Among:
    """The accounts and assets that the filter names, by id or by number; ids that aren't the viewer's name none."""
    if given is None:
        return Among(None, None)
    account_ids = keys_of(given.account_ids, "Account", field="filter.accountIds")
    product_ids = keys_of(given.installed_product_ids, "InstalledProduct", field="filter.installedProductIds")
    numbers = None if given.account_numbers is None else frozenset(given.account_numbers)
    assets = None if given.asset_ids is None else frozenset(given.asset_ids)
    if account_ids is not None:
        found = frozenset(row.number for row in (await visible.accounts.by_id(account_ids)).values() if row.number)
        numbers = found if numbers is None else numbers & found
    if product_ids is not None:
        named = await visible.installed_products.equipment(InstalledProductQuery(scope=visible.scope, ids=product_ids))
        assets = named if assets is None else assets & named
    return Among(numbers, assets)


def contract_matches(
    given: ServiceContractFilter | None, among: Among, today: date
) -> Callable[[ServiceContract], bool]:
    asked = given or ServiceContractFilter()
    text = (asked.text or "").strip().casefold()

    def matches(row: ServiceContract) -> bool:
        return (
            (asked.numbers is None or row.number in asked.numbers)
            and (asked.status is None or row.status in asked.status)
            and _ends(row, asked, today)
            and (
                among.account_numbers is None
                or row.sold_to in among.account_numbers
                or row.ship_to in among.account_numbers
            )
            and (
                among.asset_ids is None
                or any(line.asset_id in among.asset_ids and not line.rejected for line in row.lines)
            )
            and any(text in (value or "").casefold() for value in (row.number, row.description, row.purchase_order))
        )

    return matches


def attributes_of(given: ServiceContractFilter | WarrantyFilter | None, order: Iterable[OrderBy]) -> frozenset[str]:
    """What is looked at to filter and to order: the attributes of a contract or a warranty, beside its numbers."""
    looked_at = {term.attribute for term in order}
    if given is not None:
        looked_at |= {"end_date", "open_ended"}
    if isinstance(given, ServiceContractFilter):
        looked_at |= {"status", "description", "purchase_order"}
    return frozenset(looked_at)


def warranty_matches(given: WarrantyFilter | None, among: Among, today: date) -> Callable[[Warranty], bool]:
    asked = given or WarrantyFilter()

    def matches(row: Warranty) -> bool:
        return (
            _ends(row, asked, today)
            and (among.account_numbers is None or row.account_number in among.account_numbers)
            and (among.asset_ids is None or row.asset_id in among.asset_ids)
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
