"""The messages of graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md)."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import msgspec

PROTOCOL = "graphql-transport-ws"


class Close(IntEnum):
    """Why a connection is closed."""

    NORMAL = 1000
    RESTART = 1012
    TRY_LATER = 1013
    BAD_MESSAGE = 4400
    NOT_ACKNOWLEDGED = 4401
    FORBIDDEN = 4403
    NO_PROTOCOL = 4406
    NO_INIT = 4408
    ID_TAKEN = 4409
    INIT_TWICE = 4429


class _Message(msgspec.Struct, frozen=True, tag_field="type"):
    """A client's."""


class ConnectionInit(_Message, frozen=True, tag="connection_init"):
    payload: dict[str, Any] | None = None  # Any: JSON


class Ping(_Message, frozen=True, tag="ping"):
    payload: dict[str, Any] | None = None  # Any: JSON


class Pong(_Message, frozen=True, tag="pong"):
    payload: dict[str, Any] | None = None  # Any: JSON


class Asked(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One operation: its document, or what names it."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None  # Any: JSON
    extensions: dict[str, Any] | None = None  # Any: JSON
    document_id: str | None = None

    def __post_init__(self) -> None:
        if self.query is None and self.document_id is None and not (self.extensions or {}).get("persistedQuery"):
            raise ValueError("the payload has no `query`")


class Subscribe(_Message, frozen=True, tag="subscribe"):
    id: str
    payload: Asked


class Complete(_Message, frozen=True, tag="complete"):
    id: str


Incoming = ConnectionInit | Ping | Pong | Subscribe | Complete

decode: Callable[[str], Incoming] = msgspec.json.Decoder(Incoming).decode
"""Raises msgspec.MsgspecError for what is no message of a client's."""

ACKNOWLEDGED = '{"type":"connection_ack"}'
PONG = '{"type":"pong"}'


def next_(operation_id: str, body: bytes) -> str:
    return _with_payload("next", operation_id, body)


def error(operation_id: str, errors: bytes) -> str:
    """`errors` is a JSON list."""
    return _with_payload("error", operation_id, errors)


def complete(operation_id: str) -> str:
    return msgspec.json.encode({"id": operation_id, "type": "complete"}).decode()


def _with_payload(kind: str, operation_id: str, payload: bytes) -> str:
    head = msgspec.json.encode({"id": operation_id, "type": kind}).decode()
    return f'{head[:-1]},"payload":{payload.decode()}}}'
