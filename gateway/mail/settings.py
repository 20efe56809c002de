"""`[mail]`: how mails are sent."""

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import getaddresses
from typing import Literal

from pydantic import Field, field_validator

from connectors.transport.settings import Secret, StrictSettings


class MailSettings(StrictSettings):
    """Mails go to an SMTP server where one is named, else into a folder, a file each."""

    host: str | None = Field(default=None, description="The SMTP server's name")
    port: int = Field(default=587, ge=1, le=65535, description="Its port")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls: encrypt after the greeting; tls: from the start; none: this machine"
    )
    user: str | None = Field(default=None, description="The user at the SMTP server")
    password: Secret | None = Field(default=None, description="Its password")
    ca_file: str | None = Field(
        default=None, description="A PEM file of certificate authorities to trust instead of the usual"
    )
    sender: str = Field(
        default="Portal <portal@localhost>", description="Whom mails come from, as Portal <portal@example.com>"
    )
    folder: str = Field(default="var/mail", description="Where mails are put while no server is named")
    timeout: float = Field(default=20.0, gt=0, le=120, description="Seconds the server may take for one mail")

    @field_validator("sender")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        found = getaddresses([value])
        if len(found) != 1 or not found[0][1].count("@") == 1 or not value.isprintable():
            raise ValueError("must be one address, as Portal <portal@example.com>")
        try:
            Address(display_name=found[0][0], addr_spec=found[0][1])
        except (ValueError, HeaderParseError, IndexError):
            raise ValueError("must be an address, as Portal <portal@example.com>") from None
        return value
