"""Pages of permitted rows: each row once, in both directions, whatever comes and goes in between (R10)."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.visibility.window import Page, Window, cut, read_page
from connectors.ordering import is_after, position_of, sort_rows
from connectors.queries import AccountScope, OrderBy, Position, Query, Rows


class Row(msgspec.Struct, frozen=True):
    id: str
    name: str | None = None
    rank: int | None = None


IDS = [f"{n:02}" for n in range(30)]
ROWS = st.lists(
    st.builds(
        Row, st.sampled_from(IDS), st.none() | st.sampled_from(["a", "B", "ł", "Ł", "z"]), st.none() | st.integers(0, 3)
    ),
    unique_by=lambda row: row.id,
    max_size=20,
)
ORDERS = st.lists(
    st.builds(OrderBy, st.sampled_from(["name", "rank"]), st.booleans()), unique_by=lambda term: term.attribute
).map(tuple)
SIZES = st.integers(1, 7)
Order = tuple[OrderBy, ...]


def by_id(row: Row) -> str:
    return row.id


def place(row: Row, order: Order) -> Position:
    return position_of(row, order, by_id)


@given(ROWS, ORDERS, SIZES)
def test_paging_forward_gives_each_row_once_and_in_order(rows: list[Row], order: Order, size: int) -> None:
    seen: list[Row] = []
    window = Window(order=order, first=size, count=True)
    while True:
        page = cut(rows, window, key=by_id)
        assert page.total == len(rows)
        assert page.has_previous is bool(seen)
        seen.extend(page.rows)
        assert page.has_next is (len(seen) < len(rows))
        if not page.has_next:
            break
        assert len(page.rows) == size
        window = msgspec.structs.replace(window, after=place(page.rows[-1], order))
    assert seen == sort_rows(rows, order, by_id)


@given(ROWS, ORDERS, SIZES)
def test_paging_backward_gives_the_same_rows_from_the_end(rows: list[Row], order: Order, size: int) -> None:
    seen: list[Row] = []
    window = Window(order=order, last=size)
    while True:
        page = cut(rows, window, key=by_id)
        assert page.has_next is bool(seen)
        seen[:0] = page.rows
        assert page.has_previous is (len(seen) < len(rows))
        if not page.has_previous:
            break
        window = msgspec.structs.replace(window, before=place(page.rows[0], order))
    assert seen == sort_rows(rows, order, by_id)


@given(ROWS, ROWS, ORDERS, SIZES, st.data())
def test_a_cursor_survives_rows_that_come_and_go(
    rows: list[Row], others: list[Row], order: Order, size: int, data: st.DataObject
) -> None:
    """Rows are removed and added between the pages, the cursor's own row too: those that stay come exactly once."""
    everything = {row.id: row for row in [*others, *rows]}
    here = {row.id: row for row in rows}
    stayed = set(here)
    seen: list[Row] = []
    after: Position | None = None
    while True:
        page = cut(list(here.values()), Window(order=order, first=size, after=after), key=by_id)
        seen.extend(page.rows)
        if not page.has_next:
            break
        after = place(page.rows[-1], order)
        changed = data.draw(st.sets(st.sampled_from(sorted(everything)), max_size=4), label="removed or added")
        for key in changed:
            if here.pop(key, None) is None:
                here[key] = everything[key]
        stayed -= changed
    ids = [row.id for row in seen]
    assert len(ids) == len(set(ids))
    assert stayed <= set(ids)
    assert seen == sort_rows(seen, order, by_id)


@given(ROWS, ORDERS, st.data())
def test_between_two_cursors_lies_what_lies_between_their_rows(
    rows: list[Row], order: Order, data: st.DataObject
) -> None:
    ordered = sort_rows(rows, order, by_id)
    start = data.draw(st.integers(0, len(ordered)))
    end = data.draw(st.integers(start, len(ordered)))
    after = place(ordered[start - 1], order) if start else None
    before = place(ordered[end], order) if end < len(ordered) else None
    page = cut(rows, Window(order=order, after=after, before=before), key=by_id)
    assert list(page.rows) == ordered[start:end]
    assert (page.has_previous, page.has_next) == (start > 0, end < len(ordered))


def test_no_rows_make_an_empty_page() -> None:
    assert cut([], Window(first=5, count=True), key=by_id) == Page(total=0)


