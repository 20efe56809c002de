"""What a deployment says of itself: one frozen object, made by `gateway.settings_file` from portal.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from auth.issuer import Issuer, check_address
from auth.viewer import Role
from connectors.attachments.settings import AttachmentSettings
from connectors.registry import Manifest
from connectors.transport.cache import CacheSettings
from connectors.transport.settings import Secret, StrictSettings
from gateway.exports.settings import ExportSettings
from gateway.limit_settings import LimitSettings
from gateway.load.settings import LoadSettings
from gateway.mail.settings import MailSettings
from gateway.search.settings import SearchSettings
from gateway.telemetry.settings import TelemetrySettings
from gateway.trusted_documents.settings import TrustedDocumentSettings


def _distinct_issuers(issuers: tuple[Issuer, ...]) -> tuple[Issuer, ...]:
    names = [issuer.issuer for issuer in issuers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the issuer {twice[0]} stands here twice")
    return issuers


def _public_address(address: str) -> str:
    url = urlsplit(check_address(address))
    if url.path.strip("/") or url.query:
        raise ValueError("must be an origin: a scheme and a name, without a path")
    return address.rstrip("/")


def long_secret(value: SecretStr | None) -> SecretStr | None:
    """Raises ValueError for one that could be guessed."""
    if value is not None and len(value.get_secret_value()) < 32:
        raise ValueError("the secret has fewer than 32 characters; `openssl rand -base64 32` makes one")
    return value


class Server(StrictSettings):
    """`[server]`: the process itself."""

    public_url: Annotated[str, AfterValidator(_public_address)] | None = Field(
        default=None,
        description="The address that browsers and clients use, as https://portal.example.com; by default "
        "http://127.0.0.1 with the port, for this machine alone",
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(), description="Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed"
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on; 0.0.0.0 for all")
    port: int = Field(default=8000, ge=1, le=65535, description="The port to listen on")
    metrics: bool = Field(
        default=False,
        description="Tell Prometheus at /metrics how the gateway does; anyone who reaches the port can read it",
    )
    graphiql: bool = Field(default=True, description="Serve the GraphiQL page to browsers at /graphql")
    introspection: bool | tuple[Role, ...] = Field(
        default=True,
        description="Answer questions about the graph's own schema, and suggest names: true, false, or the roles that "
        'are answered, as ["analyst", "partner"]',
    )
    subgraph_rules: bool = Field(
        default=True,
        description="Tell routers of a composed graph the access rules, too (@authenticated, @requiresScopes, "
        "@policy). Apollo's JavaScript gateway takes no graph that has them",
    )
    calls_shown: tuple[Role, ...] = Field(
        default=(Role.ANALYST,),
        description="The roles that are shown what a query asked of the systems, where they ask for it (GraphiQL does)",
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(), description="Origins of web pages that may ask from a browser, as https://portal.example.com"
    )
    websockets: int = Field(default=1000, ge=0, le=100_000, description="WebSockets that may be open at once")
    event_streams: int = Field(
        default=1000, ge=0, le=100_000, description="Subscriptions over Server-Sent Events that may be open at once"
    )
    request_timeout: float = Field(default=30.0, gt=0, le=600, description="Seconds one request may take")
    drain: float = Field(
        default=3.0,
        ge=0,
        le=300,
        description="Seconds that a gateway which is told to stop (SIGTERM) goes on answering, while /readyz says that "
        "it is not ready, so that load balancers look elsewhere",
    )
    stop_timeout: int = Field(default=10, ge=0, le=300, description="Seconds that requests get to end at a stop")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least serious events to log: debug, info, warning or error"
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="json: an event a line for machines; console: for people"
    )

    @property
    def told_the_schema(self) -> frozenset[Role]:
        if isinstance(self.introspection, tuple):
            return frozenset(self.introspection)
        return frozenset(Role) if self.introspection else frozenset()

    @property
    def address(self) -> str:
        """The origin that browsers and clients use."""
        return self.public_url or f"http://127.0.0.1:{self.port}"


class Provider(StrictSettings):
    """`[identity.provider]`: the built-in OpenID provider, for people and partners that have none of their own."""

    access_token_lifetime: int = Field(default=600, ge=60, le=3600, description="Seconds an access token lives")
    refresh_token_lifetime: int = Field(
        default=14 * 86_400, ge=3600, le=90 * 86_400, description="Seconds a refresh token lives, unless it is used"
    )
    key_lifetime: int = Field(
        default=30 * 86_400, ge=3600, description="Seconds a key signs, before the next one takes its place"
    )


class Sessions(StrictSettings):
    """`[identity.sessions]`: browsers that are signed in."""

    absolute: int = Field(default=12 * 3600, ge=300, description="Seconds a session lives at most")
    idle: int = Field(default=3600, ge=60, description="Seconds without a request that end a session")


class Helpdesk(StrictSettings):
    """`[helpdesk]`: whom people turn to."""

    email: str | None = Field(default=None, description="The helpdesk's e-mail address")
    phone: str | None = Field(default=None, description="The helpdesk's telephone number")


class DeliverySettings(StrictSettings):
    """`[deliveries]`: what is written to the service system."""

    patience: float = Field(
        default=8.0, ge=0, le=60, description="Seconds a person waits for the service system's answer at most"
    )
    settle: float = Field(
        default=120.0,
        ge=0,
        le=3600,
        description="Seconds after which a write that the service system never answered is surely over there; until "
        "then it is looked for, and not sent again",
    )
    lease: float = Field(
        default=60.0,
        ge=1,
        le=3600,
        description="Seconds that a write is left to the gateway that took it up, longer than any one call to the "
        "service system may take: then another one sees to it",
    )


class LiveSettings(StrictSettings):
    """`[live]`: what is told as it changes."""

    poll: float = Field(
        default=5.0,
        gt=0,
        le=3600,
        description="Seconds between looks at what the service system changed, while somebody is subscribed",
    )
    webhook_secret: Secret | None = Field(
        default=None,
        description="What the CRM signs its notices of changes with, at /webhooks/<its name in [systems]>: 32 random "
        "characters or more. Without it none are taken",
    )

    @field_validator("webhook_secret")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        return long_secret(value)


class Identity(StrictSettings):
    """`[identity]`: who is let in."""

    issuers: Annotated[tuple[Issuer, ...], AfterValidator(_distinct_issuers)] = Field(
        default=(), description="The OpenID providers whose access tokens are accepted"
    )
    secret: Secret | None = Field(
        default=None,
        description="Seals signing keys, waiting mails and sign-ins under way: 32 random characters or more, the same "
        "for all gateways. Without it nobody is managed here, and nobody signs in with a browser",
    )
    provider: Provider | None = Field(default=None, description="The built-in OpenID provider")
    sessions: Sessions = Sessions.model_validate({})

    @field_validator("secret")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        return long_secret(value)

    @model_validator(mode="after")
    def _lets_somebody_in(self) -> Self:
        if not self.issuers and self.provider is None:
            raise ValueError("at least one provider is needed, [[identity.issuers]] or [identity.provider]")
        signs_in = self.provider is not None or any(issuer.sign_in is not None for issuer in self.issuers)
        if signs_in and self.secret is None:
            raise ValueError("signing in with a browser needs `secret`")
        return self


class Scope(StrictSettings):
    """`[scope]`: what is remembered for deciding who sees what."""

    hierarchy_ttl: float = Field(
        default=60.0, ge=0, le=3600, description="Seconds that the hierarchy of accounts is remembered"
    )


SystemName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Sections(StrictSettings):
    """The whole file, before each system's settings are read by its connector."""

    server: Server = Server.model_validate({})
    identity: Identity
    scope: Scope = Scope.model_validate({})
    cache: CacheSettings = CacheSettings.model_validate({})
    mail: MailSettings = MailSettings.model_validate({})
    helpdesk: Helpdesk = Helpdesk.model_validate({})
    deliveries: DeliverySettings = DeliverySettings.model_validate({})
    live: LiveSettings = LiveSettings.model_validate({})
    attachments: AttachmentSettings = AttachmentSettings.model_validate({})
    exports: ExportSettings = ExportSettings.model_validate({})
    search: SearchSettings = SearchSettings.model_validate({})
    limits: LimitSettings = LimitSettings.model_validate({})
    load: LoadSettings = LoadSettings.model_validate({})
    telemetry: TelemetrySettings = TelemetrySettings.model_validate({})
    trusted_documents: TrustedDocumentSettings = TrustedDocumentSettings.model_validate({})
    systems: dict[SystemName, dict[str, Any]] = Field(  # Any: each connector says what stands there
        min_length=1, description="The systems, each under a name of its own"
    )


@dataclass(frozen=True, slots=True)
class System:
    """`[systems.<name>]`: a connector, and what it was told."""

    connector: Manifest
    settings: BaseModel


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is configured. `systems` is by the system's name, in the file's order."""

    server: Server
    identity: Identity
    scope: Scope
    cache: CacheSettings
    mail: MailSettings
    helpdesk: Helpdesk
    deliveries: DeliverySettings
    live: LiveSettings
    attachments: AttachmentSettings
    exports: ExportSettings
    search: SearchSettings
    limits: LimitSettings
    load: LoadSettings
    telemetry: TelemetrySettings
    trusted_documents: TrustedDocumentSettings
    systems: Mapping[str, System]
