"""The installed base of a Salesforce org with ServiceMax, as the ports `InstalledBase` and `ChangeNotices`."""

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
from pydantic import BaseModel

from connectors.criteria import account_matches, installed_product_matches, location_matches
from connectors.ports import CheckResult
from connectors.queries import AccountQuery, InstalledProductQuery, LocationQuery, Rows
from connectors.records import Account, InstalledProduct, Location
from connectors.registry import Clock, Manifest
from connectors.systems.salesforce_installed_base import soql
from connectors.systems.salesforce_installed_base.client import ANY_ROW, Asked, SalesforceClient
from connectors.systems.salesforce_installed_base.columns import Columns
from connectors.systems.salesforce_installed_base.filters import (
    account_filter,
    installed_product_filter,
    location_filter,
)
from connectors.systems.salesforce_installed_base.mapping import RecordReader, Words, installed_product_reader
from connectors.systems.salesforce_installed_base.notices import Notices
from connectors.systems.salesforce_installed_base.object_reads import ObjectReads
from connectors.systems.salesforce_installed_base.settings import SalesforceSettings
from connectors.transport.checks import tried


class SalesforceInstalledBase:
    """Accounts, locations and installed products. Assets without an owner come for unrestricted scopes alone."""

    def __init__(self, system: str, settings: SalesforceSettings, clock: Clock) -> None:
        self.system = system
        accounts = Columns(settings.accounts, settings.customer_number_digits)
        locations = Columns(settings.locations)
        products = Columns(settings.installed_products, settings.equipment_number_digits)
        objects = (accounts, locations, products)
        names = {name for columns in objects for name in (columns.source, *columns.fields(None))}
        words = Words(settings.statuses, settings.modalities)
        self._client = SalesforceClient(system, settings, names)
        self.changed_records = Notices(system, settings).changed_records
        self._accounts: ObjectReads[AccountQuery, Account] = ObjectReads(
            self._client,
            clock,
            accounts,
            RecordReader(system, Account, accounts),
            account_filter,
            account_matches,
            "id",
        )
        self._locations: ObjectReads[LocationQuery, Location] = ObjectReads(
            self._client,
            clock,
            locations,
            RecordReader(system, Location, locations),
            location_filter,
            location_matches,
            "account_id",
        )
        self._products: ObjectReads[InstalledProductQuery, InstalledProduct] = ObjectReads(
            self._client,
            clock,
            products,
            installed_product_reader(system, products, words),
            partial(installed_product_filter, words),
            installed_product_matches,
            "account_id",
        )

    async def accounts(self, query: AccountQuery) -> Rows[Account]:
        return await self._accounts.rows(query)

    async def locations(self, query: LocationQuery) -> Rows[Location]:
        return await self._locations.rows(query)

    async def installed_products(self, query: InstalledProductQuery) -> Rows[InstalledProduct]:
        return await self._products.rows(query)

    async def ping(self) -> None:
        """One row of the accounts."""
        await self._client.read([Asked(soql.select(["Id"], self._accounts.columns.source, (), limit=1), ANY_ROW)])

    async def check(self) -> list[CheckResult]:
        """Sign-in, a row of each object with every field of the mapping, and a composite call."""
        results = [await _tried("sign-in", self._client.sign_in.session, "Check url, client_id and the secret or key.")]
        if not results[0].ok:
            return results
        probes = []
        for reads in (self._accounts, self._locations, self._products):
            source = reads.columns.source
            probe = soql.select(reads.columns.fields(None), source, (), limit=1)
            hint = f"Check the fields of {source} in the settings, and what the integration user may read."
            results.append(await _tried(f"read {source}", partial(self._client.read, [Asked(probe, ANY_ROW)]), hint))
            probes.append(Asked(soql.select(["Id"], source, (), limit=1), ANY_ROW))
        if self._client.settings.use_composite and all(result.ok for result in results):
            hint = "Set use_composite = false if the org has no composite resource."
            results.append(await _tried("composite call", partial(self._client.read, probes), hint))
        return results

    async def close(self) -> None:
        await self._client.close()


async def _tried(what: str, work: Callable[[], Awaitable[object]], hint: str) -> CheckResult:
    result = await tried(what, work)
    return result if result.ok else msgspec.structs.replace(result, hint=f"{result.hint}. {hint}")


def connect(system: str, settings: BaseModel, clock: Clock) -> SalesforceInstalledBase:
    if not isinstance(settings, SalesforceSettings):
        raise TypeError(f"{system}: the settings of this connector are a SalesforceSettings")
    return SalesforceInstalledBase(system, settings, clock)


MANIFEST = Manifest(
    name="salesforce_installed_base",
    title="Installed base in Salesforce with ServiceMax",
    settings=SalesforceSettings,
    connect=connect,
)
