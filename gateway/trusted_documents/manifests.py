"""Manifests: the documents of a client, as its build writes them down."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec


class ManifestError(ValueError):
    """A file that is no manifest. Its message names the file and what is wrong."""


class _Operation(msgspec.Struct):
    id: str
    body: str


class _Apollo(msgspec.Struct):
    """Apollo's own form (`apollo-persisted-query-manifest`)."""

    operations: list[_Operation]


def read_manifest(place: Path) -> Mapping[str, str]:
    """Documents by their ids, of graphql-codegen's or Relay's form (an object), or Apollo's. Raises ManifestError."""
    try:
        content = place.read_bytes()
    except OSError as error:
        raise ManifestError(f"{place} can't be read: {error.strerror}") from None
    with suppress(msgspec.MsgspecError):  # then it is of the others' form, or none
        return {each.id: each.body for each in msgspec.json.decode(content, type=_Apollo).operations}
    try:
        return msgspec.json.decode(content, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        told = f"{place} is no manifest: it must be an object of documents by their ids, or Apollo's"
        raise ManifestError(told) from None
