"""What SAP says when it says no: JSON as a rule, XML or HTML where something before OData answered."""

import html
import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from connectors.errors import (
    ConnectorError,
    SourceBusy,
    SourceConflict,
    SourceFailed,
    SourceMisconfigured,
    SourceRejected,
)
from connectors.transport.json_answers import UNREADABLE

_LONGEST = 300
_XML_MESSAGE = re.compile(r"<(?:\w+:)?message\b[^>]*>([^<]+)<")
_XML_CODE = re.compile(r"<(?:\w+:)?code\b[^>]*>([^<]+)<")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


class _Message(msgspec.Struct, frozen=True):
    value: str | None = None


class _Error(msgspec.Struct, frozen=True):
    code: str | int | None = None
    message: _Message | str | None = None


class _Body(msgspec.Struct, frozen=True):
    error: _Error


class SapMessage(NamedTuple):
    code: str
    text: str


def failure(system: str, what: str, status: int, headers: Mapping[str, str], body: bytes) -> ConnectorError:
    """The error that an answer of this status stands for. `what` names the set or service that was asked."""
    detail = f"HTTP {status} for {what}: {body[:500].decode('utf-8', 'replace')}"
    if status in (401, 403):
        return SourceMisconfigured(system, f"refused the gateway's credentials for {what}", detail=detail)
    said = sap_message(body)
    if status == 404 and said is not None and "(" in what:  # an entity, not a set
        return SourceRejected(system, said.text, code=said.code, detail=detail)
    if status == 404:
        return SourceMisconfigured(system, f"has no {what} at the configured path", detail=detail)
    if status in (409, 412):
        return SourceConflict(system, "was changed in between", detail=detail)
    if status == 429:
        wait = headers.get("retry-after", "")
        seconds = float(wait) if wait.isdecimal() else None
        return SourceBusy(system, "takes no more requests now", retry_after=seconds, detail=detail)
    if status >= 500:
        return SourceFailed(system, "failed", detail=detail)
    if status >= 400 and said is not None:
        return SourceRejected(system, said.text, code=said.code, detail=detail)
    if status < 400:
        return SourceMisconfigured(system, f"answers {what} elsewhere, or not at all", detail=detail)
    return SourceMisconfigured(system, f"did not understand what it was asked of {what}", detail=detail)


def sap_message(body: bytes) -> SapMessage | None:
    """The system's own words out of an error body; None where it has none (HTML, plain text, nothing)."""
    try:
        error = msgspec.json.decode(body, type=_Body).error
    except UNREADABLE:
        return _from_xml(body.decode("utf-8", "replace"))
    said = error.message.value if isinstance(error.message, _Message) else error.message
    text = _clean(said or "")
    return SapMessage(str(error.code or ""), text) if text else None


def _from_xml(text: str) -> SapMessage | None:
    message, code = _XML_MESSAGE.search(text), _XML_CODE.search(text)
    words = _clean(html.unescape(message[1])) if message else ""
    return SapMessage(code[1].strip() if code else "", words) if words else None


def _clean(text: str) -> str:
    """One line that a person may read: no addresses, no control characters, not without end."""
    visible = "".join(sign if sign.isprintable() else " " for sign in _ADDRESS.sub("…", text))
    words = " ".join(visible.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
