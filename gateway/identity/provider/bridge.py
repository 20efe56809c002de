"""Between authlib, which waits for each answer, and the store, which is asked asynchronously.

authlib runs in a worker thread; what it asks is run on the event loop meanwhile.
"""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from anyio import from_thread

from auth.passwords import is_to_be_renewed
from connectors.digests import digest_of, new_secret
from connectors.people import (
    AuditAction,
    AuditEvent,
    AuthorizationCode,
    Grant,
    RefreshToken,
    User,
)
from connectors.people_ports import People
from connectors.registry import Clock
from gateway.identity.provider.keys import SigningKeys
from gateway.identity.provider.models import OAuthClient, OAuthCode, OAuthToken, OAuthUser
from gateway.identity.provider.tokens import access_token, id_token
from gateway.settings import Provider

T = TypeVar("T")

_CODES_LIVE = timedelta(seconds=60)
_LONGEST_NONCE = 255


class Bridge:
    """Called from authlib's thread alone."""

    def __init__(self, people: People, keys: SigningKeys, clock: Clock, settings: Provider, issuer: str) -> None:
        self._people = people
        self._keys = keys
        self._clock = clock
        self._settings = settings
        self._issuer = issuer

    def client(self, client_id: str) -> OAuthClient | None:
        found = _wait(self._people.clients.client, client_id)
        return OAuthClient(found) if found is not None and found.disabled_at is None else None

    def user(self, user_id: str | None) -> User | None:
        if user_id is None:
            return None
        return _wait(self._people.users.by_id, [user_id]).get(user_id)

    def has_to_renew(self, user: User) -> bool:
        """Whether the user's password is too old (R8). Who signs in at an organisation has none."""
        changed = user.password_changed_at
        return changed is not None and is_to_be_renewed(changed, self._clock())

    def save_code(self, code: str, request: Any) -> None:  # Any: authlib's request
        now, holder, client = self._clock(), request.user, request.client.client
        grant = Grant(
            id=str(uuid4()),
            client_id=client.id,
            user_id=holder.user.id,
            session_id=holder.session_id,
            scope=request.scope or "",
            created_at=now,
        )
        nonce = request.payload.data.get("nonce")
        kept = AuthorizationCode(
            digest=digest_of(code),
            grant_id=grant.id,
            client_id=client.id,
            user_id=holder.user.id,
            redirect_uri=request.payload.redirect_uri,
            scope=grant.scope,
            nonce=nonce[:_LONGEST_NONCE] if nonce else None,
            code_challenge=request.payload.data["code_challenge"],
            auth_time=holder.auth_time,
            expires_at=now + _CODES_LIVE,
        )
        _wait(self._people.clients.add_grant, grant, kept, _issued(grant))

    def redeem(self, code: str, client: OAuthClient) -> OAuthCode | None:
        kept = _wait(self._people.clients.redeem_code, digest_of(code), self._clock())
        if kept is None:
            return None
        if kept.client_id != client.client_id:
            self.revoke(kept.grant_id, actor=client.client_id)
            return None
        held = _wait(self._people.clients.grant, kept.grant_id)
        return OAuthCode(kept) if held is not None and held.revoked_at is None else None

    def refresh(self, token: str, client: OAuthClient) -> OAuthToken | None:
        """The grant of a refresh token, which is used up by asking. One that was used before was stolen, from the
        client or by it: nobody gets anything for its grant any more (RFC 9700, 4.14.2)."""
        digest, now = digest_of(token), self._clock()
        kept = _wait(self._people.clients.refresh_token, digest)
        grant = _wait(self._people.clients.grant, kept.grant_id) if kept is not None else None
        if kept is None or grant is None or grant.client_id != client.client_id:
            return None
        if grant.revoked_at is not None or kept.expires_at <= now:
            return None
        if not _wait(self._people.clients.use_refresh_token, digest, now):
            event = AuditEvent(action=AuditAction.TOKEN_REUSED, actor=grant.user_id, subject=grant.client_id)
            _wait(self._people.clients.revoke_grant, grant.id, now, event)
            return None
        return OAuthToken(
            grant, expires_at=int(kept.expires_at.timestamp()), now=int(now.timestamp()), kind="refresh", digest=digest
        )

    def tokens(self, grant_id: str, scope: str, *, user: OAuthUser, nonce: str | None = None) -> dict[str, Any]:
        """What the token endpoint answers."""
        grant = _wait(self._people.clients.grant, grant_id)
        assert grant is not None  # noqa: S101  # it was read a moment ago, and none is ever deleted
        answer = self._access(grant, scope, user)
        if "offline_access" in grant.scope.split():
            answer["refresh_token"] = self._new_refresh_token(grant)
        if "openid" in scope.split():
            answer["id_token"] = id_token(
                _wait(self._keys.signing),
                issuer=self._issuer,
                client_id=grant.client_id,
                user=user.user,
                scope=scope,
                at=self._clock(),
                lifetime=self._settings.access_token_lifetime,
                auth_time=user.auth_time,
                nonce=nonce,
                session_id=grant.session_id,
                access=answer["access_token"],
            )
        return answer

    def tokens_of_client(self, client: OAuthClient, scope: str) -> dict[str, Any]:
        grant = Grant(id=str(uuid4()), client_id=client.client_id, scope=scope, created_at=self._clock())
        _wait(self._people.clients.add_grant, grant, None, _issued(grant))
        return self._access(grant, scope, None)

    def revoke(self, grant_id: str, *, actor: str) -> None:
        event = AuditEvent(action=AuditAction.TOKEN_REVOKED, actor=actor, subject=grant_id)
        _wait(self._people.clients.revoke_grant, grant_id, self._clock(), event)

    def lookup(self, token: str, grant_id: str | None, expires_at: int) -> OAuthToken | None:
        """A refresh token by itself; an access token by the grant and the expiry that its claims name."""
        now = int(self._clock().timestamp())
        if grant_id is None:
            kept = _wait(self._people.clients.refresh_token, digest_of(token))
            if kept is None or kept.used_at is not None:
                return None
            grant_id, expires_at = kept.grant_id, int(kept.expires_at.timestamp())
        grant = _wait(self._people.clients.grant, grant_id)
        return None if grant is None else OAuthToken(grant, expires_at=expires_at, now=now, kind="token")

    def _access(self, grant: Grant, scope: str, user: OAuthUser | None) -> dict[str, Any]:
        lifetime = self._settings.access_token_lifetime
        token = access_token(
            _wait(self._keys.signing),
            issuer=self._issuer,
            grant=grant,
            scope=scope,
            at=self._clock(),
            lifetime=lifetime,
            auth_time=user.auth_time if user is not None else None,
        )
        return {"token_type": "Bearer", "access_token": token, "expires_in": lifetime, "scope": scope}

    def _new_refresh_token(self, grant: Grant) -> str:
        secret = new_secret()
        expires = self._clock() + timedelta(seconds=self._settings.refresh_token_lifetime)
        _wait(
            self._people.clients.add_refresh_token,
            RefreshToken(digest=digest_of(secret), grant_id=grant.id, expires_at=expires),
        )
        return secret


def _issued(grant: Grant) -> AuditEvent:
    return AuditEvent(
        action=AuditAction.TOKEN_ISSUED,
        actor=grant.user_id or grant.client_id,
        subject=grant.client_id,
        details={"scope": grant.scope, "grant": grant.id},
    )


def _wait(ask: Callable[..., Coroutine[Any, Any, T]], *given: Any) -> T:
    return from_thread.run(ask, *given)
