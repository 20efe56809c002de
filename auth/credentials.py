"""Signing in by password, and the links that lead to a password (R6, R7, R8)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

import msgspec

from auth.notices import Notice, Notices
from auth.passwords import NOT_THE_LAST, PasswordRule, Passwords, broken_rules, is_to_be_renewed
from auth.throttle import (
    FAILED_SIGN_INS,
    FAILURES_OF_NETWORK,
    MAILS_TO_ADDRESS,
    REQUESTS_OF_NETWORK,
    Counted,
    Throttle,
)
from connectors.digests import digest_of, new_secret
from connectors.people import AuditAction, AuditEvent, Link, LinkKind, User
from connectors.people_ports import People
from connectors.registry import Clock
from connectors.vocabulary import UserStatus

_FAILURES_COUNT = timedelta(minutes=15)  # as the longest of the throttle's limits
LINKS_LIVE = timedelta(hours=24)  # R7


class Where(NamedTuple):
    """From where something is done, for the audit trail and for throttling."""

    network: str = ""
    request_id: str = ""


class TooManyTries(Exception):
    """Try again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class LinkGone(Exception):
    """The link was used, is too old, or never was one (R7)."""


class Credentials:
    """`address` is the origin that links lead to."""

    def __init__(
        self, people: People, passwords: Passwords, throttle: Throttle, notices: Notices, clock: Clock, *, address: str
    ) -> None:
        self._people = people
        self._passwords = passwords
        self._throttle = throttle
        self._notices = notices
        self._clock = clock
        self._address = address

    async def sign_in(self, name: str, password: str, where: Where) -> User | None:
        """The user of that address (or id, for users of the older portal) and password; None where there is none that
        may sign in. Raises TooManyTries. Whoever signs in may still have to renew the password (`must_renew`)."""
        tried = _tried(name, where)
        wait = await self._throttle.wait(*tried)
        if wait:
            raise TooManyTries(wait)
        user, known = await self._matching(name, password)
        if user is None or user.status is not UserStatus.ACTIVE:
            await self._throttle.count(*tried)
            event = _event(AuditAction.SIGN_IN_FAILED, known, where)
            await self._people.audit.record(msgspec.structs.replace(event, actor=None))
            return None
        await self._throttle.forget(tried[0])
        await self._people.users.seen(user.id, self._clock())
        return user

    def must_renew(self, user: User) -> bool:
        """R8: every 90 days."""
        return is_to_be_renewed(user.password_changed_at, self._clock())

    async def may_ask_for_mail(self, email: str, where: Where) -> None:
        """Raises TooManyTries where the public asked for too much."""
        folded = email.strip().casefold()
        mails = Counted("mails", (folded, where.network), MAILS_TO_ADDRESS)
        asked = Counted("requests", (where.network,), REQUESTS_OF_NETWORK)
        wait = await self._throttle.count(mails, asked)
        if wait:
            raise TooManyTries(wait)

    async def ask_for_reset(self, email: str, where: Where) -> None:
        """Send a link to whoever has that address. What is answered must not tell whether somebody has."""
        for older_portal in (False, True):
            user = await self._people.users.by_email(email, older_portal=older_portal)
            if user is not None and user.status is not UserStatus.DISABLED:
                invited = user.status is UserStatus.INVITED
                await self.send_link(user, LinkKind.ACTIVATION if invited else LinkKind.RESET, user.id, where)

    async def send_link(self, user: User, kind: LinkKind, actor: str, where: Where) -> None:
        """A new link by mail; former ones of its kind are good for nothing from now on (R7)."""
        secret, now = new_secret(), self._clock()
        link = Link(id=str(uuid4()), kind=kind, digest=digest_of(secret), user_id=user.id, expires_at=now + LINKS_LIVE)
        event = msgspec.structs.replace(_event(AuditAction.LINK_SENT, user, where, kind=kind.value), actor=actor)
        await self._people.credentials.add_link(link, event)
        page = "activate" if kind is LinkKind.ACTIVATION else "reset"
        notice = Notice.ACTIVATION if kind is LinkKind.ACTIVATION else Notice.RESET
        await self._notices.post(
            notice, user.email, user.locale, link=f"{self._address}/{page}/{secret}", name=user.name or user.email
        )

    async def user_of_link(self, secret: str, kind: LinkKind) -> tuple[Link, User]:
        """Whom a link is for. Looking does not use it up. Raises LinkGone."""
        link = await self._people.credentials.link(digest_of(secret), self._clock())
        if link is None or link.kind is not kind:
            raise LinkGone
        user = (await self._people.users.by_id([link.user_id])).get(link.user_id)
        if user is None or user.status is UserStatus.DISABLED:
            raise LinkGone
        return link, user

    async def set_password(
        self, user: User, password: str, where: Where, *, link: Link | None = None
    ) -> Sequence[PasswordRule]:
        """Keep a new password and end all sessions; the rules that it breaks, where it does and nothing is changed.

        With `link`, the link is used up by it. Raises LinkGone where it was used meanwhile.
        """
        broken = broken_rules(password)
        if broken:
            return broken
        former = await self._people.credentials.passwords(user.id, at_most=NOT_THE_LAST)
        if await self._passwords.is_among(former, password):
            return [PasswordRule.NOT_RECENT]
        hashed = await self._passwords.hashed(password)
        activated = user.status is UserStatus.INVITED
        action = AuditAction.USER_ACTIVATED if activated else AuditAction.PASSWORD_CHANGED
        event = _event(action, user, where)
        kept = await self._people.credentials.set_password(user, hashed, event, link=link, at=self._clock())
        if not kept:
            raise LinkGone
        if not activated:
            await self._notices.post(Notice.PASSWORD_CHANGED, user.email, user.locale, name=user.name or user.email)
        return []

    async def confirm(self, user: User, password: str, where: Where) -> bool:
        """Whether that is the user's password, for one who is known already. Raises TooManyTries."""
        tried = _tried(user.id, where)
        wait = await self._throttle.wait(*tried)
        if wait:
            raise TooManyTries(wait)
        current = await self._people.credentials.passwords(user.id, at_most=1)
        if await self._passwords.matches(current[0] if current else None, password):
            return True
        await self._throttle.count(*tried)
        return False

    async def unlock(self, user: User, event: AuditEvent) -> Sequence[str]:
        """Forget the user's failed sign-ins, in the networks that they came from of late; those networks."""
        failed = await self._people.audit.entries(
            actions=[AuditAction.SIGN_IN_FAILED], about=user.id, since=self._clock() - _FAILURES_COUNT
        )
        networks = sorted({entry.network for entry in failed})
        for name in (user.email, user.id):
            for network in networks:
                await self._throttle.forget(_tried(name, Where(network))[0])
        await self._people.audit.record(event)
        return networks

    async def _matching(self, name: str, password: str) -> tuple[User | None, User | None]:
        """Whose name and password those are, and who has that name. As much work whoever asks: one password is tried
        for each of the two portals (R9)."""
        found: User | None = None
        known: User | None = None
        by_id = (await self._people.users.by_id([name.strip()])).get(name.strip())
        for older_portal in (False, True):
            user = await self._people.users.by_email(name, older_portal=older_portal)
            if user is None and by_id is not None and by_id.older_portal is older_portal:
                user = by_id
            hashes = await self._people.credentials.passwords(user.id, at_most=1) if user is not None else ()
            matches = await self._passwords.matches(hashes[0] if hashes else None, password)
            known = known or user
            if matches and found is None:
                found = user
        return found, found or known


def _tried(name: str, where: Where) -> tuple[Counted, Counted]:
    mine = Counted("sign-in", (name.strip().casefold(), where.network), FAILED_SIGN_INS)
    return mine, Counted("sign-in-network", (where.network,), FAILURES_OF_NETWORK)


def _event(action: AuditAction, user: User | None, where: Where, **details: str) -> AuditEvent:
    return AuditEvent(
        action=action,
        actor=user.id if user is not None else None,
        subject=user.id if user is not None else None,
        details=details,
        network=where.network,
        request_id=where.request_id,
    )
