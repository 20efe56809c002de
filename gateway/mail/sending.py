"""How a mail leaves: to an SMTP server, or into a folder."""

import asyncio
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import aiosmtplib

from connectors.registry import Clock
from connectors.transport.settings import trusting
from gateway.mail.settings import MailSettings


class MailNotSent(Exception):
    """`permanent`: it will not be taken later either. The message is for the log, and names no address."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Sender(Protocol):
    async def send(self, message: EmailMessage) -> None:
        """Raises MailNotSent."""
        ...


class SmtpSender:
    """A connection for each mail: they are few. The server's certificate is checked."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, message: EmailMessage) -> None:
        settings = self._settings
        password = settings.password.get_secret_value() if settings.password is not None else None
        encrypted = settings.security != "none"
        try:
            await aiosmtplib.send(
                message,
                hostname=settings.host,
                port=settings.port,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                tls_context=trusting(settings.ca_file) if encrypted else None,
                username=settings.user,
                password=password,
                timeout=settings.timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise MailNotSent(f"the recipient was refused: {codes}", permanent=all(map(_is_final, codes))) from error
        except aiosmtplib.SMTPResponseException as error:
            raise MailNotSent(f"the server answered {error.code}", permanent=_is_final(error.code)) from error
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            raise MailNotSent(f"the server can't be reached: {type(error).__name__}", permanent=False) from error


class FolderSender:
    """A file each, named by its time, for whoever has no server: the demo, and a first try."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def send(self, message: EmailMessage) -> None:
        name = f"{self._clock():%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}.eml"
        try:
            await asyncio.to_thread(self._write, name, message.as_bytes())
        except OSError as error:
            raise MailNotSent(f"the folder can't be written: {error.strerror}", permanent=False) from error

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self._folder / f".{name}"
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.rename(self._folder / name)


def sender_of(settings: MailSettings, clock: Clock) -> Sender:
    return SmtpSender(settings) if settings.host is not None else FolderSender(Path(settings.folder), clock)


def _is_final(code: int) -> bool:
    """RFC 5321, 4.2.1: 5yz is a permanent negative answer."""
    return 500 <= code < 600
