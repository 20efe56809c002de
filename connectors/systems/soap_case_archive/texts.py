"""A long text out of the lines of a SAPscript editor (interchange text format, ITF)."""

from collections.abc import Iterable

from connectors.transport.abap_values import read_integer
from connectors.transport.soap_answers import Row

_COMMENT, _COMMAND = "/*", "/:"  # the editor's own, never printed
_SAME_WORD, _SAME_LINE = "=", ""


def join_lines(rows: Iterable[Row]) -> str | None:
    """The text of `ZSCA_TEXT` rows in the order of LINE_NO; None where there is none.

    TDFORMAT tells how TDLINE goes on: blank after a space, `=` in the same word, `*` as a new paragraph, `/` on a new
    line, as any other paragraph format does.
    """
    text = ""
    for row in sorted(rows, key=_line_number):
        line_format, line = row.get("TDFORMAT", "").strip(), row.get("TDLINE", "").strip("\r\n").rstrip()
        if line_format in (_COMMENT, _COMMAND):
            continue
        text += _joint(line_format, text) + line
    return text.strip() or None


def _joint(line_format: str, before: str) -> str:
    if not before or line_format == _SAME_WORD:
        return ""
    if line_format == _SAME_LINE:
        return "" if before.endswith("\n") else " "
    return "\n"


def _line_number(row: Row) -> int:
    return read_integer(row.get("LINE_NO", "")) or 0
