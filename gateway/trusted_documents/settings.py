"""`[trusted_documents]`: which documents clients may ask with."""

from enum import Enum
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from connectors.transport.settings import StrictSettings
from gateway.trusted_documents.manifests import read_manifest


class Mode(Enum):
    """What becomes of a document that is not in the manifest."""

    OFF = "off"
    """No ids are taken, and any document is."""
    LOG = "log"
    """It is answered, and logged."""
    PREFER = "prefer"
    """As LOG, and the answer's `extensions.documents.trusted` says false."""
    ONLY = "only"
    """It is refused."""


class ClientDocuments(StrictSettings):
    mode: Mode = Field(
        default=Mode.OFF,
        description="What becomes of a document that is not in the manifest: off (no ids are taken either), log "
        "(answered, and logged), prefer (answered, and the answer says so), only (refused)",
    )
    manifest: Path | None = Field(
        default=None, description="The client's documents, as graphql-codegen, Relay or Apollo write them down"
    )

    @field_validator("manifest")
    @classmethod
    def _is_one(cls, place: Path | None) -> Path | None:
        if place is not None:
            read_manifest(place)
        return place

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if self.mode is not Mode.OFF and self.manifest is None:
            raise ValueError(f"the mode '{self.mode.value}' needs a manifest")
        return self


class TrustedDocumentSettings(ClientDocuments):
    persisted_queries: bool = Field(
        default=False,
        description="Keep any client's documents under their hashes once they were sent (automatic persisted queries)",
    )
    clients: dict[str, ClientDocuments] = Field(
        default={},
        description="The same of one client, by the client_id of its access tokens. Others, and browsers that are "
        "signed in here, are told above",
    )
