"""Tables as files: whatever stands in a cell, other programs read it as it is, and nothing of it runs (F9)."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.exports.tables import Csv, TableWriter, Xlsx, defused
from schema.exports.columns import Column, Kind

pytestmark = pytest.mark.rule("F9")

ZONE = "Europe/Warsaw"
KINDS = (Kind.TEXT, Kind.DAY, Kind.INSTANT, Kind.NUMBER, Kind.FLAG)
COLUMNS = [Column((kind.value.lower(),), kind) for kind in KINDS]
HEADER = ["Numer", "Dzień", "Chwila", "Liczba", "Tak"]

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40)
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds
rows = st.lists(
    st.tuples(
        st.none() | texts,
        st.none() | days.map(date.isoformat),
        st.none() | instants.map(lambda at: at.replace(microsecond=0).isoformat()),
        st.none() | st.integers(0, 10**9),
        st.none() | st.booleans(),
    ),
    max_size=8,
)


def written(writer: TableWriter, content: Sequence[Sequence[Any]]) -> bytes:
    try:
        return writer.write(content[:3]) + writer.write(content[3:]) + b"".join(writer.finish())
    finally:
        writer.close()


@given(rows)
def test_a_csv_file_reads_back_as_it_was_and_holds_no_formula(content: list[tuple[Any, ...]]) -> None:
    read = list(csv.reader(io.StringIO(written(_csv(), content).decode(), newline=""), strict=True))
    assert read[0] == HEADER
    for given_row, found in zip(content, read[1:], strict=True):
        text, day, instant, number, flag = given_row
        assert found[0] == defused(text or "")
        assert not found[0].startswith(("=", "+", "-", "@"))
        assert found[1] == (day or "")
        if instant is not None:
            assert datetime.fromisoformat(found[2]) == datetime.fromisoformat(instant)
        assert found[3:] == ["" if number is None else str(number), {None: "", True: "true", False: "false"}[flag]]


@given(rows)
def test_a_workbook_reads_back_with_real_dates_and_numbers(content: list[tuple[Any, ...]]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(_xlsx(), content)))
    sheet = book["Zgłoszenia"]
    read = list(sheet.iter_rows(values_only=True, max_col=5))
    assert list(read[0]) == HEADER
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:E{max(len(content), 1) + 1}"
    for (text, day, instant, number, flag), found in zip(content, read[1:], strict=False):
        assert (found[0] or "") == (text or "")
        assert found[1] == (None if day is None else datetime.combine(date.fromisoformat(day), datetime.min.time()))
        if instant is not None:
            local = datetime.fromisoformat(instant).astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
            assert isinstance(found[2], datetime)
            assert abs(found[2] - local) < timedelta(seconds=1)
        assert found[3:] == (number, flag)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), "nothing is a formula"


@pytest.mark.parametrize(
    "text", ["=1+1", "+48 22", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", '=HYPERLINK("x")']
)
def test_what_would_be_a_formula_is_text(text: str) -> None:
    read = list(csv.reader(io.StringIO(written(_csv(), [(text, None, None, None, None)]).decode(), newline="")))
    assert read[1][0] == f"'{text}"
    sheet = openpyxl.load_workbook(io.BytesIO(written(_xlsx(), [(text, None, None, None, None)]))).active
    assert sheet is not None
    assert sheet["A2"].data_type == "s"


def test_lines_end_as_the_standard_says_and_a_mark_comes_by_choice() -> None:
    content = [("a\nb", None, None, None, None), ('say "x", then', None, None, None, None)]
    assert written(_csv(), content) == (
        'Numer,Dzień,Chwila,Liczba,Tak\r\n"a\nb",,,,\r\n"say ""x"", then",,,,\r\n'.encode()
    )
    marked = Csv(HEADER, COLUMNS, ZONE, byte_order_mark=True)
    assert written(marked, []).startswith(b"\xef\xbb\xbfNumer,")


def test_texts_too_long_for_a_cell_are_cut_and_control_characters_break_no_workbook() -> None:
    content = [("x" * 40_000, None, None, None, None), ("a\x00b\x1fc", None, None, None, None)]
    sheet = openpyxl.load_workbook(io.BytesIO(written(_xlsx(), content))).active
    assert sheet is not None
    assert len(str(sheet["A2"].value)) == 32_767
    assert "a" in str(sheet["A3"].value)


def _csv() -> Csv:
    return Csv(HEADER, COLUMNS, ZONE, byte_order_mark=False)


def _xlsx() -> Xlsx:
    return Xlsx(HEADER, COLUMNS, ZONE, title="Zgłoszenia")
