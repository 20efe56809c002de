"""Ports behind the cache. Activities, long texts and the customer's own data are asked for by keys without a scope:
nothing tells under whose rights, so they are not kept."""

import dataclasses
from collections.abc import Mapping

from connectors.ports import CaseArchive, Connector, Contracts, InstalledBase, ServiceCases
from connectors.queries import (
    AccountQuery,
    ArchivedCaseQuery,
    CaseQuery,
    ContractQuery,
    InstalledProductQuery,
    Keys,
    LocationQuery,
    Rows,
    ServiceOrderQuery,
    WarrantyQuery,
)
from connectors.records import (
    Account,
    ArchivedCase,
    Case,
    CaseActivity,
    InstalledProduct,
    Location,
    ServiceContract,
    ServiceOrder,
    Warranty,
)
from connectors.sources import Sources
from connectors.transport.cache.reads import RowCache


def cached_sources(sources: Sources, cache: RowCache) -> Sources:
    """The same sources, read through the cache. A port that no system serves is left as it is."""
    base, cases = sources.installed_base, sources.service_cases
    contracts, archive = sources.contracts, sources.case_archive
    return dataclasses.replace(
        sources,
        installed_base=CachedInstalledBase(base, base.system, cache) if isinstance(base, Connector) else base,
        service_cases=CachedServiceCases(cases, cases.system, cache) if isinstance(cases, Connector) else cases,
        contracts=CachedContracts(contracts, contracts.system, cache)
        if isinstance(contracts, Connector)
        else contracts,
        case_archive=CachedCaseArchive(archive, archive.system, cache) if isinstance(archive, Connector) else archive,
    )


class CachedInstalledBase:
    def __init__(self, port: InstalledBase, system: str, cache: RowCache) -> None:
        self._port, self._system, self._cache = port, system, cache

    async def accounts(self, query: AccountQuery) -> Rows[Account]:
        return await self._cache.read(self._system, "accounts", query, self._port.accounts)

    async def locations(self, query: LocationQuery) -> Rows[Location]:
        return await self._cache.read(self._system, "locations", query, self._port.locations)

    async def installed_products(self, query: InstalledProductQuery) -> Rows[InstalledProduct]:
        return await self._cache.read(self._system, "installed_products", query, self._port.installed_products)


class CachedServiceCases:
    def __init__(self, port: ServiceCases, system: str, cache: RowCache) -> None:
        self._port, self._system, self._cache = port, system, cache

    async def cases(self, query: CaseQuery) -> Rows[Case]:
        return await self._cache.read(self._system, "cases", query, self._port.cases)

    async def activities(self, case_ids: Keys) -> Mapping[str, tuple[CaseActivity, ...]]:
        return await self._port.activities(case_ids)

    async def service_orders(self, query: ServiceOrderQuery) -> Rows[ServiceOrder]:
        return await self._cache.read(self._system, "service_orders", query, self._port.service_orders)


class CachedContracts:
    def __init__(self, port: Contracts, system: str, cache: RowCache) -> None:
        self._port, self._system, self._cache = port, system, cache

    async def contracts(self, query: ContractQuery) -> Rows[ServiceContract]:
        return await self._cache.read(self._system, "contracts", query, self._port.contracts)

    async def warranties(self, query: WarrantyQuery) -> Rows[Warranty]:
        return await self._cache.read(self._system, "warranties", query, self._port.warranties)


class CachedCaseArchive:
    def __init__(self, port: CaseArchive, system: str, cache: RowCache) -> None:
        self._port, self._system, self._cache = port, system, cache

    async def archived_cases(self, query: ArchivedCaseQuery) -> Rows[ArchivedCase]:
        return await self._cache.read(self._system, "archived_cases", query, self._port.archived_cases)

    async def texts(self, ids: Keys) -> Mapping[str, str]:
        return await self._port.texts(ids)
