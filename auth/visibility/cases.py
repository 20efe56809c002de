"""Cases: visible by their asset; without an asset by the sold-to account (R11)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from auth.scope import admits_number
from auth.visibility.grouping import distinct, grouped
from auth.visibility.installed_products import VisibleInstalledProducts
from auth.visibility.joined import JoinedReads
from auth.visibility.projection import Attributes, projected
from auth.visibility.window import Page, Window, cut, read_page
from connectors.criteria import case_matches, checked_attributes
from connectors.ports import ServiceCases
from connectors.queries import AccountScope, CaseQuery, Keys, Rows
from connectors.records import Case, CaseActivity
from connectors.vocabulary import CaseStatus

_MANY_ASSETS = 500
"""From so many assets on, all their cases are read in outline first, and only the page's cases whole."""

OPEN = tuple(status for status in CaseStatus if status.is_open)


class Subject(msgspec.Struct, frozen=True):
    """What cases are about: assets by equipment number, and without a known asset the account they were sold to."""

    asset_ids: frozenset[str] = frozenset()
    sold_to: frozenset[str] = frozenset()


class VisibleCases:
    def __init__(
        self,
        scope: AccountScope,
        source: ServiceCases,
        assets: VisibleInstalledProducts,
        reads: JoinedReads,
        wanted: Attributes,
    ) -> None:
        self._scope = scope
        self._wanted = wanted
        self._source = source
        self._assets = assets
        self._reads = reads

    async def page(self, query: CaseQuery, window: Window, *, among: Subject | None = None) -> Page[Case]:
        """A page of the cases that match `query`, of that subject only where `among` names one."""
        query = msgspec.structs.replace(query, order=window.order)
        if self._scope.unrestricted and among is None:
            return await read_page(self._read, query, window, permits=case_matches(query), key=_id)
        if among is None and query.ids is None and query.numbers is None:
            among = await self._everything()
        if among is None or len(among.asset_ids) < _MANY_ASSETS:
            return cut(await self.all(query, among=among), window, key=_id)
        outlines = msgspec.structs.replace(
            query, fields=checked_attributes(query) | {term.attribute for term in window.order}
        )
        return await self._filled(cut(await self.all(outlines, among=among), window, key=_id))

    async def all(self, query: CaseQuery, *, among: Subject | None = None) -> list[Case]:
        """Every permitted case that matches."""
        if query.ids is not None or query.numbers is not None:
            rows: Sequence[Case] = (await self._read(query)).rows
        else:
            among = among or await self._everything()
            rows = await self._listed(query, among)
        found = distinct(rows, _id)
        await self._assets.learn((row.asset_id for row in found), always=bool(query.ids or query.numbers))
        matches = case_matches(query)
        return [
            row for row in found if self._permits(row) and matches(row) and (among is None or self._is_of(row, among))
        ]

    async def _filled(self, page: Page[Case]) -> Page[Case]:
        """The page's rows whole, where they were read in outline."""
        if not page.rows:
            return page
        asked = {row.id for row in page.rows}
        answer = await self._read(CaseQuery(scope=self._scope, ids=tuple(sorted(asked))))
        await self._assets.learn(row.asset_id for row in answer.rows)
        whole = {row.id: row for row in answer.rows if row.id in asked and self._permits(row)}
        rows = tuple(whole[row.id] for row in page.rows if row.id in whole)
        return msgspec.structs.replace(page, rows=rows)

    async def by_id(self, ids: Iterable[str]) -> Mapping[str, Case]:
        rows = await self.all(CaseQuery(scope=self._scope, ids=tuple(sorted(set(ids)))))
        return {row.id: row for row in rows}

    async def of_assets(
        self, asset_ids: Iterable[str], query: CaseQuery, *, among: Subject | None = None
    ) -> Mapping[str, list[Case]]:
        """The cases of visible assets that match, by equipment number."""
        keys = frozenset(asset_ids) if among is None else among.asset_ids.intersection(asset_ids)
        asked = msgspec.structs.replace(query, asset_ids=tuple(sorted(keys)))
        matches = case_matches(asked)
        rows = (await self._read(asked)).rows
        return grouped(distinct(filter(matches, rows), _id), lambda row: (row.asset_id,))

    async def open_of_assets(self, asset_ids: Iterable[str]) -> Mapping[str, list[Case]]:
        """What is open on visible assets: for their operational state (F4)."""
        query = CaseQuery(scope=self._scope, statuses=OPEN, fields=frozenset({"priority", "status", "is_down"}))
        return await self.of_assets(asset_ids, query)

    async def activities(self, case_ids: Iterable[str]) -> Mapping[str, tuple[CaseActivity, ...]]:
        """The activities of visible cases."""
        keys: Keys = tuple(sorted(set(case_ids)))
        found = await self._reads.read(self._source.activities, keys)
        return {
            case_id: tuple(activity for activity in found.get(case_id, ()) if activity.case_id == case_id)
            for case_id in keys
        }

    async def _read(self, query: CaseQuery) -> Rows[Case]:
        return await self._reads.read(self._source.cases, projected(query, self._wanted))

    async def _everything(self) -> Subject | None:
        if self._scope.unrestricted:
            return None
        return Subject(asset_ids=await self._assets.equipment(), sold_to=self._scope.account_numbers)

    async def _listed(self, query: CaseQuery, among: Subject | None) -> Sequence[Case]:
        if among is None:
            return (await self._read(query)).rows
        reads = []
        if among.asset_ids:
            of_assets = msgspec.structs.replace(query, asset_ids=tuple(sorted(among.asset_ids)))
            reads.append(self._read(of_assets))
        if among.sold_to:
            of_accounts = msgspec.structs.replace(query, sold_to=tuple(sorted(among.sold_to)))
            reads.append(self._read(of_accounts))
        return [row for answer in await asyncio.gather(*reads) for row in answer.rows]

    def _permits(self, row: Case) -> bool:
        if self._scope.unrestricted:
            return True
        if self._assets.is_known(row.asset_id):
            return self._assets.is_visible(row.asset_id)
        return admits_number(self._scope, row.sold_to)

    def _is_of(self, row: Case, among: Subject) -> bool:
        if row.asset_id in among.asset_ids:
            return True
        return row.sold_to in among.sold_to and not self._assets.is_known(row.asset_id)


def _id(row: Case) -> str:
    return row.id
