"""The addresses of signing in."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from gateway.identity.pages import Pages
from gateway.identity.provider import LogoutEndpoint, ProviderEndpoints
from gateway.wiring import Gateway


def identity_routes(gateway: Gateway) -> Sequence[BaseRoute]:
    """None where the settings let nobody sign in with a browser."""
    service, settings = gateway.identity, gateway.settings
    if service is None:
        return []
    routes: list[BaseRoute] = []
    provider, keys, address = settings.identity.provider, service.keys, settings.server.address
    if provider is not None and keys is not None:
        endpoints = ProviderEndpoints(
            service.people, keys, service.sessions, gateway.verifier, gateway.clock, provider, issuer=address
        )
        logout = LogoutEndpoint(service.people, keys, service.sessions, issuer=address)
        routes += [*endpoints.routes(), *logout.routes()]
    pages = Pages(
        service.membership,
        service.sessions,
        service.secret,
        helpdesk=" · ".join(filter(None, (settings.helpdesk.email, settings.helpdesk.phone))) or None,
        home="/graphql" if settings.server.graphiql else "/sessions",
    )
    return [*routes, *pages.routes()]
