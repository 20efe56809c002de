"""What was last known of things: port `KnownStates`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import known_states as table
from connectors.transport.chunks import chunked

_ROWS_A_STATEMENT = 200


class StoredKnownStates:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def exchange(self, kind: str, key: str, state: str, at: datetime) -> str | None:
        where = (table.c.kind == kind, table.c.key == key)
        async with self._database.writing() as connection:
            known = select(table.c.state).where(*where).with_for_update()
            before: str | None = (await connection.execute(known)).scalar_one_or_none()
            if before is None:
                # Of two gateways that see it first, one waits here for the other (PostgreSQL), and sees it second.
                made = await _added(connection, [{"kind": kind, "key": key, "state": state, "at": at}])
                return None if made else state
            if before != state:
                await connection.execute(update(table).where(*where).values(state=state, at=at))
            return before

    async def last(self, kind: str, key: str) -> str | None:
        query = select(table.c.state).where(table.c.kind == kind, table.c.key == key)
        async with self._database.reading() as connection:
            found: str | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def counted(self, kind: str, states: Mapping[str, str], at: datetime) -> Mapping[str, tuple[int, datetime]]:
        found: dict[str, tuple[int, datetime]] = {}
        for some in chunked(sorted(states), at_most=_ROWS_A_STATEMENT):
            before = await self._counted(kind, some)
            for key in some:
                number, state, since = before.get(key, (-1, None, at))
                found[key] = (number, since) if state == states[key] else (number + 1, at)
            changed = [key for key in some if before.get(key, (0, None, at))[1] != states[key]]
            if changed:  # two gateways that see the same change at once count it the same
                async with self._database.writing() as connection:
                    for key in changed:
                        values = {"state": f"{found[key][0]} {states[key]}", "at": at}
                        where = (table.c.kind == kind, table.c.key == key)
                        done = await connection.execute(update(table).where(*where).values(**values))
                        if not done.rowcount:
                            await _added(connection, [{"kind": kind, "key": key, **values}])
        return found

    async def known(self, kind: str, key: str) -> str | None:
        found = await self._counted(kind, [key])
        return found[key][1] if key in found else None

    async def _counted(self, kind: str, keys: Sequence[str]) -> dict[str, tuple[int, str, datetime]]:
        query = select(table).where(table.c.kind == kind, table.c.key.in_(keys))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        parts = ((row.key, row.state.partition(" "), row.at) for row in rows)
        return {key: (int(number), state, at) for key, (number, _, state), at in parts}

    async def learn(self, kind: str, states: Mapping[str, str], at: datetime) -> None:
        for some in chunked(sorted(states), at_most=_ROWS_A_STATEMENT):
            async with self._database.writing() as connection:
                await _added(connection, [{"kind": kind, "key": key, "state": states[key], "at": at} for key in some])


async def _added(connection: AsyncConnection, rows: list[dict[str, Any]]) -> int:  # Any: columns
    """How many of them were not there."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return (await connection.execute(insert(table).values(rows).on_conflict_do_nothing())).rowcount
