"""What nobody can use any more is removed: sessions, links, codes and tokens that came to their end, and deliveries."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from connectors.deliveries import DeliveryStatus
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import (
    authorization_codes,
    deliveries,
    export_jobs,
    grants,
    known_states,
    links,
    refresh_tokens,
    sessions,
)

_over = deliveries.c.status.in_([DeliveryStatus.DELIVERED.value, DeliveryStatus.DISCARDED.value])
_KEPT = timedelta(days=1)  # beyond the end, so that what is tried a little late is still known for what it was

_DELIVERIES_KEPT = timedelta(days=90)  # so long a repeat by the same key answers with the first

_STATES_KEPT = timedelta(days=400)  # what changes after that is told as if it were new


async def tidy(database: Database, at: datetime) -> None:
    """A grant goes with its last refresh token: its access tokens have been over for long then."""
    async with database.writing() as connection:
        await connection.execute(delete(sessions).where(sessions.c.expires_at < at))
        for table in (links, authorization_codes, refresh_tokens):
            await connection.execute(delete(table).where(table.c.expires_at < at - _KEPT))
        await connection.execute(delete(deliveries).where(deliveries.c.finished_at < at - _DELIVERIES_KEPT, _over))
        await connection.execute(delete(export_jobs).where(export_jobs.c.expires_at < at - _KEPT))
        await connection.execute(delete(known_states).where(known_states.c.at < at - _STATES_KEPT))
        held = select(refresh_tokens.c.grant_id)
        await connection.execute(delete(grants).where(grants.c.created_at < at - _KEPT, grants.c.id.not_in(held)))
