"""`/exports`: a table as it is made, or one that was made before; with the rights of that moment (F9)."""

from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from auth.credentials import Where
from auth.exports import ExportOf, entitlement_of
from auth.rules import Action, decide
from auth.tokens import InvalidToken
from auth.viewer import Viewer
from connectors.errors import ConnectorError
from connectors.vocabulary import ExportFormat, ExportStatus
from gateway.exports.making import make
from gateway.exports.rows import Problem
from gateway.exports.service import exported, result_key
from gateway.exports.tables import MEDIA_TYPES
from gateway.graphql_http import unless_disconnected
from gateway.identity.origin import network_of
from gateway.link_holder import holder_of
from gateway.refusal import Refusal, not_now
from gateway.request_log import request_id_of
from gateway.sealing import NotOurs
from gateway.wiring import Gateway
from schema.errors import ErrorCode

log = structlog.get_logger(__name__)

_HEADERS = {"cache-control": "private, no-store", "content-security-policy": "default-src 'none'; sandbox"}
_STATUS = {
    ErrorCode.NOT_FOUND.value: 404,
    ErrorCode.FORBIDDEN.value: 403,
    ErrorCode.BAD_INPUT.value: 400,
    ErrorCode.QUERY_TOO_COSTLY.value: 400,
    ErrorCode.INTERNAL.value: 500,
    ErrorCode.TIMEOUT.value: 504,
}


class ExportEndpoint:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._links = gateway.exports.links

    async def download(self, request: Request) -> Response:
        """What is not there (any more), or not the viewer's (any more), is 404."""
        where = Where(network_of(request), request_id_of(request.scope))
        try:
            opened = self._links.opened(request.path_params["token"])
            viewer = await holder_of(request, opened.viewer, self._gateway.authentication)
            if not decide(viewer, Action.READ_EQUIPMENT).allowed:
                raise NotOurs
            if opened.of is not None:
                return await unless_disconnected(request, self._made_now(request, viewer, opened.of, where))
            return await self._made_before(viewer, opened.job_id or "", where)
        except (NotOurs, InvalidToken):
            return _gone().response()
        except Refusal as refusal:
            return refusal.response()
        except Problem as problem:
            return _refused(problem).response()
        except ConnectorError as error:
            log.error("exports.unavailable", reason=str(error))
            return not_now(f"The table can't be had at the moment: {error.message}.", error.system).response()

    async def _made_now(self, request: Request, viewer: Viewer, of: ExportOf, where: Where) -> Response:
        if request.method == "HEAD":
            return Response(headers={**_HEADERS, "content-type": MEDIA_TYPES[of.format]})
        made = await make(self._gateway, viewer, of, where, _unheeded)
        membership = self._gateway.membership
        if membership is not None:
            await membership.people.audit.record(exported(viewer, of, where))
        return StreamingResponse(made.pieces, headers=_headers(made.name, made.media_type))

    async def _made_before(self, viewer: Viewer, job_id: str, where: Where) -> Response:
        membership, store = self._gateway.membership, self._gateway.sources.files
        job = None if membership is None else await membership.people.export_jobs.job(job_id)
        if job is None or store is None or job.subject != viewer.subject or job.status is not ExportStatus.DONE:
            raise NotOurs
        context = self._gateway.context_for(viewer, where)
        try:
            if entitlement_of(await context.visible(), viewer) != job.entitlement:
                raise NotOurs
        finally:
            context.close()
        found = await store.open_file(result_key(job.id))
        if found is None or job.expires_at <= self._gateway.clock():
            raise NotOurs
        kind = ExportFormat(job.name.rpartition(".")[2].upper())
        headers = {**_headers(job.name, MEDIA_TYPES[kind]), "content-length": str(found.size)}
        return StreamingResponse(found.content, headers=headers)


async def _unheeded(done: int, total: int) -> None:
    """Whoever waits for the file sees its bytes come."""


def _headers(name: str, media_type: str) -> dict[str, str]:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return {**_HEADERS, "content-type": media_type, "content-disposition": disposition}


def _gone() -> Refusal:
    told = "There is no such table, or its time is over. Ask for a new link."
    return Refusal(404, told, code=ErrorCode.NOT_FOUND)


def _refused(problem: Problem) -> Refusal:
    extensions = {key: value for key, value in problem.told["extensions"].items() if key != "code"}
    status = _STATUS.get(problem.code, 503)
    headers = {"retry-after": str(extensions.get("retryAfter", 5))} if status == 503 else {}
    return Refusal(status, str(problem), code=ErrorCode(problem.code), headers=headers, **extensions)
