"""Which form an answer takes, by the Accept header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media_types import GRAPHQL_RESPONSE, JSON, negotiate, wants_page

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON; charset=utf-8", JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, application/json", GRAPHQL_RESPONSE),
        (f"application/json, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}; q=0.5, application/json", JSON),
        (f"{GRAPHQL_RESPONSE}, */*", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0, */*", JSON),
        ("application/json;q=0, application/*", GRAPHQL_RESPONSE),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=high", None),
        ("*/*;q=0", None),
    ],
)
def test_the_clients_preference_counts(accept: str, chosen: str | None) -> None:
    match = negotiate(accept)
    assert (match.media_type if match else None) == chosen


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (FIREFOX, True),
        ("text/html", True),
        ("*/*", False),
        ("", False),
        ("application/json", False),
        ("text/html;q=0.5, application/json", False),
        ("text/html, application/json", False),
        ("text/html;q=0", False),
    ],
)
def test_only_browsers_are_shown_a_page(accept: str, page: bool) -> None:
    assert wants_page(accept) is page


@given(st.text(max_size=60))
def test_no_accept_header_crashes_the_gateway(accept: str) -> None:
    negotiate(accept)
    wants_page(accept)
