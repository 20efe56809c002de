"""The store's clients, codes and tokens, as authlib asks them."""

import secrets
from datetime import datetime

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin

from connectors.digests import digest_of
from connectors.people import AuthorizationCode, Client, Grant, User

SCOPES = (
    "openid",
    "profile",
    "email",
    "offline_access",
    "portal",
    "accounts:read",
    "equipment:read",
    "cases:read",
    "cases:write",
    "contracts:read",
    "introspect",
)


class OAuthClient(ClientMixin):  # type: ignore[misc]  # authlib is untyped
    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def client_id(self) -> str:
        return self.client.id

    def get_client_id(self) -> str:
        return self.client.id

    def get_default_redirect_uri(self) -> None:
        """None: which address is meant has to be said."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scope asked for; None where it is more than the client may ask for."""
        asked = (scope or "").split()
        return " ".join(asked) if self.client.scopes.issuperset(asked) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.client.redirect_uris  # character by character (RFC 9700, 4.1.3)

    def check_client_secret(self, client_secret: str) -> bool:
        held = self.client.secret_digest
        return held is not None and secrets.compare_digest(held, digest_of(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        if self.client.secret_digest is None:
            return method == "none" and endpoint != "introspection"
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and bool(self.client.redirect_uris)

    def check_grant_type(self, grant_type: str) -> bool:
        match grant_type:
            case "authorization_code":
                return bool(self.client.redirect_uris)
            case "refresh_token":
                return bool(self.client.redirect_uris) and "offline_access" in self.client.scopes
            case "client_credentials":
                return self.client.secret_digest is not None and not self.client.redirect_uris
        return False


class OAuthUser:
    def __init__(self, user: User, session_id: str | None, auth_time: datetime) -> None:
        self.user = user
        self.session_id = session_id
        self.auth_time = auth_time

    def get_user_id(self) -> str:
        return self.user.id


class OAuthCode:
    """A code that was just redeemed: there is no second time."""

    code_challenge_method = "S256"

    def __init__(self, code: AuthorizationCode) -> None:
        self.code = code
        self.code_challenge = code.code_challenge

    def get_redirect_uri(self) -> str:
        return self.code.redirect_uri

    def get_scope(self) -> str:
        return self.code.scope


class OAuthToken(TokenMixin):  # type: ignore[misc]  # authlib is untyped
    """A refresh token or an access token, by its grant. `expires_at` in seconds since the epoch."""

    def __init__(self, grant: Grant, *, expires_at: int, now: int, kind: str, digest: str = "") -> None:
        self.grant = grant
        self.expires_at = expires_at
        self.now = now
        self.kind = kind
        self.digest = digest

    def check_client(self, client: OAuthClient) -> bool:
        return self.grant.client_id == client.client_id

    def get_scope(self) -> str:
        return self.grant.scope

    def get_expires_in(self) -> int:
        return self.expires_at - self.now

    def is_expired(self) -> bool:
        return self.expires_at <= self.now

    def is_revoked(self) -> bool:
        return self.grant.revoked_at is not None
