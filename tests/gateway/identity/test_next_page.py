"""After signing in one goes on to a page of ours, whatever the address says."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.next_page import HOME, safe_next

PARTS = st.sampled_from(
    [
        "/",
        "//",
        "\\",
        "evil.test",
        "@",
        ":",
        "http:",
        "https:",
        "javascript:",
        ".",
        "..",
        "?",
        "#",
        "%2f",
        "\t",
        "\n",
        " ",
        "\x00",
        "graphql",
        "．",
        "。",
    ]
)


@given(st.lists(PARTS, max_size=6).map("".join) | st.text(max_size=20))
def test_no_address_leads_to_another_site(text: str) -> None:
    found = safe_next(text)
    assert found.startswith("/")
    landed = urlsplit(urljoin("https://portal.test/sign-in", found))
    assert (landed.scheme, landed.netloc) == ("https", "portal.test")
    assert "\\" not in found
    assert not found.startswith("//")


@pytest.mark.parametrize("path", ["/graphql", "/oauth/authorize?client_id=web&scope=a%20b", "/a/b/../c", "/ż?x=ó"])
def test_a_page_of_ours_is_gone_to(path: str) -> None:
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "text", [None, "", "graphql", "//evil.test", "/\\evil.test", "https://evil.test", "/a\nb", "/ a"]
)
def test_anything_else_leads_home(text: str | None) -> None:
    assert safe_next(text) == HOME
