"""authlib's authorization server, fitted to Starlette's requests and to our store."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.requests import OAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc9207 import IssuerParameter
from starlette.responses import Response

from auth.identification import GRANT
from gateway.identity.provider.bridge import Bridge
from gateway.identity.provider.grants import ClientCredentials, CodeGrant, ProofKey, RefreshGrant
from gateway.identity.provider.models import SCOPES, OAuthClient, OAuthToken

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}

# Any, below: authlib is untyped, and decides what its hooks are given.


class Payload(OAuth2Payload):  # type: ignore[misc]  # authlib is untyped
    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class Asked(OAuth2Request):  # type: ignore[misc]  # authlib is untyped
    """A request, read beforehand. authlib wants to see https: whether it was is the proxy's matter."""

    def __init__(self, method: str, path: str, headers: Mapping[str, str], pairs: Iterable[tuple[str, str]]) -> None:
        super().__init__(method, f"https://here{path}", headers={k.title(): v for k, v in headers.items()})
        self.payload = Payload(pairs)

    @property
    def args(self) -> dict[str, str]:
        data: dict[str, str] = self.payload.data
        return data

    @property
    def form(self) -> dict[str, str]:
        return self.args


class Answered:
    """What authlib answers; `location` may still be added to (RFC 9207)."""

    def __init__(self, status: int, body: Any, headers: Iterable[tuple[str, str]]) -> None:
        self.status = status
        self.body = body
        self.headers = {name.lower(): value for name, value in headers}

    @property
    def location(self) -> str | None:
        return self.headers.get("location")

    @location.setter
    def location(self, value: str) -> None:
        self.headers["location"] = value

    def response(self) -> Response:
        headers = self.headers | NO_STORE
        if self.location is not None:
            return Response(status_code=303, headers=headers)
        body = msgspec.json.encode(self.body) if isinstance(self.body, dict) else str(self.body).encode()
        return Response(body, self.status, headers, media_type="application/json")


class Server(AuthorizationServer):  # type: ignore[misc]  # authlib is untyped
    """Made for each request: what a token says is looked up before authlib asks (`claims`)."""

    def __init__(self, bridge: Bridge, issuer: str, claims: Mapping[str, object] | None = None) -> None:
        super().__init__(scopes_supported=SCOPES)
        self.bridge = bridge
        self.claims = claims
        self.register_grant(CodeGrant, [ProofKey(required=True)])
        self.register_grant(RefreshGrant)
        self.register_grant(ClientCredentials)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)
        self.register_extension(_Issuer(issuer))

    def query_client(self, client_id: str) -> OAuthClient | None:
        return self.bridge.client(client_id)

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """It was kept when it was made."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Asked) -> Asked:
        return request

    def handle_response(self, status: int, body: Any, headers: Iterable[tuple[str, str]]) -> Answered:
        return Answered(status, body, headers)


class _Issuer(IssuerParameter):  # type: ignore[misc]  # authlib is untyped
    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        return self._issuer


class Revocation(RevocationEndpoint):  # type: ignore[misc]  # authlib is untyped
    """RFC 7009. Whichever of its tokens is revoked, the grant ends."""

    CLIENT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]  # noqa: RUF012  # as authlib declares it

    def query_token(self, token_string: str, token_type_hint: str | None) -> OAuthToken | None:
        return _token(self.server, token_string)

    def revoke_token(self, token: OAuthToken, request: Any) -> None:
        self.server.bridge.revoke(token.grant.id, actor=token.grant.client_id)


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]  # authlib is untyped
    """RFC 7662: for clients with a secret, of their own tokens; of all with the scope `introspect`."""

    CLIENT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # noqa: RUF012  # as authlib declares it

    def query_token(self, token_string: str, token_type_hint: str | None) -> OAuthToken | None:
        return _token(self.server, token_string)

    def check_permission(self, token: OAuthToken, client: OAuthClient, request: Any) -> bool:
        return token.check_client(client) or "introspect" in client.client.scopes

    def introspect_token(self, token: OAuthToken) -> dict[str, Any]:
        claims = self.server.claims or {}
        told = {
            "active": True,
            "client_id": token.grant.client_id,
            "sub": token.grant.user_id or token.grant.client_id,
            "scope": claims.get("scope", token.grant.scope),
            "exp": token.expires_at,
        }
        return told | {name: claims[name] for name in ("iss", "aud", "iat", "jti") if name in claims}


def _token(server: Server, text: str) -> OAuthToken | None:
    if server.claims is None:
        return server.bridge.lookup(text, None, 0)
    expires = server.claims.get("exp")
    return server.bridge.lookup(text, str(server.claims.get(GRANT)), int(expires) if isinstance(expires, int) else 0)
