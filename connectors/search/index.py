"""The port of what keeps the index."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from connectors.vocabulary import SearchKind


class Grant(NamedTuple):
    """Through whom an entry is visible (R11): `account` is an account's key (`account_key`, `number_key`), `asset` the
    CRM Id of the asset that it is visible by, where it is by one."""

    account: str
    asset: str | None = None


def account_key(account_id: str) -> str:
    """Of an account by its CRM Id."""
    return f"i:{account_id}"


def number_key(number: str) -> str:
    """Of an account by its customer number."""
    return f"n:{number}"


class SearchEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is the record's. `numbers`, `title` and `body` are words (`folding.words_of`), from the most telling on.
    `facts` are for counting, in a form that the index doesn't look into."""

    kind: SearchKind
    key: str
    grants: tuple[Grant, ...] = ()
    numbers: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    facts: bytes = b""

    def digest(self) -> str:
        """Of two entries the same only where they are."""
        return hashlib.blake2b(msgspec.msgpack.encode(self), digest_size=12).hexdigest()


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Each term is a word and what may have been meant by it; an entry holds one of every term. The word itself is the
    beginning of one. `accounts`: keys of those whose entries may be found; None: all."""

    terms: tuple[tuple[str, tuple[str, ...]], ...]
    kinds: tuple[SearchKind, ...]
    accounts: frozenset[str] | None
    first: int
    offset: int = 0


class Found(NamedTuple):
    """Best first: by number, by the words themselves, by what may have been meant. `assets` are those that a hit is
    visible by, one for each hit, where it is by any. `counts`: all that there are, by kind."""

    hits: tuple[tuple[SearchKind, str], ...]
    assets: tuple[str | None, ...]
    counts: Mapping[SearchKind, int]


class SearchIndex(Protocol):
    """All methods raise the errors of `connectors.errors`."""

    async def lead(self, holder: str, at: datetime, until: datetime) -> bool:
        """Whether that one keeps the index up to date until then: one of several gateways does."""
        ...

    async def digests(self, kind: SearchKind) -> Mapping[str, str]:
        """What is kept, by key."""
        ...

    async def put(self, entries: Sequence[SearchEntry]) -> None: ...

    async def remove(self, kind: SearchKind, keys: Collection[str]) -> None: ...

    async def learn_words(self, words: Collection[str]) -> None:
        """Words that people may mistype."""
        ...

    async def words(self) -> frozenset[str]: ...

    async def mark(self, kind: SearchKind, at: datetime) -> None:
        """Entries of that kind are as they were then."""
        ...

    async def marks(self) -> Mapping[SearchKind, datetime]:
        """A kind that was never whole is absent."""
        ...

    async def find(self, query: SearchQuery) -> Found: ...

    async def facts(self, kind: SearchKind, accounts: frozenset[str] | None) -> Sequence[bytes]:
        """Of all entries of that kind that may be found."""
        ...


@runtime_checkable
class SearchIndexStore(Protocol):
    """What keeps an index."""

    @property
    def search_index(self) -> SearchIndex: ...
