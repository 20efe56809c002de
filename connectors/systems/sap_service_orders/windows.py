"""A window of cases that SAP sorts itself, so that the first 25 of 200,000 don't take reading them all.

Three orders can be had exactly: by number, by last change (an instant), and by creation. SAP sorts creations by
local dates and times, so there the reading goes on until 26 hours' worth of zones can change nothing any more.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from connectors.errors import TooManyRows
from connectors.queries import CaseQuery, OrderBy, Position, Rows
from connectors.records import Case
from connectors.systems.sap_service_orders.client import ODataClient
from connectors.systems.sap_service_orders.filters import (
    CaseFilter,
    ceiling,
    day_after,
    earliest_day,
    id_after,
)
from connectors.systems.sap_service_orders.instants import EARLIEST_BEHIND, LATEST_AHEAD
from connectors.systems.sap_service_orders.literals import NOTIFICATION, all_of, any_of, day, instant, padded, resource
from connectors.systems.sap_service_orders.wire import Reader
from connectors.transport.row_forms import Row

_SORTED_BY = {
    "id": (),
    "updated_at": ("LastChangeDateTime",),
    "created_at": ("NotificationCreationDate", "NotificationCreationTime"),
}
_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
_ZONE_ROWS = 200  # read at once beyond the window: the creations of some 26 hours


class WindowOrder(NamedTuple):
    """One attribute, with the number behind it. Numbers compare as SAP compares them: padded."""

    attribute: str
    descending: bool

    def orderby(self) -> str:
        direction = " desc" if self.descending else ""
        names = [name + direction for name in _SORTED_BY[self.attribute]]
        own = direction if self.attribute == "id" else ""
        return ",".join([*names, f"MaintenanceNotification{own}"])

    def value(self, case: Case) -> str | datetime | None:
        if self.attribute == "id":
            return padded(case.id, NOTIFICATION)
        return case.updated_at if self.attribute == "updated_at" else case.created_at

    def sorted(self, cases: Sequence[Case]) -> list[Case]:
        by_number = sorted(cases, key=lambda case: padded(case.id, NOTIFICATION))
        # A case without a value never gets here, and values of one attribute compare with one another.
        return sorted(by_number, key=self.value, reverse=self.descending)  # type: ignore[arg-type]

    def start_of(self, after: Position) -> str | datetime | None:
        """The value behind which the window starts. None: not one that a window of this order can start from."""
        if self.attribute == "id":
            return padded(after.id, NOTIFICATION)
        value = after.values[0] if after.values else None
        return value if isinstance(value, datetime) else None

    def is_behind(self, case: Case, start: str | datetime, after: Position) -> bool:
        value = self.value(case)
        if value == start:
            return padded(case.id, NOTIFICATION) > padded(after.id, NOTIFICATION)
        return bool(value < start if self.descending else value > start)  # type: ignore[operator]  # of one type

    def bound(self, start: str | datetime, after: Position) -> str:
        """The window's start as a condition; it may let rows through that lie before it."""
        if isinstance(start, str):
            return id_after(after.id, descending=self.descending)
        if self.attribute == "created_at":
            if self.descending:
                return f"NotificationCreationDate lt {day(day_after(start))}"
            return f"NotificationCreationDate ge {day(earliest_day(start))}"
        if start.microsecond:
            end = f"le {instant(ceiling(start))}" if self.descending else f"ge {instant(start)}"
            return f"LastChangeDateTime {end}"
        beyond = f"LastChangeDateTime {'lt' if self.descending else 'gt'} {instant(start)}"
        beside = all_of([f"LastChangeDateTime eq {instant(start)}", id_after(after.id, descending=False)])
        return any_of([beyond, f"({beside})"])


def window_order(order: Sequence[OrderBy]) -> WindowOrder | None:
    """None for an order that SAP can't be asked for exactly."""
    terms = list(order)
    if len(terms) > 1 and terms[-1] == OrderBy("id"):
        terms.pop()  # the id breaks ties as it is
    if not terms:
        return WindowOrder("id", False)
    if len(terms) > 1 or terms[0].attribute not in _SORTED_BY:
        return None
    return WindowOrder(terms[0].attribute, terms[0].descending)


