"""The index finds what its words say, for whom it is, in either database: held against one that is told in Python."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.search.folding import folded, spans_of, words_of
from connectors.search.index import Grant, SearchEntry, SearchQuery
from connectors.systems.portal_store.connector import PortalStore
from connectors.vocabulary import SearchKind
from tests.clock import MovedClock

pytestmark = pytest.mark.rule("F3")

WORDS = ("mr", "mr30001", "meridian", "merida", "10000001", "1", "gdansk", "ф", "or", "and", "near")
KINDS = (SearchKind.INSTALLED_PRODUCT, SearchKind.CASE)
ACCOUNTS = ("i:a", "i:b", "n:7")

words = st.lists(st.sampled_from(WORDS), max_size=3).map(tuple)
entries = st.lists(
    st.builds(
        SearchEntry,
        kind=st.sampled_from(KINDS),
        key=st.sampled_from(["k1", "k2", "k3", "k'4", '"k5']),
        grants=st.lists(
            st.builds(Grant, st.sampled_from(ACCOUNTS), st.sampled_from([None, "x1", "x2"])), max_size=2, unique=True
        ).map(tuple),
        numbers=words,
        title=words,
        body=words,
        facts=st.binary(max_size=3),
    ),
    max_size=6,
    unique_by=lambda entry: (entry.kind, entry.key),
)
queries = st.builds(
    SearchQuery,
    terms=st.lists(
        st.tuples(
            st.sampled_from([*WORDS, "mer", "m", "100"]), st.lists(st.sampled_from(WORDS), max_size=2).map(tuple)
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
    kinds=st.sampled_from([KINDS, KINDS[:1]]),
    accounts=st.none() | st.frozensets(st.sampled_from(ACCOUNTS)),
    first=st.just(50),
)


def holds(entry: SearchEntry, word: str, others: Sequence[str]) -> bool:
    found = (*entry.numbers, *entry.title, *entry.body)
    return any(each.startswith(word) or each in others for each in found)


def is_found(entry: SearchEntry, query: SearchQuery) -> bool:
    if query.accounts is not None and not any(grant.account in query.accounts for grant in entry.grants):
        return False
    return entry.kind in query.kinds and all(holds(entry, word, others) for word, others in query.terms)


def rank(entry: SearchEntry, query: SearchQuery) -> int:
    if all(word in entry.numbers for word, _ in query.terms):
        return 0
    return 1 if all(holds(entry, word, ()) for word, _ in query.terms) else 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(entries, queries)
async def test_what_is_found_is_what_the_words_say_and_for_whom(
    stored: PortalStore, kept: list[SearchEntry], query: SearchQuery
) -> None:
    index = stored.search_index
    for kind in KINDS:
        await index.remove(kind, list(await index.digests(kind)))
    await index.put(kept)
    found = await index.find(query)
    expected = {(entry.kind, entry.key): entry for entry in kept if is_found(entry, query)}
    assert set(found.hits) == set(expected)
    ranks = [rank(expected[hit], query) for hit in found.hits]
    assert ranks == sorted(ranks), "numbers first, then the words themselves, then what may have been meant"
    assert sum(found.counts.values()) == len(found.hits)
    for hit, asset in zip(found.hits, found.assets, strict=True):
        granted = {
            grant.asset
            for grant in expected[hit].grants
            if grant.asset is not None and (query.accounts is None or grant.account in query.accounts)
        }
        assert asset == min(granted, default=None)
    facts = await index.facts(KINDS[0], query.accounts)
    of_them = [
        entry.facts
        for entry in kept
        if entry.kind is KINDS[0]
        and (query.accounts is None or any(grant.account in query.accounts for grant in entry.grants))
    ]
    assert sorted(facts) == sorted(of_them)


async def test_pages_hold_each_hit_once(stored: PortalStore) -> None:
    index = stored.search_index
    await index.put(
        [SearchEntry(kind=SearchKind.CASE, key=f"c{number}", title=("scanner",)) for number in range(1, 1201)]
    )
    seen: list[str] = []
    for offset in range(0, 1200, 100):
        query = SearchQuery(terms=(("scan", ()),), kinds=(SearchKind.CASE,), accounts=None, first=100, offset=offset)
        found = await index.find(query)
        seen += [key for _, key in found.hits]
        assert found.counts == {SearchKind.CASE: 1200}
    assert len(seen) == len(set(seen)) == 1200


async def test_an_entry_that_is_put_again_is_there_once_and_as_it_is_now(stored: PortalStore) -> None:
    index = stored.search_index
    before = SearchEntry(kind=SearchKind.CASE, key="c", grants=(Grant("i:a", "x"),), title=("old",))
    after = SearchEntry(kind=SearchKind.CASE, key="c", grants=(Grant("i:b", None),), title=("new",))
    await index.put([before])
    await index.put([after])
    assert await index.digests(SearchKind.CASE) == {"c": after.digest()}
    for word, accounts, count in (("old", None, 0), ("new", None, 1), ("new", {"i:a"}, 0), ("new", {"i:b"}, 1)):
        query = SearchQuery(
            terms=((word, ()),),
            kinds=(SearchKind.CASE,),
            accounts=None if accounts is None else frozenset(accounts),
            first=9,
        )
        assert len((await index.find(query)).hits) == count
    await index.remove(SearchKind.CASE, ["c", "unknown"])
    assert await index.digests(SearchKind.CASE) == {}


async def test_one_of_several_gateways_leads_until_its_time_is_over(stored: PortalStore, clock: MovedClock) -> None:
    index, now = stored.search_index, clock()
    minute = timedelta(minutes=1)
    assert await index.lead("one", now, now + minute)
    assert not await index.lead("two", now, now + minute)
    assert await index.lead("one", now + minute / 2, now + 2 * minute)
    assert not await index.lead("two", now + minute, now + 3 * minute)
    assert await index.lead("two", now + 3 * minute, now + 4 * minute)
    assert not await index.lead("one", now + 3 * minute, now + 4 * minute)


async def test_words_and_marks_are_kept(stored: PortalStore, clock: MovedClock) -> None:
    index = stored.search_index
    await index.learn_words({"skaner", "tomograf"})
    await index.learn_words({"skaner", "głowica"})
    assert await index.words() == {"skaner", "tomograf", "głowica"}
    assert await index.marks() == {}
    await index.mark(SearchKind.CASE, clock())
    await index.mark(SearchKind.CASE, clock() + timedelta(hours=1))
    assert await index.marks() == {SearchKind.CASE: clock() + timedelta(hours=1)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Zażółć GĘŚLĄ jaźń", ("zazolc", "gesla", "jazn")),
        ("Straße Łódź Ærø", ("strasse", "lodz", "aero")),
        ("0010000001", ("10000001",)),
        ("000", ("0",)),
        ("MR30-001 / x", ("mr30", "1", "mr30001", "x")),
        ("wi-fi", ("wi", "fi")),
        ("(01)05901234123457(21)MR", ("1", "5901234123457", "21", "mr", "010590123412345721mr")),
        ("a_b 'OR' \"; DROP", ("a", "b", "or", "drop")),
        ("", ()),
    ],
)
def test_words_are_folded(text: str, found: tuple[str, ...]) -> None:
    assert words_of(text) == found


@given(st.text(max_size=60))
def test_words_hold_letters_and_digits_alone_and_are_the_same_however_they_are_written(text: str) -> None:
    assert all(word.isalnum() or folded(word) == word for word in words_of(text))
    assert not any(set(word) & set("'\"*:&|()\\ ") for word in words_of(text))
    for start, end, word in spans_of(text):
        assert text[start:end]
        assert word
