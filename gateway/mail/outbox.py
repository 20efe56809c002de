"""Mails on their way: kept in the store until they are sent, tried again where that fails."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import msgspec
import structlog

from auth.notices import Notice
from connectors.errors import ConnectorError
from connectors.people import OutgoingMail
from connectors.people_ports import Mails
from connectors.registry import Clock
from gateway.mail.messages import render
from gateway.mail.sending import MailNotSent, Sender
from gateway.sealing import NotOurs, Sealer

log = structlog.get_logger(__name__)

_LEASE = timedelta(minutes=2)  # within which a mail is sent, or is another gateway's to send
_DELAYS = (1, 5, 15, 60)  # minutes before each further try; then hourly
_GIVEN_UP_AFTER = timedelta(days=3)
_AT_ONCE = 20
_PAUSE = 5.0  # seconds between looks, where nothing was posted here


class Outbox:
    """`Notices` of auth. What a mail says is sealed while it waits: there may be a link in it.

    A gateway that dies between sending and forgetting sends twice; none is lost.
    """

    def __init__(self, mails: Mails, sealer: Sealer, sender: Sender, clock: Clock, *, from_address: str) -> None:
        self._mails = mails
        self._sealer = sealer
        self._sender = sender
        self._clock = clock
        self._from = from_address
        self._posted = asyncio.Event()

    async def post(self, kind: Notice, to: str, locale: str, **values: str) -> None:
        mail = OutgoingMail(
            id=str(uuid4()),
            to=to,
            kind=kind.value,
            locale=locale,
            sealed=self._sealer.seal(msgspec.json.encode(values)),
            created_at=self._clock(),
        )
        await self._mails.add(mail)
        self._posted.set()

    async def run(self) -> None:
        """Send what is due, for ever."""
        while True:
            try:
                sent = await self.deliver_due()
            except ConnectorError as error:
                log.warning("mail.store_unavailable", reason=str(error))
                sent = 0
            if sent < _AT_ONCE:
                await self._pause()

    async def deliver_due(self) -> int:
        """One pass; how many were due."""
        self._posted.clear()
        now = self._clock()
        due = await self._mails.take(now, until=now + _LEASE, at_most=_AT_ONCE)
        for mail in due:
            await self._deliver(mail)
        return len(due)

    async def _deliver(self, mail: OutgoingMail) -> None:
        try:
            values = msgspec.json.decode(self._sealer.unseal(mail.sealed), type=dict[str, str])
            kind = Notice(mail.kind)
            message = render(kind, mail.locale, values, to=mail.to, sender=self._from, at=self._clock())
        except (NotOurs, msgspec.MsgspecError, KeyError, ValueError) as error:
            # Sealed by another secret, or of a kind that this version doesn't know: no later try will help.
            return await self._give_up(mail, f"it can't be written: {type(error).__name__}")
        try:
            await self._sender.send(message)
        except MailNotSent as error:
            return await self._failed(mail, error)
        await self._mails.sent(mail.id)
        log.info("mail.sent", kind=mail.kind, id=mail.id)
        return None

    async def _failed(self, mail: OutgoingMail, error: MailNotSent) -> None:
        now = self._clock()
        if error.permanent or now - mail.created_at > _GIVEN_UP_AFTER:
            return await self._give_up(mail, str(error))
        minutes = _DELAYS[min(mail.attempts, len(_DELAYS) - 1)]
        log.warning("mail.not_sent", kind=mail.kind, id=mail.id, reason=str(error), again_in_minutes=minutes)
        await self._mails.failed(mail.id, again_at=now + timedelta(minutes=minutes))
        return None

    async def _give_up(self, mail: OutgoingMail, reason: str) -> None:
        log.error("mail.given_up", kind=mail.kind, id=mail.id, reason=reason)
        await self._mails.sent(mail.id)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_PAUSE):
                await self._posted.wait()
        except TimeoutError:
            pass
