"""`/files`: opens what a link leads to, with the rights of that moment. `/uploads`: takes a file that was announced."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from urllib.parse import quote

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from auth.attachments import FileReference, Opened
from auth.credentials import Where
from auth.documents import document_to_open, open_document
from auth.rules import Action, decide
from auth.tokens import InvalidToken
from auth.viewer import Viewer
from connectors.errors import ConnectorError
from connectors.files import FileStore, upload_key, uploads_of
from connectors.transport.deadline import deadline
from gateway.files.links import Reference, SealedLinks
from gateway.files.ranges import Unsatisfiable, placed, wanted_range
from gateway.identity.origin import network_of
from gateway.link_holder import holder_of
from gateway.refusal import Refusal, not_now
from gateway.request_log import request_id_of
from gateway.sealing import NotOurs
from gateway.wiring import Gateway
from schema.errors import ErrorCode

log = structlog.get_logger(__name__)

Opening = Callable[..., Awaitable[Opened | None]]
"""`opening(start=…, end=…)`: the file, as far as it is wanted. None: it is nowhere any more."""


class FileEndpoint:
    def __init__(self, gateway: Gateway, links: SealedLinks, store: FileStore | None) -> None:
        self._gateway = gateway
        self._links = links
        self._store = store
        self._timeout = gateway.settings.server.request_timeout
        self._most_bytes = gateway.settings.attachments.max_file
        self._most_waiting = gateway.settings.attachments.max_waiting
        pages = " ".join(["'self'", *gateway.settings.server.allowed_origins])
        self._headers = {
            "cache-control": "private, no-store",
            # In a frame of a front end, no pop-up is needed (F6). Browsers heed frame-ancestors rather than the other.
            "content-security-policy": f"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors {pages}",
            "x-frame-options": "SAMEORIGIN",
            "accept-ranges": "bytes",
        }

    async def download(self, request: Request) -> Response:
        """GET or HEAD of a link. What is not there (any more), or not the viewer's (any more), is 404."""
        try:
            with deadline(self._timeout):
                viewer, reference = await self._who(request)
                return await self._answer(request, await self._opening(request, viewer, reference))
        except Refusal as refusal:
            return refusal.response()
        except ConnectorError as error:
            log.error("files.unavailable", reason=str(error))
            return not_now(f"The file can't be had at the moment: {error.message}.", error.system).response()

    async def upload(self, request: Request) -> Response:
        """PUT to an address of `requestUpload`. Kept whole or not at all."""
        try:
            subject, upload_id = self._links.upload_of(request.path_params["token"])
        except NotOurs:
            return _gone("upload address").response()
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:18]) > self._most_bytes:
            return self._too_large().response()
        if self._store is None:
            return _gone("upload address").response()
        try:
            waiting = sum([found.size async for found in self._store.kept_files(uploads_of(subject))])
            if waiting >= self._most_waiting:
                return _too_much().response()
            await self._store.put_file(upload_key(subject, upload_id), self._body(request))
        except _TooLarge:
            return self._too_large().response()
        except ClientDisconnect:
            return Response(status_code=499)
        except ConnectorError as error:
            log.error("files.unavailable", reason=str(error))
            return not_now(f"The file can't be had at the moment: {error.message}.", error.system).response()
        return Response(status_code=204)

    async def _who(self, request: Request) -> tuple[Viewer, Reference]:
        """Whose link it is, as of now, and where it leads. Raises Refusal."""
        try:
            viewer, reference = self._links.opened(request.path_params["token"])
            viewer = await holder_of(request, viewer, self._gateway.authentication)
        except (NotOurs, InvalidToken):
            raise _gone("file") from None
        needed = Action.READ_CASES if isinstance(reference, FileReference) else Action.READ_EQUIPMENT
        if not decide(viewer, needed).allowed:
            raise _gone("file")
        return viewer, reference

    async def _opening(self, request: Request, viewer: Viewer, reference: Reference) -> Opening:
        """What opens it, where the viewer may see what it hangs on now. Raises Refusal."""
        context = self._gateway.context_for(viewer, Where(network_of(request), request_id_of(request.scope)))
        try:
            visible = await context.visible()
            if isinstance(reference, FileReference):
                if await visible.cases.for_writing(reference.case_id) is None:
                    raise _gone("file")
                return partial(context.attachments.open, reference)
            document = await document_to_open(visible, viewer, reference, context.today)
            if document is None or self._store is None:
                raise _gone("file")
            return partial(open_document, self._store, document, reference.name)
        finally:
            context.close()

    async def _answer(self, request: Request, opening: Opening) -> Response:
        wanted = wanted_range(request.headers.get("range", "")) if request.method == "GET" else None
        if wanted is None:
            return self._response(request, _there(await opening()), 0, None)
        if wanted.start < 0:  # from the end, which somebody must know first
            whole = _there(await opening(end=0))
            wanted = wanted._replace(start=max(0, whole.size + wanted.start))
        opened = _there(await opening(start=wanted.start, end=wanted.end))
        try:
            start, end = placed(wanted, opened.size)
        except Unsatisfiable:
            return Response(status_code=416, headers={**self._headers, "content-range": f"bytes */{opened.size}"})
        return self._response(request, opened, start, end)

    def _response(self, request: Request, opened: Opened, start: int, end: int | None) -> Response:
        last = opened.size if end is None else end
        shown = "inline" if opened.safe and "download" not in request.query_params else "attachment"
        headers = {
            **self._headers,
            "content-type": opened.media_type,
            "content-length": str(last - start),
            "content-disposition": f"{shown}; filename*=UTF-8''{quote(opened.name, safe='')}",
        }
        if end is not None:
            headers["content-range"] = f"bytes {start}-{end - 1}/{opened.size}"
        if request.method == "HEAD":
            return Response(headers=headers)
        return StreamingResponse(opened.content, 200 if end is None else 206, headers)

    async def _body(self, request: Request) -> AsyncIterator[bytes]:
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > self._most_bytes:
                raise _TooLarge
            if piece:
                yield piece
        if not size:
            yield b""

    def _too_large(self) -> Refusal:
        return Refusal(413, f"A file has at most {self._most_bytes} bytes.", headers={"connection": "close"})


class _TooLarge(Exception):
    pass


def _there(opened: Opened | None) -> Opened:
    if opened is None:
        raise _gone("file")
    return opened


def _too_much() -> Refusal:
    told = "Too many files wait to be named in a case. Name them, or wait until they are removed."
    return Refusal(429, told, code=ErrorCode.RATE_LIMITED, headers={"retry-after": "3600", "connection": "close"})


def _gone(what: str) -> Refusal:
    return Refusal(404, f"There is no such {what}, or its time is over. Ask for a new link.", code=ErrorCode.NOT_FOUND)
