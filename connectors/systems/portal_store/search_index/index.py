"""Entries, through whom they are visible, and their words."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.search.index import Found, SearchEntry, SearchQuery
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.search_index.dialects import Dialect, Parameters, dialect_of
from connectors.systems.portal_store.search_tables import search_entries, search_grants, search_state, search_words
from connectors.transport.chunks import chunked
from connectors.vocabulary import SearchKind

_AT_ONCE = 500
"""Entries written in one transaction: others write too."""

_LEADER = "leader"


class StoredSearchIndex:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def lead(self, holder: str, at: datetime, until: datetime) -> bool:
        own = (search_state.c.name == _LEADER, (search_state.c.holder == holder) | (search_state.c.at < at))
        async with self._database.writing() as connection:
            taken = await connection.execute(update(search_state).where(*own).values(holder=holder, at=until))
            return bool(taken.rowcount) or await _added(connection, _LEADER, holder, until)

    async def digests(self, kind: SearchKind) -> Mapping[str, str]:
        query = select(search_entries.c.key, search_entries.c.digest).where(search_entries.c.kind == kind.value)
        async with self._database.reading() as connection:
            return {row.key: row.digest for row in await connection.execute(query)}

    async def put(self, entries: Sequence[SearchEntry]) -> None:
        for start in range(0, len(entries), _AT_ONCE):
            some = {(entry.kind, entry.key): entry for entry in entries[start : start + _AT_ONCE]}
            async with self._database.writing() as connection:
                for kind in SearchKind:
                    await self._drop(connection, kind, [key for of, key in some if of is kind])
                await self._add(connection, list(some.values()))

    async def remove(self, kind: SearchKind, keys: Collection[str]) -> None:
        for some in chunked(keys, at_most=_AT_ONCE):
            async with self._database.writing() as connection:
                await self._drop(connection, kind, some)

    async def learn_words(self, words: Collection[str]) -> None:
        for some in chunked(sorted(words), at_most=_AT_ONCE):
            async with self._database.writing() as connection:
                rows = [{"word": word} for word in some]
                await connection.execute(_insert(connection)(search_words).values(rows).on_conflict_do_nothing())

    async def words(self) -> frozenset[str]:
        async with self._database.reading() as connection:
            return frozenset((await connection.execute(select(search_words.c.word))).scalars())

    async def mark(self, kind: SearchKind, at: datetime) -> None:
        changed = update(search_state).where(search_state.c.name == kind.value).values(at=at)
        async with self._database.writing() as connection:
            if not (await connection.execute(changed)).rowcount:
                await _added(connection, kind.value, "", at)

    async def marks(self) -> Mapping[SearchKind, datetime]:
        query = select(search_state.c.name, search_state.c.at).where(search_state.c.name != _LEADER)
        async with self._database.reading() as connection:
            return {SearchKind(name): at for name, at in await connection.execute(query)}

    async def find(self, query: SearchQuery) -> Found:
        if not query.terms or not query.kinds or query.accounts == frozenset():
            return Found((), (), {})
        dialect = self._dialect
        where, bound = _visible(dialect, query.accounts)
        where = f"{dialect.one_of('e.kind', 'kinds')} AND {where}"
        bound = {**bound, **dialect.queries(query), "kinds": dialect.values([kind.value for kind in query.kinds])}
        counting = f"SELECT e.kind, count(*) FROM {dialect.matching} WHERE {where} GROUP BY e.kind"  # noqa: S608  # of parts above
        listing = (
            f"SELECT e.id, e.kind, e.key FROM {dialect.matching} WHERE {where} "  # noqa: S608  # likewise
            f"ORDER BY {dialect.order} LIMIT :first OFFSET :offset"
        )
        async with self._database.reading() as connection:
            counts = (await connection.execute(text(counting), bound)).all()
            page = {**bound, "first": query.first, "offset": query.offset}
            rows = (await connection.execute(text(listing), page)).all() if query.first else []
            assets = await self._assets(connection, [row.id for row in rows], query.accounts)
        hits = tuple((SearchKind(row.kind), row.key) for row in rows)
        return Found(hits, tuple(assets.get(row.id) for row in rows), {SearchKind(k): number for k, number in counts})

    async def facts(self, kind: SearchKind, accounts: frozenset[str] | None) -> Sequence[bytes]:
        where, bound = _visible(self._dialect, accounts)
        query = text(f"SELECT e.facts FROM search_entries AS e WHERE e.kind = :kind AND {where}")  # noqa: S608  # as above
        async with self._database.reading() as connection:
            return [bytes(row) for row in (await connection.execute(query, {**bound, "kind": kind.value})).scalars()]

    async def _drop(self, connection: AsyncConnection, kind: SearchKind, keys: Sequence[str]) -> None:
        if not keys:
            return
        known = (search_entries.c.kind == kind.value, search_entries.c.key.in_(keys))
        ids = list((await connection.execute(select(search_entries.c.id).where(*known))).scalars())
        if ids:
            await connection.execute(text(self._dialect.remove), {"ids": self._dialect.values(ids)})
            await connection.execute(delete(search_grants).where(search_grants.c.entry_id.in_(ids)))
            await connection.execute(delete(search_entries).where(search_entries.c.id.in_(ids)))

    async def _add(self, connection: AsyncConnection, entries: Sequence[SearchEntry]) -> None:
        rows = [
            {"kind": each.kind.value, "key": each.key, "digest": each.digest(), "facts": each.facts} for each in entries
        ]
        made = insert(search_entries).returning(search_entries.c.id, sort_by_parameter_order=True)
        ids = list((await connection.execute(made, rows)).scalars())
        texts = [self._dialect.row(entry_id, entry) for entry_id, entry in zip(ids, entries, strict=True)]
        await connection.execute(text(self._dialect.add), texts)
        grants = [
            {"entry_id": entry_id, "account": grant.account, "asset": grant.asset}
            for entry_id, entry in zip(ids, entries, strict=True)
            for grant in entry.grants
        ]
        if grants:
            await connection.execute(insert(search_grants), grants)

    async def _assets(
        self, connection: AsyncConnection, ids: Sequence[int], accounts: frozenset[str] | None
    ) -> Mapping[int, str]:
        if not ids:
            return {}
        narrowed, bound = "", {}
        if accounts is not None:
            narrowed = f" AND {self._dialect.one_of('g.account', 'accounts')}"
            bound = {"accounts": self._dialect.values(sorted(accounts))}
        numbers = ", ".join(str(each) for each in ids)
        query = (
            "SELECT g.entry_id, min(g.asset) AS asset FROM search_grants AS g "  # noqa: S608  # numbers of our own
            f"WHERE g.entry_id IN ({numbers}) AND g.asset IS NOT NULL{narrowed} GROUP BY g.entry_id"
        )
        return {row.entry_id: row.asset for row in await connection.execute(text(query), bound)}

    @property
    def _dialect(self) -> Dialect:
        return dialect_of("sqlite" if self._database.is_sqlite else "postgresql")


def _visible(dialect: Dialect, accounts: frozenset[str] | None) -> tuple[str, Parameters]:
    """The condition that somebody of those accounts may see `e`."""
    if accounts is None:
        return "1 = 1", {}
    granted = dialect.one_of("g.account", "accounts")
    condition = f"e.id IN (SELECT g.entry_id FROM search_grants AS g WHERE {granted})"  # noqa: S608  # as above
    return condition, {"accounts": dialect.values(sorted(accounts))}


async def _added(connection: AsyncConnection, name: str, holder: str, at: datetime) -> bool:
    row = {"name": name, "holder": holder, "at": at}
    return bool(
        (await connection.execute(_insert(connection)(search_state).values(row).on_conflict_do_nothing())).rowcount
    )


def _insert(connection: AsyncConnection) -> Any:  # Any: each database's own insert
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
