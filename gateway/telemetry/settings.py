"""`[telemetry]`: where traces go."""

from pydantic import AnyHttpUrl, Field, field_validator

from connectors.transport.settings import StrictSettings


class TelemetrySettings(StrictSettings):
    otlp: str | None = Field(
        default=None,
        description="The OpenTelemetry collector that traces go to, as http://collector:4318 (OTLP over HTTP). Without "
        "it there are none",
    )
    share: float = Field(default=0.1, ge=0, le=1, description="Share of the requests that are traced; 1: all")
    name: str = Field(default="portal-gateway", min_length=1, description="The name of this service in traces")

    @field_validator("otlp")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        return None if value is None else str(AnyHttpUrl(value)).rstrip("/")
