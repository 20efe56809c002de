"""Cases: visible by their asset; without an asset by the sold-to account (R11)."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import msgspec

from auth.scope import admits_number
from auth.visibility.grouping import distinct, grouped
from auth.visibility.installed_products import VisibleInstalledProducts
from auth.visibility.joined import JoinedReads
from auth.visibility.projection import Attributes, projected
from auth.visibility.window import Page, Window, all_pages, cut, read_page
from connectors.criteria import case_matches, checked_attributes
from connectors.errors import ConnectorError
from connectors.ordering import position_of, sort_positions
from connectors.ports import ServiceCases
from connectors.queries import AccountScope, CaseQuery, Keys, OrderBy, PartialRows, Position, Rows
from connectors.records import Case, CaseActivity
from connectors.transport.chunks import chunked
from connectors.vocabulary import CaseStatus

_MANY_ASSETS = 500
"""From so many assets on, all their cases are read in outline first, and only the page's cases whole."""

_WRITTEN = frozenset(
    {
        "number",
        "status",
        "origin",
        "event_type",
        "priority",
        "purchase_order",
        "contact_email",
        "contact_phone",
        "asset_id",
        "sold_to",
        "updated_at",
    }
)

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
            rows, problem = await self._permitted(query, among)
            return msgspec.structs.replace(cut(rows, window, key=_id), problem=problem)
        outlines = msgspec.structs.replace(
            query, fields=checked_attributes(query) | {term.attribute for term in window.order}
        )
        return await self._filled(cut(await self.all(outlines, among=among), window, key=_id))

    async def all(self, query: CaseQuery, *, among: Subject | None = None) -> list[Case]:
        """Every permitted case that matches. Raises a ConnectorError where not all of them can be told."""
        rows, problem = await self._permitted(query, among)
        if problem is not None:
            raise problem
        return rows

    async def keys(
        self, query: CaseQuery, order: tuple[OrderBy, ...], *, among: Subject | None = None
    ) -> AsyncIterator[list[str]]:
        """The numbers of all permitted cases that match, in order, some thousands at a time: each is read once, in
        outline. Raises a ConnectorError where not all can be told."""
        outline = msgspec.structs.replace(query, fields=checked_attributes(query) | {term.attribute for term in order})
        if not self._scope.unrestricted or among is not None:
            places = await self._places(outline, order, among)
            yield [place.id for place in sort_positions(places, order)]
            return
        async for rows in all_pages(lambda window: self.page(outline, window), order, _id):
            yield [row.id for row in rows]

    async def _places(self, query: CaseQuery, order: tuple[OrderBy, ...], among: Subject | None) -> Iterable[Position]:
        """Where each permitted case comes in the order. A group of assets at a time: no more rows are held at once."""
        groups: Iterable[Subject | None] = (None,)
        if query.ids is None and query.numbers is None:
            among = among or await self._everything() or Subject()
            assets = chunked(sorted(among.asset_ids), at_most=_MANY_ASSETS)
            groups = [
                *(Subject(asset_ids=frozenset(some)) for some in assets),
                *([Subject(sold_to=among.sold_to)] if among.sold_to else []),
            ]
        elif among is not None:
            groups = (among,)
        places: dict[str, Position] = {}
        for group in groups:
            for row in await self.all(query, among=group):
                places.setdefault(row.id, position_of(row, order, _id))
            self._reads.forget()
        return places.values()

    async def _permitted(
        self, query: CaseQuery, among: Subject | None = None
    ) -> tuple[list[Case], ConnectorError | None]:
        """Those that can be told, and why others can't."""
        if query.ids is not None or query.numbers is not None:
            answers: Sequence[Rows[Case]] = [await self._read(query)]
        else:
            among = among or await self._everything()
            answers = await self._listed(query, among)
        problem = next((answer.problem for answer in answers if isinstance(answer, PartialRows)), None)
        found = distinct((row for answer in answers for row in answer.rows), _id)
        await self._assets.learn((row.asset_id for row in found), always=bool(query.ids or query.numbers))
        matches = case_matches(query)
        rows = [
            row for row in found if self._permits(row) and matches(row) and (among is None or self._is_of(row, among))
        ]
        return rows, problem

    async def _filled(self, page: Page[Case]) -> Page[Case]:
        """The page's rows whole, where they were read in outline. Those of the store are whole already."""
        asked = {row.id for row in page.rows if row.status.is_registered}
        if not asked:
            return page
        answer = await self._read(CaseQuery(scope=self._scope, ids=tuple(sorted(asked))))
        await self._assets.learn(row.asset_id for row in answer.rows)
        whole = {row.id: row for row in page.rows if row.id not in asked}
        whole |= {row.id: row for row in answer.rows if row.id in asked and self._permits(row)}
        rows = tuple(whole[row.id] for row in page.rows if row.id in whole)
        return msgspec.structs.replace(page, rows=rows)

    async def by_id(self, ids: Iterable[str]) -> Mapping[str, Case]:
        """By notification number; one that has none yet by its portal number."""
        asked = frozenset(ids)
        rows, problem = await self._permitted(CaseQuery(scope=self._scope, ids=tuple(sorted(asked))))
        return _told({row.id: row for row in rows}, asked, problem)

    async def for_writing(self, key: str) -> Case | None:
        """The case of that number, of either kind, with what can be changed of it and what it hangs on."""
        for query in (
            CaseQuery(scope=self._scope, ids=(key,), fields=_WRITTEN),
            CaseQuery(scope=self._scope, numbers=(key,), fields=_WRITTEN),
        ):
            rows, problem = await self._permitted(query)
            if rows:
                return rows[0]
        if problem is not None:
            raise problem
        return None

    async def by_number(self, numbers: Iterable[str]) -> Mapping[str, Case]:
        """By portal number (V11)."""
        asked = frozenset(numbers)
        rows, problem = await self._permitted(CaseQuery(scope=self._scope, numbers=tuple(sorted(asked))))
        return _told({row.number: row for row in rows}, asked, problem)

    async def of_assets(
        self, asset_ids: Iterable[str], query: CaseQuery, *, among: Subject | None = None
    ) -> Mapping[str, list[Case]]:
        """The cases of visible assets that match, by equipment number. Raises where not all of them can be told."""
        found, problem = await self._of_assets(asset_ids, query, among)
        if problem is not None:
            raise problem
        return found

    async def _of_assets(
        self, asset_ids: Iterable[str], query: CaseQuery, among: Subject | None = None
    ) -> tuple[Mapping[str, list[Case]], ConnectorError | None]:
        keys = frozenset(asset_ids) if among is None else among.asset_ids.intersection(asset_ids)
        asked = msgspec.structs.replace(query, asset_ids=tuple(sorted(keys)))
        matches = case_matches(asked)
        answer = await self._read(asked)
        problem = answer.problem if isinstance(answer, PartialRows) else None
        return grouped(distinct(filter(matches, answer.rows), _id), lambda row: (row.asset_id,)), problem

    async def open_of_assets(self, asset_ids: Iterable[str]) -> tuple[Mapping[str, list[Case]], ConnectorError | None]:
        """What is open on visible assets, for their operational state (F4); and why there may be more."""
        query = CaseQuery(scope=self._scope, statuses=OPEN, fields=frozenset({"priority", "status", "is_down"}))
        return await self._of_assets(asset_ids, query)

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

    async def _listed(self, query: CaseQuery, among: Subject | None) -> Sequence[Rows[Case]]:
        if among is None:
            return [await self._read(query)]
        reads = []
        if among.asset_ids:
            of_assets = msgspec.structs.replace(query, asset_ids=tuple(sorted(among.asset_ids)))
            reads.append(self._read(of_assets))
        if among.sold_to:
            of_accounts = msgspec.structs.replace(query, sold_to=tuple(sorted(among.sold_to)))
            reads.append(self._read(of_accounts))
        return await asyncio.gather(*reads)

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


def _told(found: dict[str, Case], asked: frozenset[str], problem: ConnectorError | None) -> Mapping[str, Case]:
    """Raises the problem where what is missing may be there all the same."""
    if problem is not None and not asked <= found.keys():
        raise problem
    return found


def _id(row: Case) -> str:
    return row.id
