"""What a connector over SOAP is told beside its address."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from connectors.transport.settings import HttpSettings, Secret

SoapVersion = Literal["1.1", "1.2"]


class SoapSettings(HttpSettings):
    path: str | None = Field(
        None,
        pattern=r"^/[^/]",
        description="The service's path at the address (default: the one that its WSDL names for the SOAP version)",
    )
    user: str = Field(min_length=1, description="The user of Basic auth")
    password: Secret
    soap_version: SoapVersion = "1.1"
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")] | None = Field(
        None, description="IV_LANGU, as PL; by default the system answers in the user's own language"
    )
    time_zone: str = Field("Europe/Berlin", description="The IANA zone of the system's dates and times")
    range_rows: int = Field(200, ge=1, le=200, description="Keys in one range table at most")
    page_rows: int = Field(500, ge=1, le=500, description="Rows of one answer at most (IV_MAX_ROWS)")
    max_rows: int = Field(250_000, ge=1, description="Rows of one read at most; more are refused")
    parallel_calls: int = Field(8, ge=1, le=100, description="Calls at once for one read")
    attempts: int = Field(2, ge=1, le=3, description="How often one read is tried")

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value!r} is no IANA time zone") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
