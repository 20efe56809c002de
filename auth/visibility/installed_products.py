"""Installed products and locations: visible by their owner account (R11)."""

from collections.abc import AsyncIterator, Iterable, Mapping

import msgspec

from auth.scope import EVERYTHING, admits_account
from auth.visibility.grouping import grouped
from auth.visibility.joined import JoinedReads
from auth.visibility.projection import Attributes, projected
from auth.visibility.window import Page, Window, all_pages, read_page
from connectors.criteria import checked_attributes, installed_product_matches, location_matches
from connectors.ports import InstalledBase
from connectors.queries import AccountScope, InstalledProductQuery, Keys, LocationQuery, OrderBy
from connectors.records import InstalledProduct, Location

PLACEHOLDER = "1"
"""What is asked about where there is nothing to ask about, so that the way is as long (R10). The answer is not used."""

OWNER = frozenset({"asset_id", "account_id", "location_id", "modality"})
"""What tells whose an asset is, and which."""


class VisibleLocations:
    def __init__(self, scope: AccountScope, source: InstalledBase, reads: JoinedReads, wanted: Attributes) -> None:
        self._scope = scope
        self._wanted = wanted
        self._source = source
        self._reads = reads

    async def page(self, query: LocationQuery, window: Window) -> Page[Location]:
        matches = location_matches(query)
        return await read_page(
            lambda asked: self._reads.read(self._source.locations, projected(asked, self._wanted)),
            query,
            window,
            permits=lambda row: admits_account(self._scope, row.account_id) and matches(row),
            key=lambda row: row.id,
        )

    async def by_id(self, ids: Iterable[str]) -> Mapping[str, Location]:
        page = await self.page(LocationQuery(scope=self._scope, ids=_distinct(ids)), Window())
        return {row.id: row for row in page.rows}

    async def of_accounts(self, query: LocationQuery, account_ids: Iterable[str]) -> tuple[Location, ...]:
        """The locations of those accounts that match."""
        asked = frozenset(account_ids)
        keys = asked if query.account_ids is None else asked.intersection(query.account_ids)
        return (await self.page(msgspec.structs.replace(query, account_ids=_distinct(keys)), Window())).rows


class VisibleInstalledProducts:
    """The assets a viewer may see, and whether an equipment number is such an asset's."""

    def __init__(self, scope: AccountScope, source: InstalledBase, reads: JoinedReads, wanted: Attributes) -> None:
        self._scope = scope
        self._wanted = wanted
        self._source = source
        self._reads = reads
        self._known: dict[str, tuple[InstalledProduct, ...]] = {}

    async def page(self, query: InstalledProductQuery, window: Window) -> Page[InstalledProduct]:
        matches = installed_product_matches(query)
        return await read_page(
            lambda asked: self._reads.read(self._source.installed_products, projected(asked, self._wanted)),
            query,
            window,
            permits=lambda row: self._permits(row) and matches(row),
            key=lambda row: row.id,
        )

    async def all(self, query: InstalledProductQuery, *, also: Iterable[str] = ()) -> tuple[InstalledProduct, ...]:
        """Every asset that matches. `also`: attributes that the caller looks at, beside those that are wanted."""
        if self._wanted is not None and also:
            query = projected(query, self._wanted.union(also))
        return (await self.page(query, Window())).rows

    async def keys(self, query: InstalledProductQuery, order: tuple[OrderBy, ...]) -> AsyncIterator[list[str]]:
        """The CRM Ids of all visible assets that match, in order, some thousands at a time, read in outline. Raises a
        ConnectorError where not all can be told."""
        fields = OWNER | checked_attributes(query) | {term.attribute for term in order}
        outline = msgspec.structs.replace(query, fields=fields)
        async for rows in all_pages(lambda window: self.page(outline, window), order, lambda row: row.id):
            yield [row.id for row in rows]

    async def by_id(self, ids: Iterable[str]) -> Mapping[str, InstalledProduct]:
        rows = await self.all(InstalledProductQuery(scope=self._scope, ids=_distinct(ids)))
        return {row.id: row for row in rows}

    async def by_asset_id(self, asset_ids: Iterable[str]) -> Mapping[str, InstalledProduct]:
        """By bare equipment number. Where the installed base has one twice, the first by id answers."""
        rows = await self.all(InstalledProductQuery(scope=self._scope, asset_ids=_distinct(asset_ids)))
        return {row.asset_id: row for row in reversed(rows) if row.asset_id is not None}

    async def equipment(self, narrowed: InstalledProductQuery | None = None) -> frozenset[str]:
        """The equipment numbers of all assets that may be seen (and match `narrowed`)."""
        query = narrowed or InstalledProductQuery(scope=self._scope)
        rows = await self.all(msgspec.structs.replace(query, fields=OWNER | checked_attributes(query), deciding=True))
        by_number = grouped(rows, lambda row: (row.asset_id,))
        for number, visible in by_number.items():
            self._known.setdefault(number, tuple(visible))  # one visible asset of that number is all there is to learn
        return frozenset(by_number)

    async def learn(self, asset_ids: Iterable[str | None], *, always: bool = False) -> None:
        """Ask once for the owners of equipment numbers, so that `is_known` and `is_visible` can tell.

        `always` asks even of none: a row looked up by its key takes as long where it isn't there as where it is
        another customer's (R10).
        """
        numbers = {number for number in asset_ids if number}
        if always and not numbers and not self._scope.unrestricted:
            numbers = {PLACEHOLDER}
        unasked = tuple(sorted(numbers - self._known.keys()))
        if not unasked:
            return
        query = InstalledProductQuery(scope=EVERYTHING, asset_ids=unasked, fields=OWNER)
        rows = (await self._reads.read(self._source.installed_products, query)).rows
        by_number = grouped(rows, lambda row: (row.asset_id,))
        for number in unasked:
            self._known[number] = tuple(by_number.get(number, ()))

    def is_known(self, asset_id: str | None) -> bool:
        """Whether the installed base has that equipment at all. Learn it first."""
        return asset_id is not None and bool(self._known[asset_id])

    def is_visible(self, asset_id: str | None) -> bool:
        """Whether that equipment is an asset the viewer may see. Learn it first."""
        return asset_id is not None and any(self._permits(row) for row in self._known[asset_id])

    def _permits(self, row: InstalledProduct) -> bool:
        return admits_account(self._scope, row.account_id)


def _distinct(keys: Iterable[str]) -> Keys:
    return tuple(sorted(set(keys)))
