"""An OpenID provider whose tokens are accepted, and where its tokens say what the portal needs to know."""

from ipaddress import ip_address
from typing import Annotated, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from connectors.transport.settings import Secret, StrictSettings

# Asymmetric only: whoever could check a symmetric signature could also make one.
Algorithm: TypeAlias = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"
]


def check_address(address: str) -> str:
    """The address itself. Raises ValueError for one that tokens' keys must not be fetched from."""
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("must be an address, as https://login.example.com")
    if url.username or url.password or url.fragment:
        raise ValueError("an address has no user and no fragment")
    if url.scheme == "http" and not _is_loopback(url.hostname):
        raise ValueError("must begin with https:// (http:// is for this machine alone, as http://127.0.0.1:9000)")
    return address


def _check_issuer(address: str) -> str:
    if urlsplit(check_address(address)).query:
        raise ValueError("an issuer has no query")
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class ClaimNames(StrictSettings):
    """Which claim tells what. A dot leads into an object (`realm_access.roles`) where no claim has that very name."""

    email: str = Field(default="email", description="The e-mail address")
    roles: str = Field(default="roles", description="The portal roles: a list, or one text")
    parent_account: str = Field(default="parent_account", description="The number of the account the user belongs to")
    accounts: str = Field(default="accounts", description="The numbers of the assigned accounts")
    locale: str = Field(default="locale", description="The language, as pl or en-GB")
    time_zone: str = Field(default="zoneinfo", description="The time zone by its IANA name, as Europe/Warsaw")
    portal: str = Field(default="portal", description="`older` for users of the older portal")
    frozen_since: str = Field(default="frozen_since", description="The day the user's country moved, as 2026-03-01")


class SignIn(StrictSettings):
    """How people sign in there with their browser: authorization code with PKCE."""

    client_id: str = Field(min_length=1, description="What the provider calls the gateway")
    client_secret: Secret | None = Field(default=None, description="The gateway's secret there; none: a public client")
    title: str = Field(default="", description="What the button on the sign-in page says, as North Hospital")
    scopes: tuple[str, ...] = Field(default=("openid", "email", "profile"), description="What is asked for")
    create: bool = Field(
        default=False, description="Add people whom the store doesn't know, with the role and accounts of their claims"
    )


class Issuer(StrictSettings):
    """One provider: what it calls itself, for whom it signs, how, and where its keys are."""

    issuer: Annotated[str, AfterValidator(_check_issuer)] = Field(
        description="The provider's own name, exactly as it stands in its tokens: https, or http on this machine"
    )
    audience: str = Field(default="urn:gateway", min_length=1, description="Whom the tokens must be for")
    algorithms: frozenset[Algorithm] = Field(
        default=frozenset({"RS256", "ES256"}),
        min_length=1,
        description="The signatures that are accepted, among RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, "
        "ES512 and Ed25519",
    )
    token_types: frozenset[str] = Field(
        default=frozenset({"at+jwt", "JWT"}),
        min_length=1,
        description='The `typ` of its access tokens; "" accepts tokens without one',
    )
    jwks_uri: Annotated[str, AfterValidator(check_address)] | None = Field(
        default=None, description="Where the keys are; without it the provider's discovery document is asked"
    )
    leeway: int = Field(default=30, ge=0, le=300, description="Seconds that the provider's clock may differ from ours")
    timeout: float = Field(default=5.0, gt=0, le=60, description="Seconds the provider may take to answer")
    keys_for: float = Field(
        default=86_400.0, ge=60, description="Seconds that known keys are good for while the provider is down"
    )
    ca_file: str | None = Field(
        default=None, description="A PEM file of certificate authorities to trust instead of the usual"
    )
    people: Literal["claims", "store"] = Field(
        default="claims",
        description="Where role and accounts stand: claims, in the tokens; store, in the gateway's own store, by the "
        "provider's name and its id of the person",
    )
    email_domains: frozenset[str] = Field(
        default=frozenset(),
        description='With people = "store": whose verified e-mail addresses at these domains name a user the first '
        "time; without, only who was linked before is known",
    )
    claims: ClaimNames = Field(default=ClaimNames(), description="Which claim tells what")
    sign_in: SignIn | None = Field(
        default=None, description='Let people sign in there with their browser; needs `people = "store"`'
    )

    def vouches_for(self, email: str) -> bool:
        """Whether the provider's word that an address is verified counts: not for those of other organisations."""
        return email.rpartition("@")[2].casefold() in {domain.casefold() for domain in self.email_domains}

    @model_validator(mode="after")
    def _knows_who_signs_in(self) -> Self:
        if self.sign_in is not None and self.people != "store":
            raise ValueError('sign_in needs people = "store": sessions are of users that the store knows')
        return self
