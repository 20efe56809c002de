"""`[mail]`: how mails are sent."""

from typing import Literal

from pydantic import Field

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
    sender: str = Field(
        default="Portal <portal@localhost>", description="Whom mails come from, as Portal <portal@example.com>"
    )
    folder: str = Field(default="var/mail", description="Where mails are put while no server is named")
    timeout: float = Field(default=20.0, gt=0, le=120, description="Seconds the server may take for one mail")
