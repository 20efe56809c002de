"""What the document store is told."""

from pathlib import PurePosixPath
from typing import Self
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, Field, field_validator, model_validator

from connectors.transport.settings import Secret, StrictSettings


class FileDocumentsSettings(StrictSettings):
    url: str = Field(
        "file:var/files",
        description="Where the files are: file:var/files, a folder that is made when it is missing, or "
        "s3://bucket/folder. Several gateways need one that all of them reach",
    )
    endpoint: str | None = Field(
        None, description="The address of a store that speaks S3, as https://s3.example.com; without one it is Amazon's"
    )
    region: str = Field("us-east-1", min_length=1, description="The region of an S3 store")
    access_key: str | None = Field(None, description="The name of the key to an S3 store")
    secret_key: Secret | None = Field(None, description="The secret of that key")
    manifest: str = Field(
        "documents/manifest.toml",
        pattern=r"^[^/].*\.toml$",
        description="The list of documents about equipment, by its place in the store; their files lie beside it",
    )
    manifest_seconds: float = Field(60.0, ge=0, le=3600, description="Seconds until a changed manifest is seen")
    timeout: float = Field(30.0, gt=0, le=600, description="Seconds one call may take")
    attempts: int = Field(3, ge=1, le=10, description="How often a call is tried that failed by the store or the way")

    @field_validator("url")
    @classmethod
    def _is_a_place(cls, value: str) -> str:
        url = urlsplit(value)
        if url.scheme == "file" and not url.netloc and url.path.strip("/"):
            return value
        if url.scheme == "s3" and url.netloc and not url.query:
            return value.rstrip("/")
        raise ValueError("must be file:folder, file:///absolute/folder or s3://bucket/folder")

    @field_validator("endpoint")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        return None if value is None else str(AnyHttpUrl(value)).rstrip("/")

    @model_validator(mode="after")
    def _has_a_whole_key(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("`access_key` and `secret_key` go together")
        return self

    @property
    def folder(self) -> PurePosixPath | None:
        """None: it is an S3 store."""
        url = urlsplit(self.url)
        return PurePosixPath(url.path) if url.scheme == "file" else None

    @property
    def bucket(self) -> tuple[str, str]:
        """The bucket, and the folder in it."""
        url = urlsplit(self.url)
        return url.netloc, url.path.strip("/")
