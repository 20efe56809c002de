"""Orders and cursors: sorting, placing and paging agree, whatever comes and goes in between."""

from datetime import UTC, date, datetime
from enum import Enum
from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ordering import is_after, order_value, position_of, sort_positions, sort_rows
from connectors.queries import OrderBy, Position
from connectors.vocabulary import CasePriority


class Row(msgspec.Struct, frozen=True):
    id: str
    name: str | None
    day: date | None
    at: datetime | None
    priority: CasePriority | None
    down: bool
    count: int | None


# Few values each, so that many rows are alike in some of them.
ROWS = st.lists(
    st.builds(
        Row,
        id=st.text("aAbB01", min_size=1, max_size=3),
        name=st.none() | st.sampled_from(["MR", "mr", "Łódź", "łódź", "straße", "STRASSE", "a", "B"]),
        day=st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 3)),
        at=st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001
        priority=st.none() | st.sampled_from(CasePriority),
        down=st.booleans(),
        count=st.none() | st.integers(0, 2),
    ),
    unique_by=lambda row: row.id,
    max_size=12,
)
ORDERS = st.lists(
    st.builds(OrderBy, st.sampled_from(["name", "day", "at", "priority", "down", "count"]), st.booleans()),
    unique_by=lambda term: term.attribute,
    max_size=3,
).map(tuple)


def by_id(row: Row) -> str:
    return row.id


@given(ROWS, ORDERS)
def test_each_row_comes_behind_the_one_before_it_and_never_the_other_way(
    rows: list[Row], order: tuple[OrderBy, ...]
) -> None:
    ordered = sort_rows(rows, order, by_id)
    assert sorted(ordered, key=by_id) == sorted(rows, key=by_id)
    for before, behind in pairwise(ordered):
        assert is_after(position_of(behind, order, by_id), position_of(before, order, by_id), order)
        assert not is_after(position_of(before, order, by_id), position_of(behind, order, by_id), order)


@given(ROWS, ORDERS)
def test_places_are_put_in_the_order_of_their_rows(rows: list[Row], order: tuple[OrderBy, ...]) -> None:
    places = sort_positions([position_of(row, order, by_id) for row in rows], order)
    assert [place.id for place in places] == [row.id for row in sort_rows(rows, order, by_id)]


@given(ROWS, ORDERS, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_the_rows_came(
    rows: list[Row], order: tuple[OrderBy, ...], random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert sort_rows(shuffled, order, by_id) == sort_rows(rows, order, by_id)


@given(ROWS, ORDERS)
def test_no_row_comes_behind_itself(rows: list[Row], order: tuple[OrderBy, ...]) -> None:
    for row in rows:
        place = position_of(row, order, by_id)
        assert not is_after(place, place, order)


@given(ROWS, st.sampled_from(["name", "day", "priority", "count"]), st.booleans())
def test_rows_without_a_value_come_last_in_either_direction(rows: list[Row], attribute: str, descending: bool) -> None:
    ordered = sort_rows(rows, (OrderBy(attribute, descending),), by_id)
    empty = [getattr(row, attribute) is None for row in ordered]
    assert empty == sorted(empty)
    assert [row.id for row in ordered if getattr(row, attribute) is None] == sorted(
        row.id for row in rows if getattr(row, attribute) is None
    )


@given(ROWS.filter(bool), ROWS, ORDERS, st.data())
def test_a_cursor_survives_inserts_and_deletes(
    old: list[Row], others: list[Row], order: tuple[OrderBy, ...], data: st.DataObject
) -> None:
    """Whoever reads a page, and the rest later, sees each row that was there all the time once."""
    ordered = sort_rows(old, order, by_id)
    size = data.draw(st.integers(1, len(ordered)))
    page, cursor = ordered[:size], position_of(ordered[size - 1], order, by_id)
    stayed = data.draw(st.lists(st.sampled_from(ordered), unique_by=by_id))
    came = [row for row in others if row.id not in {known.id for known in old}]
    later = sort_rows([*stayed, *came], order, by_id)
    rest = [row for row in later if is_after(position_of(row, order, by_id), cursor, order)]
    # What lies behind the cursor is the end of the list: a cursor cuts it, and picks nothing.
    assert rest == later[len(later) - len(rest) :]
    assert [row for row in rest if row in old] == [row for row in ordered[size:] if row in stayed]
    assert not set(map(by_id, page)) & set(map(by_id, rest))


@given(ROWS, ORDERS)
def test_a_cursor_survives_being_written_down(rows: list[Row], order: tuple[OrderBy, ...]) -> None:
    for row in rows:
        place = position_of(row, order, by_id)
        assert all(value is None or isinstance(value, str | int | float | bool | date) for value in place.values)
        assert not any(isinstance(value, Enum) for value in place.values)


def test_texts_are_ordered_without_regard_to_case() -> None:
    names = ["b", "A", "a", "B"]
    rows = [Row(str(number), name, None, None, None, False, None) for number, name in enumerate(names)]
    assert [row.name for row in sort_rows(rows, (OrderBy("name"),), by_id)] == ["A", "a", "b", "B"]


def test_enumerations_are_ordered_as_they_are_declared() -> None:
    row = Row("1", None, None, None, CasePriority.SYSTEM_DOWN, False, None)
    assert order_value(row, "priority") == 1


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        is_after(Position((1,), "1"), Position((), "1"), (OrderBy("count"),))
