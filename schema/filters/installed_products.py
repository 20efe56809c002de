"""Installed products: filter and order."""

from datetime import date
from enum import Enum

import strawberry

from connectors.queries import AccountScope, InstalledProductQuery, Keys, OrderBy
from connectors.vocabulary import AssetStatus, Modality, OperationalState
from schema.filters.ordering import OrderDirection
from schema.node import keys_of


@strawberry.input(description="Installed products that match all that is given.")
class InstalledProductFilter:
    ids: list[strawberry.ID] | None = None
    asset_ids: list[str] | None = strawberry.field(default=None, description="Asset identifiers (V2), bare.")
    serial_numbers: list[str] | None = None
    technical_ids: list[str] | None = None
    installed_product_numbers: list[str] | None = None
    account_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Owner accounts.")
    location_ids: list[strawberry.ID] | None = None
    status: list[AssetStatus] | None = None
    modality: list[Modality] | None = None
    operational_state: list[OperationalState] | None = None
    installed_from: date | None = strawberry.field(default=None, description="Installed on that day or later.")
    installed_to: date | None = strawberry.field(default=None, description="Installed on that day or earlier.")
    text: str | None = strawberry.field(
        default=None, description="In the description or any of its numbers; case does not matter."
    )


@strawberry.enum(description="What installed products are ordered by.")
class InstalledProductOrderField(Enum):
    DESCRIPTION = "description"
    INSTALLED_PRODUCT_NUMBER = "installed_product_number"
    ASSET_ID = "asset_id"
    SERIAL_NUMBER = "serial_number"
    MODALITY = "modality"
    STATUS = "status"
    INSTALLATION_DATE = "installation_date"
    END_OF_SERVICE = "end_of_service"
    UPDATED_AT = "updated_at"


@strawberry.input
class InstalledProductOrder:
    field: InstalledProductOrderField
    direction: OrderDirection = OrderDirection.ASC


def installed_product_query(
    scope: AccountScope, given: InstalledProductFilter | None, order: tuple[OrderBy, ...] = ()
) -> InstalledProductQuery:
    """The filter as a query; the operational state is not the installed base's to tell."""
    given = given or InstalledProductFilter()
    return InstalledProductQuery(
        scope=scope,
        order=order,
        ids=keys_of(given.ids, "InstalledProduct", field="filter.ids"),
        asset_ids=_keys(given.asset_ids),
        serial_numbers=_keys(given.serial_numbers),
        technical_ids=_keys(given.technical_ids),
        installed_product_numbers=_keys(given.installed_product_numbers),
        account_ids=keys_of(given.account_ids, "Account", field="filter.accountIds"),
        location_ids=keys_of(given.location_ids, "Location", field="filter.locationIds"),
        statuses=None if given.status is None else tuple(given.status),
        modalities=None if given.modality is None else tuple(given.modality),
        installed_from=given.installed_from,
        installed_to=given.installed_to,
        text=given.text,
    )


def _keys(values: list[str] | None) -> Keys | None:
    return None if values is None else tuple(values)
