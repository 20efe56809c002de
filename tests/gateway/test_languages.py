"""The language of labels: the viewer's own, else the one that the request asks for (F17)."""

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.languages import asked_language

pytestmark = pytest.mark.rule("F17")

SPOKEN = {"en", "pl"}
QUERY = '{ viewer { roleLabel } installedProduct(assetId: "10000001") { modalityLabel } }'


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("pl", "pl"),
        ("pl-PL,pl;q=0.9,en;q=0.8", "pl"),
        ("de-DE, en;q=0.3, pl;q=0.7", "pl"),
        ("de, fr;q=0.5", None),
        ("pl;q=0, en;q=0.1", "en"),
        ("PL_pl", None),
        ("en;q=x, pl;q=0.1", "pl"),
        ("*", None),
        ("", None),
    ],
)
def test_the_language_wanted_most_of_those_spoken(header: str, language: str | None) -> None:
    assert asked_language(header, SPOKEN) == language


@given(st.text(max_size=300))
def test_any_header_is_answered(header: str) -> None:
    assert asked_language(header, SPOKEN) in {"en", "pl", None}


async def test_a_partners_labels_are_in_the_language_it_asks_for(
    client: httpx.AsyncClient, bearer: Callable[[str], dict[str, str]]
) -> None:
    async def role(who: str, **headers: str) -> object:
        answer = await client.post("/graphql", json={"query": QUERY}, headers=bearer(who) | headers)
        assert "Accept-Language" in answer.headers["vary"]
        return answer.json()["data"]["viewer"]["roleLabel"]

    assert await role("partner-north") == "Partner"
    polish = {"accept-language": "de, pl;q=0.8"}
    told = await client.post("/graphql", json={"query": QUERY}, headers=bearer("partner-north") | polish)
    assert told.json()["data"]["installedProduct"] == {"modalityLabel": "Rezonans magnetyczny"}
    assert await role("manager@north.example", **{"accept-language": "en"}) == "Menedżer", (
        "the user's own is asked first"
    )
