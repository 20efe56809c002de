"""Files along with an operation: the GraphQL multipart request specification
(https://github.com/jaydenseric/graphql-multipart-request-spec)."""

import hashlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from auth.directory import Fault, Unfit
from gateway.refusal import Refusal

PREFLIGHT = ("graphql-require-preflight", "apollo-require-preflight")
"""One of these stands on the request: a page of another origin can't set it without being asked first (CSRF)."""

_MOST_FILES = 100
_MOST_OPERATIONS = 2 * 1024 * 1024  # bytes of `operations` and of `map`


class SentFile:
    """Port `auth.case_files.OfferedFile`: a file of the request."""

    def __init__(self, file: UploadFile, most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self.name = file.filename or ""

    async def identity(self) -> str:
        return hashlib.sha256(await self.read()).hexdigest()

    async def read(self) -> bytes:
        if (self._file.size or 0) > self._most_bytes:
            raise Unfit(Fault.FILE_TOO_LARGE)
        await self._file.seek(0)
        return await self._file.read()

    async def done(self) -> None:
        await self._file.close()


def is_multipart(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


async def read_multipart(
    request: Request, *, most_bytes: int, most_file_bytes: int
) -> tuple[dict[str, object], FormData]:
    """The operation, with the files in their variables' places, and the form, which who asks closes.

    Raises Refusal; ClientDisconnect.
    """
    if not any(request.headers.get(name) for name in PREFLIGHT):
        raise Refusal(415, f"Files are taken with the header '{PREFLIGHT[0]}: 1' on the request.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:18]) > most_bytes:
        raise _too_large(most_bytes)
    parser = MultiPartParser(
        request.headers,
        _bounded(request, most_bytes),
        max_files=_MOST_FILES,
        max_fields=2,
        max_part_size=_MOST_OPERATIONS,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        told = error.message if isinstance(error, MultiPartException) else "it can't be read"
        raise Refusal(400, f"The body is no multipart form: {told.rstrip('.')}.") from None
    try:
        return _operation(form, most_file_bytes), form
    except Refusal:
        await form.close()
        raise


async def _bounded(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > most_bytes:
            raise _too_large(most_bytes)
        yield piece


def _operation(form: FormData, most_file_bytes: int) -> dict[str, object]:
    operation = _json(form, "operations")
    places = _json(form, "map")
    if isinstance(operation, list):
        raise Refusal(400, "Send one operation a request: batches are not taken.")
    if not isinstance(operation, dict):
        raise Refusal(400, "The field 'operations' must hold a JSON object.")
    if not isinstance(places, dict):
        raise Refusal(400, "The field 'map' must hold a JSON object: the places of each file.")
    files = {name: value for name, value in form.multi_items() if isinstance(value, UploadFile)}
    if missing := sorted(set(places) - set(files)):
        raise Refusal(400, f"The field 'map' names the file {missing[0][:40]!r}, which was not sent.")
    if further := sorted(set(files) - set(places)):
        raise Refusal(400, f"The file {further[0][:40]!r} is not in the field 'map'.")
    for name, paths in places.items():
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise Refusal(400, "The field 'map' must hold a list of paths for each file.")
        for path in paths:
            _put(operation, path, SentFile(files[name], most_file_bytes))
    return operation


def _put(operation: dict[str, Any], path: str, file: SentFile) -> None:  # Any: JSON
    """In the place of a null, as `variables.input.attachments.0.file` names it. Raises Refusal."""
    *steps, last = path.split(".")
    place: Any = operation  # Any: as above
    try:
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]
        key: Any = int(last) if isinstance(place, list) else last
        if not steps or steps[0] != "variables" or not isinstance(place, list | dict) or place[key] is not None:
            raise ValueError
    except (KeyError, IndexError, ValueError, TypeError):
        told = f"The field 'map' names {path[:100]!r}, where 'operations' has no null among its variables."
        raise Refusal(400, told) from None
    place[key] = file


def _json(form: Mapping[str, Any], name: str) -> object:  # Any: a form's values
    value = form.get(name)
    if not isinstance(value, str):
        raise Refusal(400, f"The form must have the field '{name}', before the files.")
    try:
        found: object = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refusal(400, f"The field '{name}' is no JSON: {error}.") from None
    return found


def _too_large(most_bytes: int) -> Refusal:
    told = f"Files of a request have at most {most_bytes} bytes; a larger one gets an address by `requestUpload`."
    return Refusal(413, told, headers={"connection": "close"})
