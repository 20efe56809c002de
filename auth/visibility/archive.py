"""Archived cases: reached from their asset and in no other way (F5, R11)."""

from collections.abc import Iterable, Mapping

from auth.visibility.grouping import distinct, grouped
from auth.visibility.installed_products import VisibleInstalledProducts
from auth.visibility.joined import JoinedReads
from connectors.ports import CaseArchive
from connectors.queries import AccountScope, ArchivedCaseQuery, Keys
from connectors.records import ArchivedCase


class VisibleArchive:
    def __init__(
        self, scope: AccountScope, source: CaseArchive, assets: VisibleInstalledProducts, reads: JoinedReads
    ) -> None:
        self._scope = scope
        self._source = source
        self._assets = assets
        self._reads = reads

    async def of_assets(self, asset_ids: Iterable[str]) -> Mapping[str, list[ArchivedCase]]:
        """The archived cases of visible assets, by equipment number."""
        keys = frozenset(asset_ids)
        query = ArchivedCaseQuery(scope=self._scope, asset_ids=tuple(sorted(keys)))
        rows = (await self._reads.read(self._source.archived_cases, query)).rows
        found = distinct((row for row in rows if row.asset_id in keys), lambda row: row.id)
        return grouped(found, lambda row: (row.asset_id,))

    async def by_id(self, ids: Iterable[str]) -> Mapping[str, ArchivedCase]:
        keys = frozenset(ids)
        query = ArchivedCaseQuery(scope=self._scope, ids=tuple(sorted(keys)))
        rows = [row for row in (await self._reads.read(self._source.archived_cases, query)).rows if row.id in keys]
        await self._assets.learn((row.asset_id for row in rows), always=bool(keys))
        return {row.id: row for row in rows if self._assets.is_visible(row.asset_id)}

    async def texts(self, ids: Iterable[str]) -> Mapping[str, str]:
        """The long texts of visible archived cases."""
        keys: Keys = tuple(sorted(set(ids)))
        found = await self._reads.read(self._source.texts, keys)
        return {key: text for key, text in found.items() if key in keys}
