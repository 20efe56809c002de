"""Long texts out of the lines of a SAPscript editor."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.systems.soap_case_archive.texts import join_lines
from connectors.transport.soap_answers import Row
from fixtures.simulators.soap_case_archive.case_detail import split_text

LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"])).map(str.strip)
)


def rows(*lines: tuple[str, str]) -> list[Row]:
    return [
        {"LINE_NO": f"{place:06}", "TDFORMAT": line_format, "TDLINE": line}
        for place, (line_format, line) in enumerate(lines, start=1)
    ]


def test_the_format_tells_how_a_line_goes_on() -> None:
    joined = join_lines(
        rows(("*", "A first"), ("", "and a"), ("=", "ha"), ("/", "new line"), ("*", "paragraph"), ("U1", "Head"))
    )
    assert joined == "A first and aha\nnew line\nparagraph\nHead"


def test_blank_lines_stay_within_a_text_and_go_at_its_ends() -> None:
    assert join_lines(rows(("*", ""), ("*", "one"), ("*", ""), ("*", "two"), ("*", ""))) == "one\n\ntwo"


def test_comments_and_commands_of_the_editor_are_not_text() -> None:
    assert join_lines(rows(("*", "one"), ("/*", "remark"), ("/:", "NEW-PAGE"), ("/", "two"))) == "one\ntwo"


def test_lines_are_read_in_the_order_of_their_numbers() -> None:
    assert join_lines(reversed(rows(("*", "one"), ("", "two"), ("", "three")))) == "one two three"


def test_no_lines_and_blank_lines_are_no_text() -> None:
    assert join_lines([]) is None
    assert join_lines(rows(("*", ""), ("", "  "))) is None
    assert join_lines([{}]) is None


@given(LINES)
def test_a_text_comes_back_as_it_was_split(lines: list[str]) -> None:
    assert join_lines(rows(*split_text(lines))) == ("\n".join(lines).strip() or None)
