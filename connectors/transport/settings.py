"""What every connector over HTTP is told: where its system is, how long to wait, how much to take."""

import os
import ssl
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AnyHttpUrl, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator


def read_secret(value: object) -> object:
    """A secret from the environment or a file. Raises ValueError for one that stands in the settings themselves."""
    if isinstance(value, SecretStr):
        return value
    match value:
        case {"env": str(name), **rest} if not rest:
            secret = os.environ.get(name)
            if not secret:
                raise ValueError(f"the environment variable {name} is not set, or empty")
            return SecretStr(secret)
        case {"file": str(path), **rest} if not rest:
            try:
                return SecretStr(Path(path).read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"the file {path} can't be read: {error}") from None
    raise ValueError('a secret stands in no settings: write { env = "NAME" } or { file = "/path" }')


Secret = Annotated[SecretStr, BeforeValidator(read_secret)]


class StrictSettings(BaseModel):
    """Settings that refuse a key they don't know, and don't change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HttpSettings(StrictSettings):
    url: str = Field(description="The system's address, as https://crm.example.com")
    timeout: float = Field(10.0, gt=0, le=300, description="Seconds one call may take")
    queue: int = Field(200, ge=0, le=10_000, description="Calls that wait for a connection at most; more are refused")
    breaker_failures: int = Field(
        10,
        ge=0,
        description="Failures within half a minute, and half of all calls, after which the system is left alone for a "
        "while; 0: never",
    )
    retry_share: float = Field(
        0.1, ge=0, le=1, description="Share of the calls to the system that may be tried again (ten at once always)"
    )
    connections: int = Field(20, ge=1, le=1000, description="Connections kept to the system at most")
    max_answer_bytes: int = Field(64 * 1024 * 1024, ge=1024, description="Bytes of one answer at most, decompressed")
    ca_file: str | None = Field(None, description="A PEM file of certificate authorities to trust instead of the usual")

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        url = AnyHttpUrl(value)
        if url.query or url.fragment or url.username or url.password:
            raise ValueError("an address has no user, query or fragment")
        return str(url).rstrip("/")

    @field_validator("ca_file")
    @classmethod
    def _holds_authorities(cls, value: str | None) -> str | None:
        try:
            trusting(value)
        except OSError as error:  # ssl.SSLError is one too
            raise ValueError(f"the file {value} holds no certificate authorities: {error}") from None
        return value

    def ssl_context(self) -> ssl.SSLContext:
        return trusting(self.ca_file)


@cache
def trusting(ca_file: str | None) -> ssl.SSLContext:
    """A context for those authorities (None: the system's). Shared: reading them takes tens of milliseconds."""
    return ssl.create_default_context(cafile=ca_file)
