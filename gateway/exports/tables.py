"""Tables written down: CSV (RFC 4180) as it comes, a workbook in a temporary file. Memory stays flat, however long."""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from connectors.vocabulary import ExportFormat
from schema.exports.columns import Column, Kind

MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = 1_048_575
"""Of a worksheet, below its header."""

_LONGEST_CELL = 32_767
_PIECE = 256 * 1024  # bytes
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Row = Sequence[Any]  # Any: values of JSON


class TableWriter(Protocol):
    """Works with files and much text: away from the event loop. `close` after all, however it ended."""

    def write(self, rows: Sequence[Row]) -> bytes:
        """What can be sent already."""
        ...

    def finish(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class Csv:
    """Times with their offset in the viewer's zone; what a program would take for a formula with an apostrophe."""

    def __init__(self, header: Sequence[str], columns: Sequence[Column], zone: str, *, byte_order_mark: bool) -> None:
        self._columns = columns
        self._zone = ZoneInfo(zone)
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        if byte_order_mark:
            self._text.write("\ufeff")
        self._writer.writerow([defused(name) for name in header])

    def write(self, rows: Sequence[Row]) -> bytes:
        for row in rows:
            self._writer.writerow([self._cell(column, value) for column, value in zip(self._columns, row, strict=True)])
        written = self._text.getvalue().encode("utf-8", "replace")
        self._text.seek(0)
        self._text.truncate()
        return written

    def finish(self) -> Iterator[bytes]:
        yield self.write(())

    def close(self) -> None:
        self._text.close()

    def _cell(self, column: Column, value: Any) -> str:
        if value is None:
            return ""
        match column.kind:
            case Kind.INSTANT:
                return _local(value, self._zone).isoformat()
            case Kind.FLAG:
                return "true" if value else "false"
            case Kind.TEXT:
                return defused(str(value))
            case _:
                return str(value)


class Xlsx:
    """One worksheet: the header frozen and with filters, columns as wide as what stands in them."""

    def __init__(self, header: Sequence[str], columns: Sequence[Column], zone: str, *, title: str) -> None:
        self._columns = columns
        self._zone = ZoneInfo(zone)
        self._file = tempfile.TemporaryFile(prefix="portal-export-")  # noqa: SIM115  # closed by `close`
        self._book = Workbook(self._file, {"constant_memory": True, "strings_to_urls": False})
        self._book.set_properties({"title": title})
        self._sheet = self._book.add_worksheet(title[:31])
        self._rows = 0
        self._finished = False
        bold = self._book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for place, (name, column) in enumerate(zip(header, columns, strict=True)):
            self._sheet.set_column(place, place, max(column.width, min(len(name) + 3, 40)))
            self._sheet.write_string(0, place, name, bold)
        self._sheet.freeze_panes(1, 0)

    def write(self, rows: Sequence[Row]) -> bytes:
        for row in rows:
            self._rows += 1
            for place, (column, value) in enumerate(zip(self._columns, row, strict=True)):
                if value is not None:
                    self._write(self._rows, place, column, value)
        return b""

    def finish(self) -> Iterator[bytes]:
        self._sheet.autofilter(0, 0, max(self._rows, 1), len(self._columns) - 1)
        self._finished = True
        self._book.close()
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def close(self) -> None:
        if not self._finished:  # its own temporary files go with it
            self._finished = True
            self._book.close()
        self._file.close()

    def _write(self, row: int, place: int, column: Column, value: Any) -> None:
        match column.kind:
            case Kind.DAY:
                self._sheet.write_datetime(row, place, date.fromisoformat(value), self._day)
            case Kind.INSTANT:
                local = _local(value, self._zone).replace(tzinfo=None)
                self._sheet.write_datetime(row, place, local, self._instant)
            case Kind.NUMBER:
                self._sheet.write_number(row, place, value)
            case Kind.FLAG:
                self._sheet.write_boolean(row, place, value)
            case Kind.TEXT:
                self._sheet.write_string(row, place, str(value)[:_LONGEST_CELL])


def defused(text: str) -> str:
    """As text, also to a program that takes what begins so for a formula."""
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text


def _local(instant: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(instant).astimezone(zone)
