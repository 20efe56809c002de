"""What a client asks, read from HTTP as GraphQL over HTTP says (https://graphql.github.io/graphql-over-http/)."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from starlette.datastructures import FormData, QueryParams
from starlette.requests import ClientDisconnect, Request

from gateway.graphql_multipart import is_multipart, read_multipart
from gateway.refusal import Refusal

_ID_KEYS = ("documentId", "doc_id", "id")
_TEXTS = ("query", "operationName", *_ID_KEYS)
_HASH = re.compile("[0-9a-fA-F]{64}")

MOST_BYTES = 2 * 1024 * 1024


class FileLimits(NamedTuple):
    """In bytes: of a request with all its files, and of one file."""

    request: int
    file: int


class GraphQLRequest(msgspec.Struct, frozen=True):
    """One operation to execute. `variables` are JSON values, and files that were sent along in `form`.

    Without a document in `query`, it is named: by its id in a manifest, or by its hash (automatic persisted queries).
    """

    query: str | None
    operation_name: str | None
    variables: dict[str, Any] | None  # Any: JSON
    document_id: str | None = None
    sha256: str | None = None
    form: FormData | None = None

    async def close(self) -> None:
        if self.form is not None:
            await self.form.close()


async def read_post(request: Request, files: FileLimits) -> GraphQLRequest:
    """The request in a body of JSON, or in a form with files. Raises Refusal; ClientDisconnect where the client went
    away meanwhile."""
    if is_multipart(request.headers.get("content-type", "")):
        operation, form = await read_multipart(request, most_bytes=files.request, most_file_bytes=files.file)
        try:
            return msgspec.structs.replace(_checked(operation), form=form)
        except Refusal:
            await form.close()
            raise
    _check_content_type(request.headers.get("content-type", ""))
    return _read_body(await _body(request))


def read_get(parameters: QueryParams) -> GraphQLRequest:
    """The request in an address. Raises Refusal."""
    content: dict[str, object] = {name: parameters[name] for name in _TEXTS if name in parameters}
    for name in ("variables", "extensions"):
        if parameters.get(name):
            content[name] = _parse(parameters[name].encode(), f"The parameter '{name}'")
    return _checked(content)


def _check_content_type(content_type: str) -> None:
    # Only JSON: a browser sends other types to any site without asking it first (CORS preflight).
    kind, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    charset = next((parameter[8:].strip('"') for parameter in parameters if parameter.startswith("charset=")), "utf-8")
    if kind != "application/json":
        raise Refusal(415, "Send the request as JSON, with the header 'Content-Type: application/json'.")
    if charset not in ("utf-8", "utf8"):
        raise Refusal(415, "Send the request in UTF-8.")


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:12]) > MOST_BYTES:
        raise _too_large()
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> Refusal:
    return Refusal(413, f"A request has at most {MOST_BYTES} bytes.", headers={"connection": "close"})


def _read_body(body: bytes) -> GraphQLRequest:
    content = _parse(body, "The body")
    if isinstance(content, list):
        raise Refusal(400, "Send one operation a request: batches are not taken. Several fields of one query are.")
    if not isinstance(content, dict):
        raise Refusal(400, "The body must be a JSON object with the key 'query'.")
    return _checked(content)


def _parse(text: bytes, what: str) -> object:
    try:
        found: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(400, f"{what} is no JSON: {error}.") from None
    return found


def _checked(content: Mapping[str, object]) -> GraphQLRequest:
    """Keys that GraphQL over HTTP doesn't know are none of our business."""
    query = content.get("query") or None
    name = content.get("operationName")
    variables = content.get("variables")
    if not (name is None or isinstance(name, str)):
        raise Refusal(400, "The key 'operationName' must be text or null.", field="operationName")
    if not (variables is None or isinstance(variables, dict)):
        raise Refusal(400, "The key 'variables' must be an object or null.", field="variables")
    extensions = content.get("extensions")
    if not (extensions is None or isinstance(extensions, dict)):
        raise Refusal(400, "The key 'extensions' must be an object or null.", field="extensions")
    document_id, sha256 = _document_id(content), _sha256(extensions or {})
    named = document_id is not None or sha256 is not None
    if not isinstance(query, str) and not (query is None and named):
        raise Refusal(400, "The key 'query' must hold the GraphQL document as text.", field="query")
    return GraphQLRequest(query, name or None, variables, document_id, sha256)


def requested(content: Mapping[str, object]) -> GraphQLRequest:
    """One that came another way than by HTTP. Raises Refusal."""
    return _checked(content)


def _document_id(content: Mapping[str, object]) -> str | None:
    """GraphQL over HTTP's key, else one of Relay's."""
    for key in _ID_KEYS:
        given = content.get(key)
        if isinstance(given, str) and given:
            return given
        if given is not None:
            raise Refusal(400, f"The key '{key}' must be a document's id as text.", field=key)
    return None


def _sha256(extensions: Mapping[str, object]) -> str | None:
    """Of automatic persisted queries."""
    match extensions.get("persistedQuery"):
        case None:
            return None
        case {"version": 1, "sha256Hash": str(found)} if _HASH.fullmatch(found):
            return found
    told = "The extension 'persistedQuery' must hold version 1 and 'sha256Hash', 64 hexadecimal digits."
    raise Refusal(400, told, field="extensions")


__all__ = ["MOST_BYTES", "ClientDisconnect", "FileLimits", "GraphQLRequest", "read_get", "read_post", "requested"]
