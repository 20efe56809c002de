"""The grant types, as authlib runs them (RFC 6749, 7636), over the store."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, grants
from authlib.oauth2.rfc7636 import CodeChallenge

from connectors.vocabulary import UserStatus
from gateway.identity.provider.models import OAuthClient, OAuthCode, OAuthToken, OAuthUser

_CONFIDENTIAL = ["client_secret_basic", "client_secret_post"]

# Any, below: authlib is untyped, and decides what its hooks are given.


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # authlib is untyped
    TOKEN_ENDPOINT_AUTH_METHODS = [*_CONFIDENTIAL, "none"]  # noqa: RUF012  # as authlib declares it

    def save_authorization_code(self, code: str, request: Any) -> None:
        self.server.bridge.save_code(code, request)

    def query_authorization_code(self, code: str, client: OAuthClient) -> OAuthCode | None:
        return self.server.bridge.redeem(code, client)  # type: ignore[no-any-return]

    def delete_authorization_code(self, authorization_code: OAuthCode) -> None:
        """It was used up when it was redeemed."""

    def authenticate_user(self, authorization_code: OAuthCode) -> OAuthUser | None:
        code = authorization_code.code
        user = self.server.bridge.user(code.user_id)
        if user is None or user.status is not UserStatus.ACTIVE:
            return None
        return OAuthUser(user, None, code.auth_time)

    def generate_token(self, user: OAuthUser, scope: str, **_: Any) -> dict[str, Any]:
        code = self.request.authorization_code.code
        return self.server.bridge.tokens(  # type: ignore[no-any-return]
            code.grant_id, scope, user=user, nonce=code.nonce
        )


class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]  # authlib is untyped
    TOKEN_ENDPOINT_AUTH_METHODS = [*_CONFIDENTIAL, "none"]  # noqa: RUF012  # as authlib declares it
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> OAuthToken | None:
        return self.server.bridge.refresh(refresh_token, self.request.client)  # type: ignore[no-any-return]

    def authenticate_user(self, refresh_token: OAuthToken) -> OAuthUser | None:
        grant = refresh_token.grant
        user = self.server.bridge.user(grant.user_id)
        if user is None or user.status is not UserStatus.ACTIVE or self.server.bridge.has_to_renew(user):
            return None
        return OAuthUser(user, grant.session_id, grant.created_at)

    def revoke_old_credential(self, refresh_token: OAuthToken) -> None:
        """It was used up when it was looked at: of two that use it at once, one gets anything."""

    def generate_token(self, user: OAuthUser, scope: str, **_: Any) -> dict[str, Any]:
        return self.server.bridge.tokens(self.request.refresh_token.grant.id, scope, user=user)  # type: ignore[no-any-return]


class ClientCredentials(grants.ClientCredentialsGrant):  # type: ignore[misc]  # authlib is untyped
    TOKEN_ENDPOINT_AUTH_METHODS = _CONFIDENTIAL

    def validate_requested_scope(self) -> None:
        if self.request.client.get_allowed_scope(self.request.payload.scope) is None:
            raise InvalidScopeError

    def generate_token(self, scope: str | None = None, **_: Any) -> dict[str, Any]:
        asked = scope or " ".join(sorted(self.request.client.client.scopes))
        return self.server.bridge.tokens_of_client(self.request.client, asked)  # type: ignore[no-any-return]


class ProofKey(CodeChallenge):  # type: ignore[misc]  # authlib is untyped
    """PKCE with S256, from every client (RFC 9700, 2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012  # as authlib declares it

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError(
                "PKCE is needed: send 'code_challenge' with 'code_challenge_method=S256'.", redirect_uri=redirect_uri
            )
        super().validate_code_challenge(grant, redirect_uri)
