"""Port `auth.statements.StatementLinks`."""

import secrets
from urllib.parse import quote

import msgspec

from auth.statements import StatementOf
from auth.viewer import Viewer
from gateway.sealing import Sealer

STATEMENTS = "/statements"


class Opened(msgspec.Struct, frozen=True):
    """Who a link is for, and what of."""

    viewer: Viewer
    of: StatementOf


class SealedStatementLinks:
    """Without a `secret` its links are good at this process alone. `seconds` that a link lives."""

    def __init__(self, address: str, secret: str | None, seconds: int) -> None:
        self._sealer = Sealer(secret or secrets.token_urlsafe(32), "statement-links")
        self._address = address
        self._seconds = seconds

    def link(self, viewer: Viewer, of: StatementOf, name: str) -> str:
        token = self._sealer.seal(msgspec.json.encode(Opened(viewer, of))).decode()
        return f"{self._address}{STATEMENTS}/{token}/{quote(name, safe='')}.pdf"

    def opened(self, token: str) -> Opened:
        """Raises NotOurs: it is none of ours, or too old."""
        content = self._sealer.unseal(token.encode("utf-8", "replace"), within=self._seconds)
        return msgspec.json.decode(content, type=Opened)
