"""Which document a request is answered with: the one that it holds, or the one that it names."""

from typing import NamedTuple

import structlog

from auth.viewer import Viewer
from gateway.graphql_request import GraphQLRequest
from gateway.refusal import Refusal
from gateway.request import not_signed_in
from gateway.trusted_documents.manifests import read_manifest
from gateway.trusted_documents.persisted import PersistedQueries, hash_of
from gateway.trusted_documents.settings import ClientDocuments, Mode, TrustedDocumentSettings
from schema.errors import ErrorCode

log = structlog.get_logger(__name__)


class Chosen(NamedTuple):
    """`trusted` is None where nobody asked whether it is."""

    text: str
    trusted: bool | None = None
    learn: bool = False
    """Whether it is to be kept under its hash, if it is valid."""


class TrustedDocuments:
    """Of all clients. Raises gateway.trusted_documents.manifests.ManifestError."""

    def __init__(self, settings: TrustedDocumentSettings) -> None:
        self._others = _Manifest(settings)
        self._clients = {client: _Manifest(told) for client, told in settings.clients.items()}
        self._persisted = PersistedQueries() if settings.persisted_queries else None

    def choose(self, asked: GraphQLRequest, viewer: Viewer) -> Chosen:
        """Raises Refusal where the viewer's client may not ask with that document, or its id is not known."""
        manifest = self._clients.get(viewer.client or "", self._others)
        if asked.query is None:
            return self._named(asked, manifest, viewer)
        if asked.sha256 is not None and asked.sha256.lower() != hash_of(asked.query):
            raise Refusal(400, "The hash is not the document's (SHA-256 of its text).", field="extensions")
        learn = asked.sha256 is not None and viewer.role is not None
        if manifest.mode is Mode.OFF:
            return Chosen(asked.query, learn=learn)
        if manifest.knows(asked.query):
            return Chosen(asked.query, trusted=True)
        if manifest.mode is Mode.ONLY:
            raise Refusal(
                403,
                "This client asks with the documents of its manifest only: send the id of one ('documentId').",
                code=ErrorCode.FORBIDDEN,
            )
        log.warning("document.untrusted", client=viewer.client, sha256=hash_of(asked.query))
        return Chosen(asked.query, trusted=False if manifest.mode is Mode.PREFER else None, learn=learn)

    def learn(self, text: str) -> None:
        """Keep a valid document under its hash."""
        if self._persisted is not None:
            self._persisted.put(text)

    def _named(self, asked: GraphQLRequest, manifest: "_Manifest", viewer: Viewer) -> Chosen:
        for name in (asked.document_id, asked.sha256):
            text = None if name is None or manifest.mode is Mode.OFF else manifest.get(name)
            if text is not None:
                return Chosen(text, trusted=True)
        if manifest.mode is Mode.ONLY or asked.sha256 is None:
            raise Refusal(400, "There is no document of that id.", code=ErrorCode.NOT_FOUND, field="documentId")
        if viewer.role is None:
            raise not_signed_in()  # what others have sent is for those who may ask
        if self._persisted is None:
            # Status and message are the protocol's own: clients go by them.
            raise Refusal(200, "PersistedQueryNotSupported", code=ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED)
        kept = self._persisted.get(asked.sha256)
        if kept is None:
            raise Refusal(200, "PersistedQueryNotFound", code=ErrorCode.PERSISTED_QUERY_NOT_FOUND)
        return Chosen(kept)


class _Manifest:
    def __init__(self, told: ClientDocuments) -> None:
        self.mode = told.mode
        self._texts = read_manifest(told.manifest) if told.manifest is not None and self.mode is not Mode.OFF else {}
        self._known = frozenset(self._texts.values())

    def get(self, name: str) -> str | None:
        """Ids of GraphQL over HTTP name the hash that they are (`sha256:…`); builds often leave that out."""
        return self._texts.get(name) or self._texts.get(name.removeprefix("sha256:"))

    def knows(self, text: str) -> bool:
        return text in self._known
