"""Percent-encoding: the standard library's, only faster."""

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from connectors.transport.percent import percent_encoded

ASCII = st.text(st.characters(min_codepoint=0, max_codepoint=0x7F))


@given(st.one_of(ASCII, st.text(st.characters(exclude_categories=["Cs"]))), st.sampled_from(["", "$'(),/:*!@~", "%"]))
def test_it_is_what_the_standard_library_writes(text: str, safe: str) -> None:
    assert percent_encoded(text, safe) == quote(text, safe=safe)
