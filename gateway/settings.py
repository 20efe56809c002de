"""What a deployment says of itself: one frozen object, made by `gateway.settings_file` from portal.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from auth.issuer import Issuer
from connectors.registry import Manifest
from connectors.transport.cache import CacheSettings
from connectors.transport.settings import StrictSettings


def _distinct_issuers(issuers: tuple[Issuer, ...]) -> tuple[Issuer, ...]:
    if not issuers:
        raise ValueError("at least one provider is needed, or nobody can ask")
    names = [issuer.issuer for issuer in issuers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the issuer {twice[0]} stands here twice")
    return issuers


class Server(StrictSettings):
    """`[server]`: the process itself."""

    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on; 0.0.0.0 for all")
    port: int = Field(default=8000, ge=1, le=65535, description="The port to listen on")
    metrics: bool = Field(
        default=False,
        description="Tell Prometheus at /metrics how the gateway does; anyone who reaches the port can read it",
    )
    graphiql: bool = Field(default=True, description="Serve the GraphiQL page to browsers at /graphql")
    introspection: bool = Field(default=True, description="Answer questions about the graph's own schema")
    allowed_origins: tuple[str, ...] = Field(
        default=(), description="Origins of web pages that may ask from a browser, as https://portal.example.com"
    )
    request_timeout: float = Field(default=30.0, gt=0, le=600, description="Seconds one request may take")
    stop_timeout: int = Field(default=10, ge=0, le=300, description="Seconds that requests get to end at a stop")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least serious events to log: debug, info, warning or error"
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="json: an event a line for machines; console: for people"
    )


class Identity(StrictSettings):
    """`[identity]`: whose tokens are accepted."""

    issuers: Annotated[tuple[Issuer, ...], AfterValidator(_distinct_issuers)] = Field(
        description="The OpenID providers whose access tokens are accepted"
    )


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
    systems: Mapping[str, System]
