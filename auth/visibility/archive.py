"""Archived cases: reached from their asset and in no other way (F5, R11)."""

from collections.abc import Iterable, Mapping

from auth.visibility.grouping import distinct, grouped
from auth.visibility.installed_products import VisibleInstalledProducts
from auth.visibility.joined import JoinedReads
from auth.visibility.projection import Attributes, projected
from connectors.ports import CaseArchive
from connectors.queries import AccountScope, ArchivedCaseQuery, Keys, OrderBy, Rows
from connectors.records import ArchivedCase


class VisibleArchive:
    def __init__(
        self,
        scope: AccountScope,
        source: CaseArchive,
        assets: VisibleInstalledProducts,
        reads: JoinedReads,
        wanted: Attributes,
    ) -> None:
        self._scope = scope
        self._wanted = wanted
        self._source = source
        self._assets = assets
        self._reads = reads

    async def of_assets(
        self, asset_ids: Iterable[str], *, order: tuple[OrderBy, ...] = ()
    ) -> Mapping[str, list[ArchivedCase]]:
        """The archived cases of visible assets, by equipment number; with what `order` looks at."""
        keys = frozenset(asset_ids)
        query = ArchivedCaseQuery(scope=self._scope, asset_ids=tuple(sorted(keys)), order=order)
        rows = (await self._read(query)).rows
        found = distinct((row for row in rows if row.asset_id in keys), lambda row: row.id)
        return grouped(found, lambda row: (row.asset_id,))

    async def by_id(self, ids: Iterable[str]) -> Mapping[str, ArchivedCase]:
        keys = frozenset(ids)
        query = ArchivedCaseQuery(scope=self._scope, ids=tuple(sorted(keys)))
        rows = [row for row in (await self._read(query)).rows if row.id in keys]
        await self._assets.learn((row.asset_id for row in rows), always=bool(keys))
        return {row.id: row for row in rows if self._assets.is_visible(row.asset_id)}

    async def _read(self, query: ArchivedCaseQuery) -> Rows[ArchivedCase]:
        return await self._reads.read(self._source.archived_cases, projected(query, self._wanted))

    async def texts(self, ids: Iterable[str]) -> Mapping[str, str]:
        """The long texts of visible archived cases."""
        keys: Keys = tuple(sorted(set(ids)))
        found = await self._reads.read(self._source.texts, keys)
        return {key: text for key, text in found.items() if key in keys}
