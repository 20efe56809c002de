"""Addresses of tables: sealed, each for one viewer and a short while."""

import secrets
from urllib.parse import quote

import msgspec

from auth.exports import ExportOf
from auth.viewer import Viewer
from gateway.sealing import Sealer

EXPORTS = "/exports"


class Opened(msgspec.Struct, frozen=True):
    """Who a link is for, and what of: a table to be made, or one that was (`job_id`)."""

    viewer: Viewer
    of: ExportOf | None = None
    job_id: str | None = None


class SealedExportLinks:
    """Without a `secret` its links are good at this process alone. `seconds` that a link lives."""

    def __init__(self, address: str, secret: str | None, seconds: int) -> None:
        self._sealer = Sealer(secret or secrets.token_urlsafe(32), "export-links")
        self._address = address
        self._seconds = seconds

    def link(self, opened: Opened, name: str) -> str:
        token = self._sealer.seal(msgspec.json.encode(opened)).decode()
        return f"{self._address}{EXPORTS}/{token}/{quote(name, safe='')}"

    def opened(self, token: str) -> Opened:
        """Raises NotOurs: it is none of ours, or too old."""
        content = self._sealer.unseal(token.encode("utf-8", "replace"), within=self._seconds)
        return msgspec.json.decode(content, type=Opened)