def test_a_page_of_none_says_whether_there_are_any() -> None:
    page = cut([Row("1")], Window(first=0, count=True), key=by_id)
    assert (page.rows, page.has_next, page.total) == ((), True, 1)


def test_cursors_that_cross_leave_nothing_between_them() -> None:
    rows = [Row("1"), Row("2"), Row("3")]
    crossed = Window(after=Position(values=(), id="3"), before=Position(values=(), id="1"))
    assert cut(rows, crossed, key=by_id).rows == ()


def test_a_total_is_counted_only_when_it_is_asked_for() -> None:
    assert cut([Row("1")], Window(), key=by_id).total is None


class Source:
    """A source of rows, one that cuts windows itself or one that doesn't."""

    def __init__(self, rows: Sequence[Row], *, cuts: bool) -> None:
        self.rows = tuple(rows)
        self.cuts = cuts
        self.asked: list[Query] = []

    async def read(self, query: Query) -> Rows[Row]:
        self.asked.append(query)
        if not self.cuts or query.limit is None:
            return Rows(self.rows)
        ordered = sort_rows(self.rows, query.order, by_id)
        if query.after is not None:
            ordered = [row for row in ordered if is_after(place(row, query.order), query.after, query.order)]
        return Rows(
            tuple(ordered[: query.limit]),
            windowed=True,
            more=len(ordered) > query.limit,
            total=len(self.rows) if query.count else None,
        )


ANALYST = Query(scope=AccountScope(unrestricted=True))
RESTRICTED = Query(scope=AccountScope(account_numbers=frozenset({"7"})))


async def page_of(source: Source, query: Query, window: Window, *hidden: str) -> Page[Row]:
    return await read_page(source.read, query, window, permits=lambda row: row.id not in hidden, key=by_id)


@pytest.mark.parametrize("cuts", [True, False], ids=["the source cuts", "the gateway cuts"])
async def test_a_source_that_cuts_its_pages_and_one_that_does_not_make_the_same_pages(cuts: bool) -> None:
    source = Source([Row(key, rank=int(key) % 3) for key in IDS], cuts=cuts)
    order = (OrderBy("rank", descending=True),)
    seen: list[str] = []
    after: Position | None = None
    for _ in range(5):
        page = await page_of(source, ANALYST, Window(order=order, first=6, after=after, count=True))
        assert (page.total, page.has_previous, page.has_next) == (30, after is not None, len(seen) < 24)
        seen += [row.id for row in page.rows]
        after = place(page.rows[-1], order)
    assert seen == [row.id for row in sort_rows(source.rows, order, by_id)]


async def test_an_analysts_window_goes_down_to_the_source() -> None:
    source = Source([Row("1"), Row("2")], cuts=True)
    after = Position(values=(None,), id="0")
    await page_of(source, ANALYST, Window(order=(OrderBy("name"),), first=1, after=after, count=True))
    (asked,) = source.asked
    assert (asked.order, asked.after, asked.limit, asked.count) == ((OrderBy("name"),), after, 1, True)


@pytest.mark.rule("R10")
async def test_a_restricted_viewers_window_is_cut_from_checked_rows_alone() -> None:
    source = Source([Row(key) for key in IDS], cuts=True)
    hidden = IDS[1::2]
    page = await page_of(source, RESTRICTED, Window(first=4, count=True), *hidden)
    assert source.asked == [RESTRICTED]
    assert [row.id for row in page.rows] == IDS[0:8:2]
    assert (page.total, page.has_next) == (15, True)


@pytest.mark.parametrize("window", [Window(last=2), Window(first=2, before=Position(values=(), id="05")), Window()])
async def test_what_no_source_can_cut_is_read_whole_and_cut_here(window: Window) -> None:
    source = Source([Row(key) for key in IDS], cuts=True)
    page = await page_of(source, ANALYST, window)
    assert source.asked == [ANALYST]
    assert page == cut(source.rows, window, key=by_id)


async def test_a_source_that_answers_more_than_the_window_does_not_lengthen_the_page() -> None:
    rows = tuple(Row(key) for key in IDS[:5])

    async def generous(query: Query) -> Rows[Row]:
        return Rows(rows, windowed=True, more=False, total=5)

    page = await read_page(generous, ANALYST, Window(first=2), permits=lambda row: True, key=by_id)
    assert ([row.id for row in page.rows], page.has_next) == (IDS[:2], True)
