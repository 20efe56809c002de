"""`/statements`: a statement about equipment, made with the rights of that moment (F11, F12)."""

import asyncio
from urllib.parse import quote
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import Response

from auth.calendar import Days
from auth.credentials import Where
from auth.rules import Action, decide
from auth.statements import StatementOf, UptimeReport, end_of_life_statement_of, uptime_report_of
from auth.tokens import InvalidToken
from auth.viewer import Viewer
from connectors.errors import ConnectorError
from connectors.people import AuditAction, AuditEvent
from connectors.transport.deadline import deadline
from gateway.identity.origin import network_of
from gateway.link_holder import holder_of
from gateway.refusal import Refusal, not_now
from gateway.request_log import request_id_of
from gateway.sealing import NotOurs
from gateway.statements.links import SealedStatementLinks
from gateway.statements.rendering import Writer, end_of_life_pdf, uptime_pdf
from gateway.wiring import Gateway
from schema.context import Context
from schema.errors import ErrorCode

log = structlog.get_logger(__name__)


class StatementEndpoint:
    def __init__(self, gateway: Gateway, links: SealedStatementLinks) -> None:
        self._gateway = gateway
        self._links = links
        self._timeout = gateway.settings.server.request_timeout
        pages = " ".join(["'self'", *gateway.settings.server.allowed_origins])
        self._headers = {
            "cache-control": "private, no-store",
            "content-security-policy": f"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors {pages}",
            "x-frame-options": "SAMEORIGIN",
            "content-type": "application/pdf",
        }

    async def open(self, request: Request) -> Response:
        """What is not the viewer's (any more), or not entitled to (any more), is 404."""
        where = Where(network_of(request), request_id_of(request.scope))
        try:
            with deadline(self._timeout):
                opened = self._links.opened(request.path_params["token"])
                viewer = await holder_of(request, opened.viewer, self._gateway.authentication)
                content = await self._content(viewer, opened.of, where)
        except (NotOurs, InvalidToken):
            told = "There is no such statement, or its time is over. Ask for a new link."
            return Refusal(404, told, code=ErrorCode.NOT_FOUND).response()
        except Refusal as refusal:
            return refusal.response()
        except ConnectorError as error:
            log.error("statements.unavailable", reason=str(error))
            return not_now(f"The statement can't be had at the moment: {error.message}.", error.system).response()
        shown = "attachment" if "download" in request.query_params else "inline"
        disposition = f"{shown}; filename*=UTF-8''{quote(request.path_params['name'], safe='')}"
        return Response(content, headers={**self._headers, "content-disposition": disposition})

    async def _content(self, viewer: Viewer, of: StatementOf, where: Where) -> bytes:
        needed = [Action.READ_EQUIPMENT, Action.READ_CONTRACTS, *([Action.READ_CASES] if of.first is not None else [])]
        if not all(decide(viewer, action).allowed for action in needed):
            raise NotOurs
        context = self._gateway.context_for(viewer, where)
        try:
            content = await self._made(context, of)
        finally:
            context.close()
        if self._gateway.membership is not None:
            await self._gateway.membership.people.audit.record(_downloaded(viewer, of, where))
        return content

    async def _made(self, context: Context, of: StatementOf) -> bytes:
        visible = await context.visible()
        asset = (await visible.installed_products.by_id([of.installed_product_id])).get(of.installed_product_id)
        if asset is None:
            raise NotOurs
        viewer = context.viewer
        writer = Writer(viewer.locale, viewer.time_zone, context.now)
        if of.first is None or of.last is None:
            statement = await end_of_life_statement_of(visible, asset)
            return await asyncio.to_thread(end_of_life_pdf, statement, writer)
        days = Days(of.first, of.last, ZoneInfo(viewer.time_zone))
        report = await uptime_report_of(visible, asset, days, context.now, context.today)
        if not isinstance(report, UptimeReport):
            raise NotOurs
        return await asyncio.to_thread(uptime_pdf, report, writer)


def _downloaded(viewer: Viewer, of: StatementOf, where: Where) -> AuditEvent:
    what = "end-of-life statement" if of.first is None else f"uptime report {of.first} {of.last}"
    return AuditEvent(
        action=AuditAction.DOWNLOADED,
        actor=viewer.subject,
        subject=viewer.subject,
        details={"document": what, "asset": of.installed_product_id},
        network=where.network,
        request_id=where.request_id,
    )
