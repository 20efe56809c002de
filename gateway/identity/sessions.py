"""Browser sessions: a cookie that only this origin is given, and a row in the store that says whose it is."""

from datetime import timedelta
from uuid import uuid4

from starlette.requests import HTTPConnection
from starlette.responses import Response

from connectors.digests import digest_of, new_secret
from connectors.people import AuditAction, AuditEvent, Identity, Session, User
from connectors.people_ports import People
from connectors.registry import Clock
from connectors.vocabulary import UserStatus
from gateway.identity.origin import network_of
from gateway.request_log import request_id_of
from gateway.settings import Sessions as SessionSettings

COOKIE = "__Host-portal-session"
"""The prefix binds it to this host, to HTTPS and to all paths (browsers count http://127.0.0.1 as safe)."""

_LONGEST_DEVICE = 200


class BrowserSessions:
    def __init__(self, people: People, clock: Clock, settings: SessionSettings) -> None:
        self._people = people
        self._clock = clock
        self._settings = settings

    async def open(
        self,
        user: User,
        request: HTTPConnection,
        response: Response,
        *,
        provider: Identity | None = None,
        provider_session: str | None = None,
    ) -> Session:
        """Sign the browser in: its former session ends, so that nobody can have prepared the cookie."""
        await self.end(request, response)
        secret, now = new_secret(), self._clock()
        session = Session(
            id=str(uuid4()),
            digest=digest_of(secret),
            user_id=user.id,
            created_at=now,
            last_used_at=now,
            expires_at=now + timedelta(seconds=self._settings.absolute),
            device=request.headers.get("user-agent", "")[:_LONGEST_DEVICE],
            network=network_of(request),
            provider=provider,
            provider_session=provider_session,
        )
        how = {"provider": provider.issuer} if provider is not None else {"method": "password"}
        event = AuditEvent(
            action=AuditAction.SIGNED_IN,
            actor=user.id,
            subject=user.id,
            details=how,
            network=session.network,
            request_id=request_id_of(request.scope),
        )
        await self._people.sessions.open(session, event)
        response.set_cookie(
            COOKIE, secret, max_age=self._settings.absolute, path="/", secure=True, httponly=True, samesite="lax"
        )
        return session

    async def current(self, request: HTTPConnection, *, passing: bool = False) -> tuple[Session, User] | None:
        """The session of the request's cookie, and whose it is; `passing` looks without counting as use.

        Whoever lets it authorise something has to know that the request is of a page of ours
        (`gateway.identity.origin`).
        """
        secret = request.cookies.get(COOKIE)
        if not secret:
            return None
        now = self._clock()
        idle_since = now - timedelta(seconds=self._settings.idle)
        found = await self._people.sessions.use(digest_of(secret), now, idle_since=idle_since, passing=passing)
        if found is None or found[1].status is not UserStatus.ACTIVE:
            return None
        return found

    async def of_user(self, user_id: str) -> list[Session]:
        """The user's sessions in force, the last used first."""
        now = self._clock()
        idle_since = now - timedelta(seconds=self._settings.idle)
        return list(await self._people.sessions.of_user(user_id, now, idle_since=idle_since))

    async def end(self, request: HTTPConnection, response: Response) -> Session | None:
        """Sign the browser out; the session that ended, if there was one."""
        secret = request.cookies.get(COOKIE)
        if not secret:
            return None
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        now = self._clock()
        found = await self._people.sessions.use(digest_of(secret), now, idle_since=now - timedelta(days=365))
        if found is None:
            return None
        session, user = found
        event = AuditEvent(
            action=AuditAction.SIGNED_OUT,
            actor=user.id,
            subject=user.id,
            network=network_of(request),
            request_id=request_id_of(request.scope),
        )
        await self._people.sessions.end([session.id], event)
        return session
