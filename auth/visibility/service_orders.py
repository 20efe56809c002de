"""Service orders, and with them visits: visible by the asset they are for; without one by their case (R11)."""

import asyncio
from collections.abc import Iterable, Mapping

from auth.visibility.cases import VisibleCases
from auth.visibility.grouping import distinct, grouped
from auth.visibility.installed_products import PLACEHOLDER, VisibleInstalledProducts
from auth.visibility.joined import JoinedReads
from auth.visibility.projection import Attributes, projected
from connectors.ports import ServiceCases
from connectors.queries import AccountScope, CaseQuery, ServiceOrderQuery
from connectors.records import ServiceOrder

_NO_ASSET = "2"
"""An equipment number of nothing, beside the PLACEHOLDER that a case which isn't there is asked for with."""


class VisibleServiceOrders:
    def __init__(
        self,
        scope: AccountScope,
        source: ServiceCases,
        assets: VisibleInstalledProducts,
        cases: VisibleCases,
        reads: JoinedReads,
        wanted: Attributes,
    ) -> None:
        self._wanted = wanted
        self._scope = scope
        self._source = source
        self._assets = assets
        self._cases = cases
        self._reads = reads

    async def of_cases(self, case_ids: Iterable[str]) -> Mapping[str, list[ServiceOrder]]:
        """The orders of visible cases, by notification number."""
        keys = frozenset(case_ids)
        rows = await self._read(ServiceOrderQuery(scope=self._scope, case_ids=tuple(sorted(keys))))
        permitted = await self._permitted((row for row in rows if row.case_id in keys), visible_cases=keys)
        return grouped(permitted, lambda row: (row.case_id,))

    async def of_assets(self, asset_ids: Iterable[str]) -> Mapping[str, list[ServiceOrder]]:
        """The orders for visible assets: those that name one, and those of its cases that name none."""
        keys = tuple(sorted(set(asset_ids)))
        by_reference, cases = await asyncio.gather(
            self._read(ServiceOrderQuery(scope=self._scope, asset_ids=keys)),
            self._cases.of_assets(keys, CaseQuery(scope=self._scope, fields=frozenset({"asset_id"}))),
        )
        asset_of_case = {case.id: asset_id for asset_id, found in cases.items() for case in found}
        by_case = await self._read(ServiceOrderQuery(scope=self._scope, case_ids=tuple(sorted(asset_of_case))))
        permitted = await self._permitted([*by_reference, *by_case], visible_cases=frozenset(asset_of_case))

        def assets_of(row: ServiceOrder) -> tuple[str | None, ...]:
            named = tuple(number for number in row.asset_ids if self._assets.is_known(number))
            return named or (asset_of_case.get(row.case_id or ""),)

        wanted = frozenset(keys)
        by_asset = grouped(permitted, assets_of)
        return {asset_id: rows for asset_id, rows in by_asset.items() if asset_id in wanted}

    async def by_id(self, ids: Iterable[str]) -> Mapping[str, ServiceOrder]:
        keys = frozenset(ids)
        answer = await self._read(ServiceOrderQuery(scope=self._scope, ids=tuple(sorted(keys))))
        rows = [row for row in answer if row.id in keys]
        # "Not there" goes as far as "not yours": by an asset, then by a case and its asset, all nobody's (R10).
        await self._assets.learn({number for row in rows for number in row.asset_ids} or (keys and {_NO_ASSET}))
        assetless = {row.case_id for row in rows if row.case_id is not None and self.asset_of(row) is None}
        cases = await self._cases.by_id(assetless or (keys and {PLACEHOLDER}))
        permitted = await self._permitted(rows, visible_cases=frozenset(cases))
        return {row.id: row for row in permitted}

    def asset_of(self, order: ServiceOrder) -> str | None:
        """The equipment number of the asset an order is for: the first that the installed base knows."""
        return next((number for number in order.asset_ids if self._assets.is_known(number)), None)

    async def _read(self, query: ServiceOrderQuery) -> tuple[ServiceOrder, ...]:
        return (await self._reads.read(self._source.service_orders, projected(query, self._wanted))).rows

    async def _permitted(self, rows: Iterable[ServiceOrder], *, visible_cases: frozenset[str]) -> list[ServiceOrder]:
        found = distinct(rows, lambda row: row.id)
        await self._assets.learn(number for row in found for number in row.asset_ids)
        return [row for row in found if self._permits(row, visible_cases)]

    def _permits(self, row: ServiceOrder, visible_cases: frozenset[str]) -> bool:
        asset_id = self.asset_of(row)
        if asset_id is not None:
            return self._assets.is_visible(asset_id)
        return row.case_id in visible_cases
