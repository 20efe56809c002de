"""What time does to users (R6): told after 106 days without activity, deactivated after 120."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

import structlog

from auth.notices import Notice, Notices
from connectors.errors import SourceConflict
from connectors.people import AuditAction, AuditEvent, User
from connectors.people_ports import People
from connectors.registry import Clock
from connectors.vocabulary import UserStatus

log = structlog.get_logger(__name__)

INACTIVE_AFTER = timedelta(days=120)
TOLD_BEFORE = timedelta(days=14)

_ACTOR = "gateway"


class Fate(Enum):
    WARN = "warn"
    DEACTIVATE = "deactivate"


class Due(NamedTuple):
    user: User
    fate: Fate
    last_active: datetime


def last_active(user: User) -> datetime:
    """When the user was last active; one who never was, is counted from the invitation on."""
    return max(at for at in (user.created_at, user.last_active_at, user.password_changed_at) if at is not None)


def deactivates_at(user: User) -> datetime | None:
    """The instant after which the user is deactivated unless active before; None for who can't be."""
    if user.status not in (UserStatus.ACTIVE, UserStatus.INVITED):
        return None
    return last_active(user) + INACTIVE_AFTER


def fate_of(user: User, now: datetime) -> Fate | None:
    end = deactivates_at(user)
    if end is None:
        return None
    if now > end:
        return Fate.DEACTIVATE
    if now > end - TOLD_BEFORE and (user.warned_at is None or user.warned_at < last_active(user)):
        return Fate.WARN
    return None


class LifeCycle:
    """The daily pass. Several gateways may run it at once: each user's fate is met once."""

    def __init__(self, people: People, notices: Notices, clock: Clock, *, address: str) -> None:
        self._people = people
        self._notices = notices
        self._clock = clock
        self._address = address

    async def due(self) -> Sequence[Due]:
        """Who is to be told, and who deactivated. Changes nothing."""
        now = self._clock()
        fates = [(user, fate_of(user, now)) for user in await self._people.users.all()]
        return [Due(user, fate, last_active(user)) for user, fate in fates if fate is not None]

    async def sweep(self) -> Sequence[Due]:
        """Tell and deactivate; whom it was done to."""
        done = []
        for one in await self.due():
            try:
                await (self._warn(one.user) if one.fate is Fate.WARN else self._deactivate(one.user))
            except SourceConflict:
                continue  # changed meanwhile, perhaps by another gateway's pass: the next one looks again
            done.append(one)
        log.info("users.swept", told=_count(done, Fate.WARN), deactivated=_count(done, Fate.DEACTIVATE))
        return done

    async def _warn(self, user: User) -> None:
        event = AuditEvent(action=AuditAction.USER_WARNED, actor=_ACTOR, subject=user.id)
        changed = await self._people.users.change(user, event, warned_at=self._clock())
        end = deactivates_at(changed)
        assert end is not None  # noqa: S101  # only who can be deactivated is warned
        await self._notices.post(
            Notice.INACTIVITY_WARNING,
            user.email,
            user.locale,
            name=user.name or user.email,
            date=end.date().isoformat(),
            link=f"{self._address}/sign-in",
        )

    async def _deactivate(self, user: User) -> None:
        event = AuditEvent(
            action=AuditAction.USER_DEACTIVATED,
            actor=_ACTOR,
            subject=user.id,
            details={"accounts": " ".join(sorted(user.accounts)), "last_active": last_active(user).isoformat()},
        )
        await self._people.users.change(
            user,
            event,
            status=UserStatus.DEACTIVATED,
            accounts=frozenset(),
            needs_helpdesk=True,
            deactivated_at=self._clock(),
        )
        await self._notices.post(
            Notice.DEACTIVATED,
            user.email,
            user.locale,
            name=user.name or user.email,
            link=f"{self._address}/reset",
        )


def _count(done: Sequence[Due], fate: Fate) -> int:
    return sum(one.fate is fate for one in done)
