"""Reads by range tables: keys in chunks that a call takes, each chunk's pages to their end, all at the same time."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from connectors.errors import SourceMisanswered, TooManyRows
from connectors.queries import Keys
from connectors.transport.abap_values import pad_keys, read_integer
from connectors.transport.chunks import chunked
from connectors.transport.fan_out import gather_all
from connectors.transport.soap import SoapSystem
from connectors.transport.soap_answers import SoapAnswer
from connectors.transport.soap_requests import Parameter, RangeTable

log = structlog.get_logger(__name__)

T = TypeVar("T")

RangeTables = Mapping[str, tuple[str, ...]]
"""Padded keys by the name of their range table. The tables are ANDed, the keys of one are ORed."""


@dataclass(frozen=True, slots=True)
class RangeRead(Generic[T]):
    """An operation that pages by `IV_SKIP` over the rows of `table`; `rows` reads a page of them."""

    operation: str
    table: str
    rows: Callable[[SoapAnswer], list[T]]


def range_tables(criteria: Mapping[str, tuple[Keys | None, int]]) -> RangeTables:
    """Range tables of the criteria that were asked, by table: the numbers, and their keys' width.

    A table without keys matches nothing. Raises ValueError where no criterion is given: the systems refuse to list
    everything, and who reads must say what.
    """
    asked = {table: pad_keys(numbers, width) for table, (numbers, width) in criteria.items() if numbers is not None}
    if not asked:
        raise ValueError(f"a read names at least one of {', '.join(criteria)}")
    return asked


def left_out(tables: RangeTables, at_most: int) -> frozenset[str]:
    """The tables that go into no call, because they and a longer one need several: the caller checks their keys."""
    longest = _longest(tables)
    return frozenset(table for table, keys in tables.items() if table != longest and len(keys) > at_most)


async def read_ranges(soap: SoapSystem, read: RangeRead[T], tables: RangeTables) -> list[T]:
    """All rows that match every table (but those `left_out`), in no order; a row may come several times.

    No call is made where a table is empty. Raises TooManyRows beyond `max_rows`, SourceMisanswered where paging
    leads nowhere.
    """
    if not all(tables.values()):
        return []
    at_most = soap.settings.range_rows
    longest, unsent = _longest(tables), left_out(tables, at_most)
    rest = {table: RangeTable(keys) for table, keys in tables.items() if table != longest and table not in unsent}
    reading = _Reading(soap, read)
    chunks = [{**rest, longest: RangeTable(chunk)} for chunk in chunked(tables[longest], at_most=at_most)]
    return [row for rows in await gather_all(reading.chunk(chunk) for chunk in chunks) for row in rows]


def _longest(tables: RangeTables) -> str:
    return max(tables, key=lambda table: len(tables[table]))


@dataclass(frozen=True, slots=True)
class _Page(Generic[T]):
    rows: list[T]
    count: int  # rows on the wire, of which the reader may have dropped some
    total: int | None


class _Reading(Generic[T]):
    """One read, over all its chunks: how many calls it makes at a time, how many rows it has come to."""

    def __init__(self, soap: SoapSystem, read: RangeRead[T]) -> None:
        self._soap = soap
        self._read = read
        self._gate = asyncio.Semaphore(soap.settings.parallel_calls)
        self._promised = 0

    async def chunk(self, tables: Mapping[str, RangeTable]) -> list[T]:
        first = await self._page(tables, 0, self._soap.settings.page_rows)
        if first.total is None:
            return await self._follow(tables, first)
        self._promise(max(first.total, first.count))
        if first.count == 0 < first.total:
            raise SourceMisanswered(self._soap.system, "counts rows that it does not answer")
        # A system may give shorter pages than asked for; the first one shows its measure.
        windows = [
            self._window(tables, skip, min(first.count, first.total - skip), first)
            for skip in range(first.count, first.total, first.count or 1)
        ]
        return first.rows + [row for rows in await gather_all(windows) for row in rows]

    async def _window(self, tables: Mapping[str, RangeTable], skip: int, size: int, first: _Page[T]) -> list[T]:
        """`size` rows from `skip` on, in one page or several."""
        rows: list[T] = []
        done = 0
        while done < size:
            page = await self._page(tables, skip + done, size - done)
            if page.count == 0:
                log.warning("source.short", system=self._soap.system, operation=self._read.operation)
                break
            self._check_progress(page, first)
            rows += page.rows
            done += page.count
        return rows

    async def _follow(self, tables: Mapping[str, RangeTable], first: _Page[T]) -> list[T]:
        """Pages until an empty one, where the system does not tell how many rows there are."""
        rows, done, page = list(first.rows), first.count, first
        self._promise(first.count)
        while page.count:
            page = await self._page(tables, done, self._soap.settings.page_rows)
            self._check_progress(page, first)
            self._promise(page.count)
            rows += page.rows
            done += page.count
        return rows

    async def _page(self, tables: Mapping[str, RangeTable], skip: int, size: int) -> _Page[T]:
        paging: dict[str, Parameter] = {"IV_MAX_ROWS": size, "IV_SKIP": skip}
        async with self._gate:
            return await self._soap.call(self._read.operation, {**tables, **paging}, self._read_page)

    def _read_page(self, answer: SoapAnswer) -> _Page[T]:
        total = read_integer(answer.value("EV_TOTAL"))
        return _Page(self._read.rows(answer), answer.count(self._read.table), total)

    def _check_progress(self, page: _Page[T], first: _Page[T]) -> None:
        if page.rows and page.rows == first.rows[: len(page.rows)]:
            raise SourceMisanswered(self._soap.system, "answers the same page again and again")

    def _promise(self, rows: int) -> None:
        self._promised += rows
        if self._promised > self._soap.settings.max_rows:
            raise TooManyRows(self._soap.system, f"has more than {self._soap.settings.max_rows} rows for this")
