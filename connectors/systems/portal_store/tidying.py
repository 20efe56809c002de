"""What nobody can use any more is removed: sessions, links, codes and tokens that came to their end."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.tables import authorization_codes, grants, links, refresh_tokens, sessions

_KEPT = timedelta(days=1)  # beyond the end, so that what is tried a little late is still known for what it was


async def tidy(database: Database, at: datetime) -> None:
    """A grant goes with its last refresh token: its access tokens have been over for long then."""
    async with database.writing() as connection:
        await connection.execute(delete(sessions).where(sessions.c.expires_at < at))
        for table in (links, authorization_codes, refresh_tokens):
            await connection.execute(delete(table).where(table.c.expires_at < at - _KEPT))
        held = select(refresh_tokens.c.grant_id)
        await connection.execute(delete(grants).where(grants.c.created_at < at - _KEPT, grants.c.id.not_in(held)))
