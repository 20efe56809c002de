"""Signing in at an organisation's own OpenID provider: Keycloak, Entra, any."""

from gateway.identity.organisations.organisation import Organisation, organisations_of
from gateway.identity.organisations.sign_in import OrganisationSignIn
from gateway.identity.organisations.sign_out import OrganisationSignOut

__all__ = ["Organisation", "OrganisationSignIn", "OrganisationSignOut", "organisations_of"]
