"""The built-in OpenID provider, over authlib: authorization code with PKCE, refresh tokens, client credentials."""

from gateway.identity.provider.endpoints import ProviderEndpoints
from gateway.identity.provider.keys import SigningKeys
from gateway.identity.provider.logout import LogoutEndpoint

__all__ = ["LogoutEndpoint", "ProviderEndpoints", "SigningKeys"]
