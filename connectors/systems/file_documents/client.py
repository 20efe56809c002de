"""The wire: obstore over a folder or an S3 store, its failures as ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeAlias

from obstore.exceptions import BaseError, InvalidPathError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from connectors.errors import ConnectorError, SourceFailed, SourceMisconfigured, SourceTimeout, SourceUnreachable
from connectors.systems.file_documents.settings import FileDocumentsSettings

Store: TypeAlias = LocalStore | S3Store


def store_of(settings: FileDocumentsSettings) -> Store:
    """Raises OSError where the folder can't be made."""
    folder = settings.folder
    if folder is not None:
        return LocalStore(str(folder), mkdir=True, automatic_cleanup=True)
    bucket, prefix = settings.bucket
    secret = settings.secret_key
    return S3Store(
        bucket,
        prefix=prefix or None,
        region=settings.region,
        endpoint=settings.endpoint,
        access_key_id=settings.access_key,
        secret_access_key=None if secret is None else secret.get_secret_value(),
        client_options={
            "timeout": timedelta(seconds=settings.timeout),
            "allow_http": (settings.endpoint or "").startswith("http://"),
        },
        retry_config={
            "max_retries": settings.attempts - 1,
            "retry_timeout": timedelta(seconds=settings.timeout),
        },
    )


@asynccontextmanager
async def failures(system: str) -> AsyncIterator[None]:
    """What goes wrong in the block is raised as one of `connectors.errors`; whoever looks for a file that may not be
    there catches that inside."""
    try:
        yield
    except ConnectorError:
        raise
    except TimeoutError:
        raise SourceTimeout(system, "took too long") from None
    except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
        raise SourceMisconfigured(system, "does not let the gateway in", detail=_first_line(error)) from None
    except (FileNotFoundError, InvalidPathError) as error:
        raise SourceMisconfigured(system, "has no such place", detail=_first_line(error)) from None
    except BaseError as error:
        raise _of_store(system, _first_line(error)) from None
    except OSError as error:  # a full disk, a folder that is a file
        raise SourceFailed(system, "could not read or write a file", detail=_first_line(error)) from None


def _of_store(system: str, told: str) -> ConnectorError:
    """obstore tells these apart by words alone."""
    if "timed out" in told or "timeout" in told:
        return SourceTimeout(system, "took too long", detail=told)
    if "sending request" in told:
        return SourceUnreachable(system, "could not be reached", detail=told)
    return SourceFailed(system, "could not read or write a file", detail=told)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:300]
