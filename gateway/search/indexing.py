"""Keeps the index as the systems are: one of several gateways reads them, first all, then what has changed.

What is read again and has not changed is not written again.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from connectors.errors import ConnectorError
from connectors.ordering import position_of
from connectors.queries import (
    AccountQuery,
    AccountScope,
    CaseQuery,
    ContractQuery,
    DocumentQuery,
    InstalledProductQuery,
    LocationQuery,
    OrderBy,
    Position,
    ServiceOrderQuery,
    WarrantyQuery,
)
from connectors.records import Case, CustomAssetData, InstalledProduct, ServiceContract, ServiceOrder
from connectors.registry import Clock
from connectors.search.facts import CASE_FIELDS, Cover, cover_of_line, cover_of_warranty
from connectors.search.index import SearchEntry, SearchIndex
from connectors.sources import Sources
from connectors.transport.chunks import chunked
from connectors.vocabulary import DocumentKind, SearchKind
from gateway.search.entries import (
    Fleet,
    asset_entry,
    case_entry,
    contract_entry,
    document_entry,
    fleet_of,
    location_entry,
    mistyped,
)
from gateway.search.settings import SearchSettings

log = structlog.get_logger(__name__)

_EVERYTHING = AccountScope(unrestricted=True)
_CASES_AT_ONCE = 2_000
_KEYS_AT_ONCE = 2_000
_ENTRIES_AT_ONCE = 50
_ORDER = (OrderBy("created_at"),)
_OVERLAP = timedelta(seconds=30)
_LEASE = timedelta(minutes=5)
_MOST_TOLD = 500
"""Assets that are read again at once; what is more of them is found by the next rebuild."""

_CASE_FIELDS = CASE_FIELDS | {"description", "long_text", "purchase_order", "updated_at"}


class NotLeading(Exception):
    """Another gateway keeps the index by now."""


class Indexing:
    """`sources` are asked themselves, not through what is kept of them."""

    def __init__(self, index: SearchIndex, sources: Sources, clock: Clock, settings: SearchSettings) -> None:
        self._index = index
        self._sources = sources
        self._clock = clock
        self._settings = settings
        self._name = str(uuid4())
        self._rebuilt_at: datetime | None = None
        self._since: datetime | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Keep it until `close`."""
        if self._settings.enabled:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        tasks = [*self._telling, *([self._task] if self._task is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Once: all of it where that is due, else what has changed. Raises a ConnectorError, NotLeading."""
        await self._lead()
        now = self._clock()
        due = self._rebuilt_at is None or now - self._rebuilt_at >= timedelta(seconds=self._settings.rebuild)
        if due or self._since is None:
            await self.rebuild()
        else:
            await self._refresh(self._since, now)

    def assets_changed(self, ids: Iterable[str]) -> None:
        """Read them again beside the requests, whoever keeps the index: somebody has told of a change. Never raises."""
        if self._settings.enabled:
            task = asyncio.create_task(self._told(tuple(ids)[:_MOST_TOLD]))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def read_again(self, ids: Sequence[str]) -> None:
        """Those assets, and the cases on them, whose viewers are others where the owner is. Raises a ConnectorError."""
        query = InstalledProductQuery(scope=_EVERYTHING, ids=tuple(ids))
        assets = (await self._sources.installed_base.installed_products(query)).rows
        fleet = fleet_of(assets)
        numbers = tuple(fleet.by_number)
        covers: dict[str, list[Cover]] = {}
        cases: Sequence[Case] = ()
        if numbers:
            asked = ContractQuery(scope=_EVERYTHING, asset_ids=numbers)
            covers = _covers((await self._sources.contracts.contracts(asked)).rows)
            await self._warranties(fleet, covers, leading=False)
            about = CaseQuery(scope=_EVERYTHING, fields=_CASE_FIELDS, asset_ids=numbers)
            cases = (await self._sources.service_cases.cases(about)).rows
        own = await self._sources.customer_asset_data.custom_asset_data(tuple(asset.id for asset in assets))
        entries = [asset_entry(asset, own.get(asset.id), covers.get(asset.asset_id or "", ())) for asset in assets]
        await self._write([*entries, *await self._of_cases(cases, await self._equipment_of(cases))], {})
        await self._index.remove(SearchKind.INSTALLED_PRODUCT, set(ids) - {asset.id for asset in assets})

    async def _told(self, ids: tuple[str, ...]) -> None:
        try:
            await self.read_again(ids)
        except ConnectorError as error:
            log.warning("search.not_refreshed", reason=str(error))
        except Exception:  # of ours: the next rebuild reads them
            log.exception("search.refresh_failed")

    async def rebuild(self) -> None:
        """All of it."""
        started = self._clock()
        assets = await self._assets(started)
        fleet = fleet_of(assets)
        await self._documents(assets, fleet, started)
        await self._all_cases(fleet, started)
        self._rebuilt_at = self._since = started
        log.info("search.rebuilt", assets=len(assets), seconds=round((self._clock() - started).total_seconds(), 1))

    async def _assets(self, now: datetime) -> list[InstalledProduct]:
        base = self._sources.installed_base
        assets = list((await base.installed_products(InstalledProductQuery(scope=_EVERYTHING))).rows)
        fleet = fleet_of(assets)
        covers = await self._contracts(fleet, now)
        await self._warranties(fleet, covers)
        own: dict[str, CustomAssetData] = {}
        for ids in chunked((asset.id for asset in assets), at_most=_KEYS_AT_ONCE):
            own |= await self._sources.customer_asset_data.custom_asset_data(ids)
        entries = [asset_entry(asset, own.get(asset.id), covers.get(asset.asset_id or "", ())) for asset in assets]
        await self._replace(SearchKind.INSTALLED_PRODUCT, entries, now)
        locations = (await base.locations(LocationQuery(scope=_EVERYTHING))).rows
        await self._replace(SearchKind.LOCATION, [location_entry(row) for row in locations], now)
        return assets

    async def _contracts(self, fleet: Fleet, now: datetime) -> dict[str, list[Cover]]:
        """Written down; what covers each asset, by equipment number."""
        accounts = (await self._sources.installed_base.accounts(AccountQuery(scope=_EVERYTHING))).rows
        numbers = [row.number for row in accounts if row.number is not None]
        found: dict[str, ServiceContract] = {}
        for some in chunked(numbers, at_most=_KEYS_AT_ONCE):
            rows = (
                await self._sources.contracts.contracts(ContractQuery(scope=_EVERYTHING, account_numbers=some))
            ).rows
            found |= {row.number: row for row in rows}
        for some in chunked(fleet.by_number, at_most=_KEYS_AT_ONCE):
            query = ContractQuery(scope=_EVERYTHING, asset_ids=some)
            rows = (await self._sources.contracts.contracts(query)).rows
            found |= {row.number: row for row in rows}
        await self._replace(SearchKind.SERVICE_CONTRACT, [contract_entry(row, fleet) for row in found.values()], now)
        return _covers(found.values())

    async def _warranties(self, fleet: Fleet, covers: dict[str, list[Cover]], *, leading: bool = True) -> None:
        for some in chunked(fleet.by_number, at_most=_KEYS_AT_ONCE):
            rows = (await self._sources.contracts.warranties(WarrantyQuery(scope=_EVERYTHING, asset_ids=some))).rows
            for row in rows:
                cover = cover_of_warranty(row)
                if cover is not None:
                    covers.setdefault(row.asset_id, []).append(cover)
            if leading:
                await self._lead()

    async def _documents(self, assets: Sequence[InstalledProduct], fleet: Fleet, now: datetime) -> None:
        if self._sources.documents is None:
            return
        query = DocumentQuery(
            scope=_EVERYTHING, product_codes=tuple(fleet.by_product), serial_numbers=tuple(fleet.by_serial)
        )
        rows = (await self._sources.documents.documents(query)).rows
        # A report is for who is entitled to it, which no account alone tells (V26).
        told = [row for row in rows if row.kind is not DocumentKind.UPTIME_REPORT]
        await self._replace(SearchKind.DOCUMENT, [document_entry(row, fleet) for row in told], now)

    async def _all_cases(self, fleet: Fleet, now: datetime) -> None:
        gone = dict(await self._index.digests(SearchKind.CASE))
        known = dict(gone)
        async for rows in self._pages(CaseQuery(scope=_EVERYTHING, fields=_CASE_FIELDS, order=_ORDER)):
            entries = await self._of_cases(rows, fleet)
            await self._write(entries, known)
            for entry in entries:
                gone.pop(entry.key, None)
            await self._lead()
        await self._index.remove(SearchKind.CASE, list(gone))
        await self._index.mark(SearchKind.CASE, now)

    async def _refresh(self, since: datetime, now: datetime) -> None:
        query = CaseQuery(scope=_EVERYTHING, fields=_CASE_FIELDS, updated_from=since - _OVERLAP)
        rows = (await self._sources.service_cases.cases(query)).rows
        if rows:
            await self._write(await self._of_cases(rows, await self._equipment_of(rows)), {})
        await self._index.mark(SearchKind.CASE, now)
        self._since = now

    async def _equipment_of(self, cases: Iterable[Case]) -> Fleet:
        """What they are about, as the installed base has it now: whose a case is, its equipment tells (R11)."""
        numbers = tuple(sorted({case.asset_id for case in cases if case.asset_id is not None}))
        query = InstalledProductQuery(scope=_EVERYTHING, asset_ids=numbers)
        return fleet_of((await self._sources.installed_base.installed_products(query)).rows if numbers else ())

    async def _pages(self, query: CaseQuery) -> AsyncIterator[Sequence[Case]]:
        """Page after page where the system cuts them; else all at once."""
        after: Position | None = None
        while True:
            asked = CaseQuery(
                scope=query.scope, fields=query.fields, order=query.order, after=after, limit=_CASES_AT_ONCE
            )
            answer = await self._sources.service_cases.cases(asked)
            yield answer.rows
            if not answer.windowed or not answer.more or not answer.rows:
                return
            after = position_of(answer.rows[-1], _ORDER, lambda row: str(row.id))

    async def _of_cases(self, rows: Sequence[Case], fleet: Fleet) -> list[SearchEntry]:
        orders = await self._orders([row.id for row in rows])
        entries = []
        for place, row in enumerate(rows):
            entries.append(case_entry(row, fleet, orders.get(row.id, ())))
            if place % _ENTRIES_AT_ONCE == 0:
                await asyncio.sleep(0)  # requests have their turn
        return entries

    async def _orders(self, case_ids: Sequence[str]) -> dict[str, list[ServiceOrder]]:
        """By the case that they are for."""
        query = ServiceOrderQuery(scope=_EVERYTHING, case_ids=tuple(case_ids), fields=frozenset({"case_id", "visit"}))
        found: dict[str, list[ServiceOrder]] = {}
        for order in (await self._sources.service_cases.service_orders(query)).rows:
            found.setdefault(order.case_id or "", []).append(order)
        return found

    async def _replace(self, kind: SearchKind, entries: Sequence[SearchEntry], now: datetime) -> None:
        known = await self._index.digests(kind)
        await self._write(entries, known)
        await self._index.remove(kind, known.keys() - {entry.key for entry in entries})
        await self._index.mark(kind, now)
        await self._lead()

    async def _write(self, entries: Iterable[SearchEntry], known: Mapping[str, str]) -> None:
        changed = [entry for entry in entries if known.get(entry.key) != entry.digest()]
        if changed:
            await self._index.learn_words(mistyped(changed))
            await self._index.put(changed)

    async def _lead(self) -> None:
        now = self._clock()
        if not await self._index.lead(self._name, now, now + _LEASE):
            raise NotLeading

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except NotLeading:
                self._since = None  # what another one has seen since, this one has not: all is read again
            except ConnectorError as error:
                log.warning("search.not_refreshed", reason=str(error))
            except Exception:  # of ours: the next look may go well
                log.exception("search.refresh_failed")
            await asyncio.sleep(self._settings.refresh)


def _covers(contracts: Iterable[ServiceContract]) -> dict[str, list[Cover]]:
    """What covers each asset, by equipment number."""
    covers: dict[str, list[Cover]] = {}
    for contract in contracts:
        for line in contract.lines:
            cover = cover_of_line(line, contract)
            if line.asset_id is not None and not line.rejected and cover is not None:
                covers.setdefault(line.asset_id, []).append(cover)
    return covers
