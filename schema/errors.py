"""The closed list of error codes, and how an error is told to a client.

What a client is told names no host, no payload and no stack trace; those are in the log under the request's id.
"""

from enum import Enum
from typing import Any

import structlog
from graphql import GraphQLError

from connectors.errors import (
    ConnectorError,
    SourceConflict,
    SourceRejected,
    SourceTimeout,
    TooManyRows,
    TryLater,
)

log = structlog.get_logger(__name__)


class ErrorCode(Enum):
    """`extensions.code` of an error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_INPUT = "BAD_INPUT"
    CONFLICT = "CONFLICT"
    QUERY_TOO_COSTLY = "QUERY_TOO_COSTLY"
    RATE_LIMITED = "RATE_LIMITED"
    SOURCE_UNAVAILABLE = "SOURCE_UNAVAILABLE"
    SOURCE_REJECTED = "SOURCE_REJECTED"
    TIMEOUT = "TIMEOUT"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    INTERNAL = "INTERNAL"


class PortalError(GraphQLError):
    """An error whose message is meant for the person who asked."""

    code = ErrorCode.INTERNAL

    def __init__(self, message: str, **extensions: object) -> None:
        super().__init__(message, extensions={"code": self.code.value, **extensions})


class Forbidden(PortalError):
    code = ErrorCode.FORBIDDEN


class BadInput(PortalError):
    """`field` names the argument or input field, as `filter.ids`."""

    code = ErrorCode.BAD_INPUT

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message, field=field)


def format_error(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """The error as JSON values, with a code; what nobody foresaw becomes INTERNAL with the request's id."""
    formatted: dict[str, Any] = dict(error.formatted)
    message, extensions = _told(error, request_id)
    formatted["message"] = message
    formatted["extensions"] = extensions
    return formatted


def _told(error: GraphQLError, request_id: str) -> tuple[str, dict[str, Any]]:
    cause = error.original_error
    if isinstance(error, PortalError) or isinstance(cause, PortalError):
        told = error if isinstance(error, PortalError) else cause
        assert isinstance(told, PortalError)  # noqa: S101  # one of the two, as the line above says
        return told.message, dict(told.extensions or {})
    if isinstance(cause, ConnectorError):
        return _told_of_source(cause)
    if cause is None or (isinstance(cause, GraphQLError) and (error.path is None or cause.nodes)):
        # graphql-core itself: syntax, validation, variables, a literal that is no value of its type. An error at a
        # path that points at no argument is of a value of ours that can't be written.
        return error.message, {"code": ErrorCode.BAD_INPUT.value, **(error.extensions or {})}
    if isinstance(cause, TimeoutError):
        return "The answer took longer than allowed. Ask for less at once.", {"code": ErrorCode.TIMEOUT.value}
    log.error("resolver.failed", path=error.path, exc_info=cause)
    return (
        f"Something went wrong here. Tell the helpdesk this id: {request_id}",
        {"code": ErrorCode.INTERNAL.value, "id": request_id},
    )


def _told_of_source(cause: ConnectorError) -> tuple[str, dict[str, Any]]:
    log.warning(
        "source.error", system=cause.system, error=type(cause).__name__, told=cause.message, detail=cause.detail
    )
    extensions: dict[str, Any] = {"system": cause.system}
    match cause:
        case SourceTimeout():
            code, message = ErrorCode.TIMEOUT, f"The system '{cause.system}' did not answer in time."
        case TooManyRows():
            code, message = ErrorCode.BAD_INPUT, f"{cause.message}. Narrow the filter."
        case SourceConflict():
            code, message = ErrorCode.CONFLICT, cause.message
        case SourceRejected():
            code, message = ErrorCode.SOURCE_REJECTED, f"The system '{cause.system}' refused: {cause.message}"
        case _:
            code, message = ErrorCode.SOURCE_UNAVAILABLE, f"The system '{cause.system}' can't be asked at the moment."
            if isinstance(cause, TryLater) and cause.retry_after is not None:
                extensions["retryAfter"] = cause.retry_after
    return message, {"code": code.value, **extensions}
