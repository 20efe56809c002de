"""`/webhooks/<system>`: a system that tells of its changes by itself, so that nobody waits for rows kept from before.

Who tells signs it: `X-Portal-Signature: t=<seconds since 1970>,v1=<HMAC-SHA-256 in hex>`, of `<t>.<body>` with the
secret that both know. An old one is refused; one that is sent again within that time does nothing but what it did.
"""

import hashlib
import hmac
import re

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from connectors.changes import CaseEvent
from connectors.errors import ConnectorError, SourceMisanswered
from connectors.queries import AccountScope, InstalledProductQuery
from gateway.refusal import Refusal
from gateway.wiring import Gateway
from schema.errors import ErrorCode

log = structlog.get_logger(__name__)

WEBHOOKS = "/webhooks"
HEADER = "x-portal-signature"

_MOST_BYTES = 256 * 1024
_MOST_ASSETS = 500  # of one notice that subscribers are told of; of more they learn when they look
_LATE = 300  # seconds
_SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
_EVERYTHING = AccountScope(unrestricted=True)


class WebhookEndpoint:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._secret = gateway.settings.live.webhook_secret

    async def receive(self, request: Request) -> Response:
        """204 where it was understood. 404: nobody of that name tells anything here."""
        notices = self._gateway.sources.change_notices
        if notices is None or self._secret is None or request.path_params["system"] != notices.system:
            return Refusal(404, "Nobody tells of changes here.", code=ErrorCode.NOT_FOUND).response()
        try:
            body = await _body(request)
            self._check(request.headers.get(HEADER, ""), body)
            changed = notices.changed_records(body)
        except Refusal as refusal:
            return refusal.response()
        except SourceMisanswered as error:
            return Refusal(400, f"The system {error.system} {error.message}.").response()
        except ClientDisconnect:
            return Response(status_code=499)
        for record in changed:
            await self._gateway.cache.invalidate(notices.system, record)
        if "accounts" in changed:
            self._gateway.scopes.forget()
        await self._tell(changed.get("installed_products", ()))
        log.info("webhook.received", system=notices.system, **{record: len(ids) for record, ids in changed.items()})
        return Response(status_code=204)

    def _check(self, signature: str, body: bytes) -> None:
        """Raises Refusal."""
        match = _SIGNATURE.fullmatch(signature.replace(" ", ""))
        secret = self._secret.get_secret_value().encode() if self._secret is not None else b""
        now = self._gateway.clock().timestamp()
        if match is not None and abs(now - int(match[1])) <= _LATE:
            expected = hmac.new(secret, match[1].encode() + b"." + body, hashlib.sha256).hexdigest()
            if hmac.compare_digest(expected, match[2]):
                return
        log.warning("webhook.refused", signed=match is not None)
        raise Refusal(401, "The signature is not ours, or too old.", code=ErrorCode.UNAUTHENTICATED)

    async def _tell(self, ids: tuple[str, ...]) -> None:
        """Whoever is subscribed to the state of these assets looks at them anew."""
        if not ids:
            return
        if self._gateway.indexing is not None:
            self._gateway.indexing.assets_changed(ids)
        query = InstalledProductQuery(scope=_EVERYTHING, ids=ids[:_MOST_ASSETS], fields=frozenset({"asset_id"}))
        try:
            rows = (await self._gateway.sources.installed_base.installed_products(query)).rows
        except ConnectorError as error:
            log.warning("webhook.not_told", reason=str(error))
            return
        for row in rows:
            if row.asset_id is not None:
                await self._gateway.live.feed.publish(CaseEvent(asset_id=row.asset_id))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise Refusal(413, f"A notice has at most {_MOST_BYTES} bytes.", headers={"connection": "close"})
    return bytes(body)
