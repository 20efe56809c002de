"""What an org answers: pages of records, composite answers, and refusals, read into our own terms."""

import re
from collections.abc import Collection
from typing import Generic, TypeVar

import msgspec

from connectors.errors import (
    ConnectorError,
    SourceBusy,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceTimeout,
)
from connectors.transport.json_answers import UNREADABLE

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T]):
    """One page of a query. `records` are JSON objects as the org's fields have them."""

    records: list[T] | None = None
    total: int | None = msgspec.field(default=None, name="totalSize")
    done: bool | None = None
    next_url: str | None = msgspec.field(default=None, name="nextRecordsUrl")


class SubAnswer(msgspec.Struct):
    body: msgspec.Raw
    status: int = msgspec.field(name="httpStatusCode")
    reference: str = msgspec.field(name="referenceId")


class CompositeAnswer(msgspec.Struct):
    answers: list[SubAnswer] = msgspec.field(name="compositeResponse")


class _Refusal(msgspec.Struct):
    message: str = ""
    code: str = msgspec.field(default="", name="errorCode")


class IdRefused(SourceMisconfigured):
    """The org refuses a query for an id in it, instead of finding nothing."""


_QUOTED_NAME = re.compile(r"'([A-Za-z]\w*(?:\.\w+)*)'")
_MAPPING_ERRORS = {"INVALID_FIELD", "INVALID_TYPE", "MALFORMED_QUERY"}
_ID_ERRORS = {"INVALID_QUERY_FILTER_OPERATOR", "INVALID_ID_FIELD", "MALFORMED_ID"}
_FAILURES = {"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "INVALID_QUERY_LOCATOR"}


def decoded(system: str, body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """Raises SourceMisanswered for what is no JSON of the decoder's kind."""
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        detail = f"{error}: {bytes(body)[:200].decode('utf-8', 'replace')}"
        raise SourceMisanswered(system, "gave an answer that can't be read", detail=detail) from error


def refusal(system: str, status: int, body: bytes | msgspec.Raw, names: Collection[str]) -> ConnectorError:
    """The error for a failure status (400 and up). `names`: the fields and objects that the settings know."""
    found = _refusal(bytes(body))
    detail = f"HTTP {status} {found.code} {found.message or bytes(body)[:200].decode('utf-8', 'replace')}"
    if found.code == "REQUEST_LIMIT_EXCEEDED" or status == 429:
        return SourceBusy(system, "takes no more requests now", detail=detail)
    if found.code in _ID_ERRORS:
        return IdRefused(system, "did not understand the gateway's query", detail=detail)
    if found.code in _MAPPING_ERRORS:
        return SourceMisconfigured(system, _mapping_hint(found.message, names), detail=detail)
    if found.code == "QUERY_TIMEOUT":
        return SourceTimeout(system, "took too long over the query", detail=detail)
    if status >= 500 or found.code in _FAILURES:
        return SourceFailed(system, "failed", detail=detail)
    return SourceMisconfigured(system, _hint(status), detail=detail)


def _refusal(body: bytes) -> _Refusal:
    """The first of an array of errors, or a lone one."""
    array: list[_Refusal]
    try:
        array = msgspec.json.decode(body if body.lstrip().startswith(b"[") else b"[" + body + b"]", type=list[_Refusal])
    except UNREADABLE:  # an intermediary's HTML
        array = []
    return array[0] if array else _Refusal()


def _mapping_hint(message: str, names: Collection[str]) -> str:
    """Names what the org doesn't know, if it is one of ours: nothing else of the org's words goes further."""
    ours = {part: name for name in names for part in (name, *name.split("."))}
    unknown = next((ours[quoted] for quoted in _QUOTED_NAME.findall(message) if quoted in ours), None)
    if unknown is None:
        return "did not understand the gateway's query: the mapping of objects and fields may not fit the org"
    return f"has no {unknown}: the mapping of objects and fields does not fit the org, or its user may not read it"


def _hint(status: int) -> str:
    return {
        401: "refused the gateway's session",
        403: "does not let the gateway's user read",
        404: "has no such API version or resource",
        414: "takes no URL of that length: lower max_url_bytes",
        431: "takes no URL of that length: lower max_url_bytes",
    }.get(status, "did not understand the gateway")
