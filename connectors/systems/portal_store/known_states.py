"""What was last known of things: port `KnownStates`."""

from collections.abc import Mapping
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

    async def learn(self, kind: str, states: Mapping[str, str], at: datetime) -> None:
        for some in chunked(sorted(states), at_most=_ROWS_A_STATEMENT):
            async with self._database.writing() as connection:
                await _added(connection, [{"kind": kind, "key": key, "state": states[key], "at": at} for key in some])


async def _added(connection: AsyncConnection, rows: list[dict[str, Any]]) -> int:  # Any: columns
    """How many of them were not there."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return (await connection.execute(insert(table).values(rows).on_conflict_do_nothing())).rowcount
