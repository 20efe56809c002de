"""What the provider signs: access tokens (RFC 9068) and id tokens (OpenID Connect Core)."""

from datetime import datetime
from uuid import uuid4

from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import ECKey

from auth.identification import GRANT
from connectors.people import Grant, User
from gateway.identity.provider.keys import ALGORITHM

AUDIENCE = "urn:gateway"


def access_token(
    key: ECKey, *, issuer: str, grant: Grant, scope: str, at: datetime, lifetime: int, auth_time: datetime | None
) -> str:
    """A JWT for the graph, of the grant's user, or of the client itself where there is none. `lifetime` in seconds."""
    now = int(at.timestamp())
    claims: dict[str, str | int] = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": grant.user_id or grant.client_id,
        "client_id": grant.client_id,
        "iat": now,
        "exp": now + lifetime,
        "jti": str(uuid4()),
        "scope": scope,
        GRANT: grant.id,
    }
    if auth_time is not None:
        claims["auth_time"] = int(auth_time.timestamp())
    return jwt.encode({"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def id_token(
    key: ECKey,
    *,
    issuer: str,
    client_id: str,
    user: User,
    scope: str,
    at: datetime,
    lifetime: int,
    auth_time: datetime,
    nonce: str | None,
    session_id: str | None,
    access: str,
) -> str:
    now = int(at.timestamp())
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": client_id,
        "iat": now,
        "exp": now + lifetime,
        "auth_time": int(auth_time.timestamp()),
        "at_hash": create_half_hash(access, ALGORITHM).decode("ascii"),
        **user_info(user, scope),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if session_id is not None:
        claims["sid"] = session_id
    return jwt.encode({"alg": ALGORITHM, "typ": "JWT", "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def user_info(user: User, scope: str) -> dict[str, object]:
    """The claims about a person that a scope admits."""
    scopes = scope.split()
    claims: dict[str, object] = {"sub": user.id}
    if "profile" in scopes:
        claims |= {"name": user.name or user.email, "locale": user.locale, "zoneinfo": user.time_zone}
    if "email" in scopes:
        claims |= {"email": user.email, "email_verified": True}
    return claims
