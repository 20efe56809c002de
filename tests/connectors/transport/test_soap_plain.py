"""What is read by patterns means what lxml reads, or is left to lxml."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.transport.soap_answers import SoapAnswer, read_answer
from connectors.transport.soap_plain import NotPlain, read_plain

OPERATION = "Z_READ"
FIELDS = ("VBELN", "POSNR", "TEXT", "X")


def message(content: str, prolog: str = "<?xml version='1.0' encoding='utf-8'?>\n") -> bytes:
    return (
        f'{prolog}<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>'
        f'<n0:Z_READResponse xmlns:n0="urn:x">{content}</n0:Z_READResponse></s:Body></s:Envelope>'
    ).encode()


def by_lxml(body: bytes) -> SoapAnswer:
    """The answer as lxml reads it, whatever the patterns say of it."""
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True))
    return SoapAnswer("contracts", root[-1][0])


def field(name: str, text: str | None) -> str:
    return f"<{name}/>" if text is None else f"<{name}>{text}</{name}>"


def row(texts: Sequence[str | None], names: Sequence[str] = FIELDS) -> str:
    return f"<item>{''.join(map(field, names, texts))}</item>"


TEXTS = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="<&\r"), max_size=8))
NAMES = st.lists(st.sampled_from([*FIELDS, "item", "V.1", "a-b"]), min_size=1, max_size=4)
ROWS = st.lists(st.tuples(NAMES, st.lists(TEXTS, min_size=4, max_size=4)), max_size=5)
SPACE = st.sampled_from(["", " ", "\n  "])


@given(rows=ROWS, alike=st.booleans(), asked=st.permutations(FIELDS), taken=st.integers(0, 4), space=SPACE, tail=TEXTS)
@example(rows=[(["TEXT"], ["]]>", None, None, None])], alike=True, asked=FIELDS, taken=4, space="", tail=None)
@example(
    rows=[
        (["VBELN"], [None] * 4),
        (["VBELN", "VBELN"], [None] * 4),
        (["VBELN", "item"], [None, "", None, None]),
    ],
    alike=False,
    asked=FIELDS,
    taken=0,
    space="",
    tail=None,
)
@settings(max_examples=300, deadline=None)
def test_patterns_and_lxml_read_the_same(
    rows: list[tuple[list[str], list[str | None]]],
    alike: bool,
    asked: Sequence[str],
    taken: int,
    space: str,
    tail: str | None,
) -> None:
    names = rows[0][0] if rows else []
    written = space.join(row(texts, names if alike else own) for own, texts in rows)
    body = message(f"<ET_A>{space}{written}{space}</ET_A><EV_TOTAL>7</EV_TOTAL>{field('EV_X', tail)}")
    try:
        expected = by_lxml(body)
    except etree.XMLSyntaxError:
        assert read_plain(OPERATION, body) is None or tail is not None or rows
        return
    answer = read_answer("contracts", OPERATION, body)
    wanted = list(asked)[:taken]
    assert answer.rows("ET_A", wanted) == expected.rows("ET_A", wanted)
    assert answer.count("ET_A") == expected.count("ET_A")
    assert answer.value("EV_TOTAL") == "7"
    assert answer.value("EV_X") == expected.value("EV_X")


def test_what_abap_systems_write_is_plain() -> None:
    body = message(f"<ET_A>{row(['1', None, 'Umowa gwarancyjna', ''])}</ET_A><ET_RETURN/><EV_TOTAL>1</EV_TOTAL>")
    plain = read_plain(OPERATION, body)
    assert plain is not None
    assert plain.rows("ET_A", ["TEXT", "VBELN", "NONE"]) == [("Umowa gwarancyjna", "1", "")]


@pytest.mark.parametrize(
    "content",
    [
        "<ET_A><item><A>&amp;</A></item></ET_A>",
        "<ET_A><item><A><![CDATA[x]]></A></item></ET_A>",
        "<!-- a comment --><ET_A/>",
        "<ET_A><ET_A/></ET_A></ET_A>",
        "<ET_A>\x01</ET_A>",
        "<ET_A/><ET_A>",
    ],
)
def test_what_is_not_plain_is_left_to_lxml(content: str) -> None:
    assert read_plain(OPERATION, message(content)) is None


@pytest.mark.parametrize(
    "content",
    [
        row(["1", "2"], ["A", "B"]) + row(["1", "2"], ["B", "A"]),
        row(["1", "2"], ["A", "B"]) + row(["1"], ["A"]),
        row(["1", "2"], ["A", "A"]),
        "<item><A><B>1</B></A></item>",
        "<line><A>1</A></line>",
    ],
)
def test_a_table_whose_rows_differ_is_left_to_lxml(content: str) -> None:
    plain = read_plain(OPERATION, message(f"<ET_A>{content}</ET_A>"))
    assert plain is not None
    with pytest.raises(NotPlain):
        plain.rows("ET_A", ["A"])


@pytest.mark.parametrize("prolog", ['<!DOCTYPE x [<!ENTITY e "x">]>', "<?xml version='1.0' encoding='latin-1'?>"])
def test_a_declaration_of_another_kind_is_not_plain(prolog: str) -> None:
    assert read_plain(OPERATION, message("<ET_A/>", prolog)) is None
