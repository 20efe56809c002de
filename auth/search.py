"""Finding things within what a viewer may see (F3): the index is asked for entries of the viewer's accounts, and what
it finds is read through the one door before anybody is shown it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from auth.documents import AssetDocument, documents_of
from auth.rules import Action, decide
from auth.viewer import Viewer
from auth.visibility import Visibility
from connectors.queries import AccountScope
from connectors.records import Case, InstalledProduct, Location, ServiceContract
from connectors.registry import Clock
from connectors.search.folding import words_of
from connectors.search.index import Found, SearchIndex, SearchQuery, account_key, number_key
from connectors.vocabulary import SearchKind

Record = InstalledProduct | Case | ServiceContract | Location | AssetDocument

NEEDED: Mapping[SearchKind, Action] = {
    SearchKind.INSTALLED_PRODUCT: Action.READ_EQUIPMENT,
    SearchKind.CASE: Action.READ_CASES,
    SearchKind.SERVICE_CONTRACT: Action.READ_CONTRACTS,
    SearchKind.LOCATION: Action.READ_EQUIPMENT,
    SearchKind.DOCUMENT: Action.READ_EQUIPMENT,
}
MOST_TERMS = 12

_VOCABULARY_FOR = timedelta(minutes=1)
_MOST_MEANT = 200


class Hit(NamedTuple):
    kind: SearchKind
    record: Record


class Results(NamedTuple):
    """`terms` are the words asked for, each with those that may have been meant. `as_of`: the least fresh of the kinds;
    None: one of them is still being read for the first time."""

    hits: Sequence[Hit]
    counts: Mapping[SearchKind, int]
    terms: tuple[tuple[str, tuple[str, ...]], ...]
    as_of: datetime | None


def accounts_of(scope: AccountScope) -> frozenset[str] | None:
    """The keys of the accounts whose entries a viewer of that scope may find; None: all."""
    if scope.unrestricted:
        return None
    return frozenset(
        [*(account_key(each) for each in scope.account_ids), *(number_key(each) for each in scope.account_numbers)]
    )


class Search:
    def __init__(self, index: SearchIndex, clock: Clock) -> None:
        self.index = index
        self._clock = clock
        self._vocabulary: frozenset[str] = frozenset()
        self._read_at: datetime | None = None

    async def find(
        self, visible: Visibility, viewer: Viewer, text: str, kinds: Sequence[SearchKind], *, first: int, offset: int
    ) -> Results:
        """Raises a ConnectorError."""
        permitted = tuple(kind for kind in kinds if decide(viewer, NEEDED[kind]).allowed)
        terms = await self._terms(text)
        query = SearchQuery(
            terms=terms, kinds=permitted, accounts=accounts_of(visible.scope), first=first, offset=offset
        )
        found, marks = await asyncio.gather(self.index.find(query), self.index.marks())
        whole = all(kind in marks for kind in permitted)
        as_of = min((marks[kind] for kind in permitted), default=None) if whole else None
        return Results(await _seen(visible, found), found.counts, terms, as_of)

    async def _terms(self, text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        words = list(dict.fromkeys(words_of(text)))[:MOST_TERMS]
        if any(_may_be_mistyped(word) for word in words):
            await self._learn()
        return tuple((word, self._meant(word)) for word in words)

    def _meant(self, word: str) -> tuple[str, ...]:
        """The same whether the word itself is known or not: whose words they are, nobody learns."""
        if not _may_be_mistyped(word):
            return ()
        distance = 1 if len(word) < 8 else 2
        near = process.extract(word, self._vocabulary, scorer=OSA.distance, score_cutoff=distance, limit=None)
        ordered = sorted((score, other) for other, score, _ in near if other != word)
        return tuple(other for _, other in ordered[:_MOST_MEANT])

    async def _learn(self) -> None:
        now = self._clock()
        if self._read_at is None or now - self._read_at > _VOCABULARY_FOR:
            self._vocabulary, self._read_at = await self.index.words(), now


def _may_be_mistyped(word: str) -> bool:
    return len(word) > 3 and word.isalpha()


async def _seen(visible: Visibility, found: Found) -> list[Hit]:
    """What may be seen of it as of now, in its order; of all kinds at once."""
    keys: dict[SearchKind, list[str]] = {}
    for kind, key in found.hits:
        keys.setdefault(kind, []).append(key)
    reads: Mapping[SearchKind, Callable[[list[str]], Awaitable[Mapping[str, Record]]]] = {
        SearchKind.INSTALLED_PRODUCT: visible.installed_products.by_id,
        SearchKind.CASE: visible.cases.by_id,
        SearchKind.SERVICE_CONTRACT: visible.contracts.by_number,
        SearchKind.LOCATION: visible.locations.by_id,
        SearchKind.DOCUMENT: lambda _: _documents(visible, found),
    }
    answers = await asyncio.gather(*(reads[kind](each) for kind, each in keys.items()))
    by_kind = dict(zip(keys, answers, strict=True))
    return [Hit(kind, by_kind[kind][key]) for kind, key in found.hits if key in by_kind[kind]]


async def _documents(visible: Visibility, found: Found) -> Mapping[str, Record]:
    """Each as one of an asset that it is visible by."""
    by = {
        key: asset
        for (kind, key), asset in zip(found.hits, found.assets, strict=True)
        if kind is SearchKind.DOCUMENT and asset is not None
    }
    assets = await visible.installed_products.by_id(by.values())
    rows = await documents_of(visible, list(assets.values()))
    return {row.document.id: row for each in rows.values() for row in each if by.get(row.document.id) == row.asset}