class CaseWindow:
    """One window. `case_of` gives a row's record, or None for one that the query does not ask for."""

    def __init__(
        self,
        client: ODataClient,
        service: str,
        reader: Reader[Row],
        *,
        case_of: Callable[[Row], Case | None],
        local_creation: Callable[[Row], datetime | None],
        max_rows: int,
    ) -> None:
        self._client = client
        self._service = service
        self._reader = reader
        self._case_of = case_of
        self._local_creation = local_creation
        self._max_rows = max_rows

    async def read(self, query: CaseQuery, pushed: CaseFilter, options: dict[str, str]) -> Rows[Case] | None:
        """None where the window can't be had exactly: then everything is to be read.

        `pushed.terms` fit into one URL. Costs one call as a rule; behind a cursor another to count, and two at the
        end of a list sorted by a time.
        """
        if query.limit == 0 and query.after is None and query.count and pushed.exact:
            counted = await self.count(_conditions(pushed))
            return None if counted is None else Rows(windowed=True, total=counted, more=counted > 0)
        order = window_order(query.order)
        if order is None or query.limit is None or pushed.by_sold_to or (query.count and not pushed.exact):
            return None
        start = order.start_of(query.after) if query.after is not None else None
        if query.after is not None and start is None:
            return None
        conditions = _conditions(pushed)
        whole = list(conditions)
        found = _Found(order, query.limit, query.after, start)
        if query.after is not None and start is not None:
            conditions.append(order.bound(start, query.after))
        wanted = {"$filter": all_of(conditions), **options, "$orderby": order.orderby()}
        if query.count and query.after is None:
            wanted["$inlinecount"] = "allpages"
        if not await self._fill(found, wanted, self._portion(order, query.limit, pushed)):
            return None
        if found.may_miss_rows() and await self._some_lack_a_value(order, whole):
            return None
        total = found.total if query.after is None or not query.count else await self.count(whole)
        rows = order.sorted(list(found.cases.values()))
        return Rows(tuple(rows[: query.limit]), windowed=True, more=len(rows) > query.limit, total=total)

    async def count(self, conditions: Sequence[str]) -> int | None:
        """How many there are, and none of them. None: the system does not tell."""
        options = {"$filter": all_of(conditions), "$select": "MaintenanceNotification", "$top": "0"}
        none = resource("MaintenanceNotification", {**options, "$inlinecount": "allpages"})
        return (await self._client.page(self._service, none, self._reader)).total

    def _portion(self, order: WindowOrder, limit: int, pushed: CaseFilter) -> int | None:
        """Rows to ask for at once. None: as many as a page holds, since some will be passed over."""
        if not pushed.exact:
            return None
        return limit + 1 + (_ZONE_ROWS if order.attribute == "created_at" else 0)

    async def _fill(self, found: "_Found", options: dict[str, str], portion: int | None) -> bool:
        """Read until the window is full and settled, or there is no more. False: a row has no place in SAP's order."""
        skipped = 0
        while True:
            paged = {**options, "$top": str(portion or ""), "$skip": str(skipped or "")}
            cursor = self._client.cursor(self._service, resource("MaintenanceNotification", paged), self._reader)
            got = 0
            while (portion is None or got < portion) and (page := await cursor.next()) is not None:
                got += len(page.rows)
                found.total = page.total if found.total is None else found.total
                if not self._take(found, page.rows):
                    return False
                if found.is_settled():
                    return True
            if portion is None or got < portion:
                return True
            skipped += got
            if skipped > self._max_rows:
                raise TooManyRows(self._client.system, f"would read more than {self._max_rows} rows")

    async def _some_lack_a_value(self, order: WindowOrder, conditions: Sequence[str]) -> bool:
        """Whether there may be rows that any comparison of what they are sorted by leaves out."""
        name = _SORTED_BY[order.attribute][0]
        long_ago = day(_LONG_AGO.date()) if order.attribute == "created_at" else instant(_LONG_AGO)
        every, valued = await self.count(conditions), await self.count([*conditions, f"{name} ge {long_ago}"])
        return every is None or every != valued

    def _take(self, found: "_Found", rows: Sequence[Row]) -> bool:
        for row in rows:
            case = self._case_of(row)
            if case is not None and case.id and not found.add(case):
                return False
        found.last_local = self._local_creation(rows[-1]) if rows else found.last_local
        return True


class _Found:
    """The cases of a window so far."""

    def __init__(self, order: WindowOrder, limit: int, after: Position | None, start: str | datetime | None) -> None:
        self.order = order
        self.start = start
        self.cases: dict[str, Case] = {}
        self.total: int | None = None
        self.last_local: datetime | None = None
        self._limit = limit
        self._after = after

    def add(self, case: Case) -> bool:
        """False for a case without a value: it belongs to the end, wherever SAP sorted it."""
        if self.order.value(case) is None:
            return False
        if self.start is None or self._after is None or self.order.is_behind(case, self.start, self._after):
            self.cases[case.id] = case
        return True

    def may_miss_rows(self) -> bool:
        """Whether the list's end was reached behind a cursor: rows without a value, which come last, are not in it."""
        return self.start is not None and self.order.attribute != "id" and len(self.cases) <= self._limit

    def is_settled(self) -> bool:
        """Whether there is one row more than wanted, and no row to come can take a place before it."""
        if len(self.cases) <= self._limit:
            return False
        if self.order.attribute != "created_at":
            return True
        if self.last_local is None:
            return False
        last = self.order.sorted(list(self.cases.values()))[self._limit].created_at
        if last is None:
            return False
        local, wanted = self.last_local, last.replace(tzinfo=None)
        return local + EARLIEST_BEHIND < wanted if self.order.descending else local - LATEST_AHEAD > wanted


def _conditions(pushed: CaseFilter) -> list[str]:
    return [*pushed.conditions, *([any_of(pushed.terms)] if pushed.terms else [])]
