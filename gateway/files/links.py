"""Addresses of files: sealed, so that nobody makes or changes one, each for one viewer and a short while."""

import secrets
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote
from uuid import uuid4

import msgspec

from auth.attachments import DocumentReference, FileReference, UploadAddress
from auth.viewer import Viewer
from connectors.registry import Clock
from gateway.sealing import NotOurs, Sealer

FILES = "/files"
UPLOADS = "/uploads"


Reference = FileReference | DocumentReference


class Lifetimes(NamedTuple):
    """In seconds."""

    link: int
    upload: int


class _Link(msgspec.Struct, frozen=True):
    viewer: Viewer
    reference: Reference


class _Upload(msgspec.Struct, frozen=True):
    subject: str
    id: str
    name: str


class SealedLinks:
    """Port `auth.attachments.FileLinks`. Without a `secret` its links are good at this process alone."""

    def __init__(self, address: str, secret: str | None, lifetimes: Lifetimes, clock: Clock) -> None:
        known = secret or secrets.token_urlsafe(32)
        self._links = Sealer(known, "file-links")
        self._uploads = Sealer(known, "upload-addresses")
        self._address = address
        self._lifetimes = lifetimes
        self._clock = clock

    def link(self, viewer: Viewer, reference: Reference) -> str:
        token = self._links.seal(msgspec.json.encode(_Link(viewer, reference))).decode()
        return f"{self._address}{FILES}/{token}/{quote(reference.name, safe='')}"

    def opened(self, token: str) -> tuple[Viewer, Reference]:
        """Who the link is for, and where it leads. Raises NotOurs: it is none of ours, or too old."""
        content = self._links.unseal(token.encode("utf-8", "replace"), within=self._lifetimes.link)
        found = msgspec.json.decode(content, type=_Link)
        return found.viewer, found.reference

    def upload(self, viewer: Viewer, name: str) -> UploadAddress:
        content = msgspec.json.encode(_Upload(viewer.subject, str(uuid4()), name))
        token = self._uploads.seal(content).decode()
        expires_at = self._clock() + timedelta(seconds=self._lifetimes.upload)
        return UploadAddress(token, f"{self._address}{UPLOADS}/{token}", expires_at)

    def uploaded(self, viewer: Viewer, upload_id: str) -> tuple[str, str] | None:
        try:
            found = self._upload(upload_id)
        except NotOurs:
            return None
        return (found.id, found.name) if found.subject == viewer.subject else None

    def upload_of(self, token: str) -> tuple[str, str]:
        """Who may send a file to the address, and the file's id. Raises NotOurs."""
        found = self._upload(token)
        return found.subject, found.id

    def _upload(self, token: str) -> _Upload:
        content = self._uploads.unseal(token.encode("utf-8", "replace"), within=self._lifetimes.upload)
        return msgspec.json.decode(content, type=_Upload)
