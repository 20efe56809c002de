"""`[attachments]`: the files that cases may have."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from connectors.transport.settings import StrictSettings

MIB = 1024 * 1024


def _scanner(address: str) -> str:
    url = urlsplit(address)
    if url.scheme == "clamd" and url.hostname and url.port:
        return address
    if url.scheme == "clamd" and not url.netloc and url.path:
        return address
    if url.scheme == "icap" and url.hostname and url.path.strip("/"):
        return address
    raise ValueError("must be clamd://host:3310, clamd:///run/clamav/clamd.sock or icap://host:1344/service")


class AttachmentSettings(StrictSettings):
    max_file: int = Field(default=50 * MIB, ge=1024, description="Bytes of one file at most")
    max_request: int = Field(
        default=25 * MIB,
        ge=1024,
        description="Bytes that files may have that are sent within a mutation; larger ones get an upload address",
    )
    max_files: int = Field(default=20, ge=1, le=500, description="Files of one case at most")
    max_case: int = Field(default=200 * MIB, ge=1024, description="Bytes of all files of one case at most")
    max_waiting: int = Field(
        default=200 * MIB,
        ge=1024,
        description="Bytes that one person may have sent to upload addresses and named in no case yet",
    )
    link_seconds: int = Field(default=300, ge=10, le=3600, description="Seconds that a link to a file lives")
    upload_seconds: int = Field(default=3600, ge=60, le=86_400, description="Seconds that an upload address lives")
    antivirus: Annotated[str, AfterValidator(_scanner)] | None = Field(
        default=None,
        description="What looks for viruses: clamd://host:3310, clamd:///run/clamav/clamd.sock or "
        "icap://host:1344/service. While it can't be asked, no file is taken",
    )
    antivirus_timeout: float = Field(default=30.0, gt=0, le=300, description="Seconds its answer may take")
