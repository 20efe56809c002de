"""What ends with a user's right to be here: all browser sessions, and all that clients were allowed."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.systems.portal_store.tables import grants, sessions


async def end_everything(connection: AsyncConnection, user_id: str, at: datetime) -> None:
    """End all sessions and grants of a user."""
    await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    await connection.execute(
        update(grants).where(grants.c.user_id == user_id, grants.c.revoked_at.is_(None)).values(revoked_at=at)
    )
