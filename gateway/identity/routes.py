"""The addresses of signing in."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from gateway.identity.organisations import OrganisationSignIn, OrganisationSignOut
from gateway.identity.pages import Desk, Pages
from gateway.identity.provider import LogoutEndpoint, ProviderEndpoints
from gateway.identity.service import IdentityService
from gateway.wiring import Gateway
from schema.labels import locales


def identity_routes(gateway: Gateway) -> Sequence[BaseRoute]:
    """None where the settings let nobody sign in with a browser."""
    service = gateway.identity
    if service is None or (service.keys is None and not service.organisations):
        return []
    return [*_provider(gateway, service), *_pages(gateway, service)]


def _provider(gateway: Gateway, service: IdentityService) -> Sequence[BaseRoute]:
    provider, keys, address = gateway.settings.identity.provider, service.keys, gateway.settings.server.address
    if provider is None or keys is None:
        return []
    endpoints = ProviderEndpoints(
        service.people, keys, service.sessions, gateway.verifier, gateway.clock, provider, issuer=address
    )
    logout = LogoutEndpoint(service.people, keys, service.sessions, issuer=address)
    return [*endpoints.routes(), *logout.routes()]


def _pages(gateway: Gateway, service: IdentityService) -> Sequence[BaseRoute]:
    settings = gateway.settings
    desk = Desk(
        service.membership,
        service.sessions,
        service.secret,
        helpdesk=" · ".join(filter(None, (settings.helpdesk.email, settings.helpdesk.phone))) or None,
        home="/graphql" if settings.server.graphiql else "/sessions",
    )
    sign_in = OrganisationSignIn(service.organisations, desk, service.secret, locales=locales())
    sign_out = OrganisationSignOut(service.organisations, service.people)
    pages = Pages(desk, buttons=sign_in.buttons, leave=sign_out.leave, stop_links=service.stop_links)
    return [*sign_in.routes(), *sign_out.routes(), *pages.routes()]
