"""The CRM: accounts, locations and installed products of a Salesforce org with ServiceMax."""

from datetime import UTC, datetime
from typing import ClassVar

from pydantic import SecretStr
from starlette.types import ASGIApp

from connectors.ports import InstalledBase
from connectors.queries import OrderBy
from connectors.records import Account, InstalledProduct, Location
from connectors.vocabulary import AssetStatus, Modality
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.salesforce_installed_base import create_app, salesforce_id
from fixtures.world import model
from fixtures.world.model import World
from tests.connector_kit.harness import Facts, HttpHarness, Served

_SECRET = "portal-demo-secret"
_STATUSES = {
    "Installed": AssetStatus.ACTIVE,
    "Shipped": AssetStatus.ACTIVE,
    "Deinstalled": AssetStatus.INACTIVE,
    "Retired": AssetStatus.INACTIVE,
    "Returned": AssetStatus.INACTIVE,
}
_FAMILIES = {"MR": Modality.MR, "CT": Modality.CT, "US": Modality.US, "IXR": Modality.IXR}


class SalesforceInstalledBaseHarness(HttpHarness):
    name = "salesforce_installed_base"
    port = InstalledBase
    sign_in = frozenset({"token"})
    # SOQL compares texts without regard to case, and knows some letters by a wildcard only.
    over_answers = frozenset({"serial_numbers", "technical_ids", "installed_product_numbers", "text"})
    windows: ClassVar = {
        "accounts": (OrderBy("name"), OrderBy("city", descending=True), OrderBy("updated_at")),
        "locations": (OrderBy("name"), OrderBy("functional_location", descending=True)),
        "installed_products": (
            OrderBy("serial_number"),
            OrderBy("description", descending=True),
            OrderBy("installation_date"),
            OrderBy("installation_date", descending=True),
            OrderBy("updated_at"),
        ),
    }

    def app(self, world: World, conduct: Conduct, *, page_size: int | None) -> ASGIApp:
        return create_app(world, conduct, page_size=page_size or 2000, client_secret=_SECRET)

    def settings(self, url: str) -> dict[str, object]:
        return {"url": url, "client_id": "portal-demo", "client_secret": SecretStr(_SECRET), "text_order": True}

    def secrets(self) -> tuple[str, ...]:
        return (_SECRET,)

    def expire(self, served: Served) -> None:
        served.app.state.sessions.expire_all()

    def facts(self, world: World) -> Facts:
        products = {product.code: product for product in world.products}
        return Facts(
            accounts=tuple(self._account(row) for row in world.accounts),
            locations=tuple(self._location(row) for row in world.locations),
            installed_products=tuple(
                self._installed_product(row, products.get(row.product or "")) for row in world.assets
            ),
        )

    def _account(self, row: model.Account) -> Account:
        return Account(
            provenance=self.provenance,
            id=account_id(row.key),
            number=row.number,
            name=row.name or None,
            parent_id=account_id(row.parent) if row.parent else None,
            street=row.street or None,
            city=row.city or None,
            postal_code=row.postal_code or None,
            country=row.country or None,
            updated_at=_utc(row.modified),
        )

    def _location(self, row: model.Location) -> Location:
        return Location(
            provenance=self.provenance,
            id=location_id(row.key),
            name=row.name or None,
            account_id=account_id(row.account),
            parent_id=location_id(row.parent) if row.parent else None,
            street=row.street or None,
            city=row.city or None,
            state=row.state or None,
            postal_code=row.postal_code or None,
            country=row.country or None,
            functional_location=row.functional_location or None,
        )

    def _installed_product(self, row: model.Asset, product: model.Product | None) -> InstalledProduct:
        return InstalledProduct(
            provenance=self.provenance,
            id=installed_product_id(row.key),
            installed_product_number=row.name,
            asset_id=row.equipment,
            technical_id=row.technical_id or None,
            serial_number=row.serial or None,
            udi=row.udi or None,
            description=product.name if product else None,
            product_code=product.code if product else None,
            product_family=product.family if product else None,
            modality=_FAMILIES.get(product.family, Modality.OTHER) if product else None,
            asset_tag=row.tag or None,
            status=_STATUSES.get(row.status, AssetStatus.OTHER),
            status_text=row.status or None,
            installation_date=row.installed,
            account_id=account_id(row.owner) if row.owner else None,
            location_id=location_id(row.location) if row.location else None,
            end_of_life=row.end_of_life,
            end_of_service=row.end_of_service,
            updated_at=_utc(row.modified),
        )


def account_id(key: str) -> str:
    return salesforce_id("001", key)


def location_id(key: str) -> str:
    return salesforce_id("a0S", key)


def installed_product_id(key: str) -> str:
    return salesforce_id("a0P", key)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


HARNESS = SalesforceInstalledBaseHarness()
