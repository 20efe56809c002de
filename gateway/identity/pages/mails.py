"""Mails of a kind are stopped by one click, without signing in (RFC 8058): the address in the mail is enough."""

from starlette.requests import Request
from starlette.responses import Response

from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import MailTopic
from gateway.identity.pages.desk import Desk
from gateway.identity.pages.forms import where_of
from gateway.mail.stop_links import StopLinks
from gateway.sealing import NotOurs
from schema.labels import label


class MailPages:
    def __init__(self, desk: Desk, links: StopLinks) -> None:
        self._desk = desk
        self._links = links

    async def show(self, request: Request) -> Response:
        """Looking changes nothing: mail scanners look."""
        try:
            user_id, topic = self._links.read(request.path_params["token"])
        except NotOurs:
            return self._unknown(request)
        locale = await self._locale_of(user_id)
        words = self._desk.words(request, locale)["mails"]
        return self._desk.page(request, "stop_mails", words["title"], preferred=locale, topic=_named(topic, locale))

    async def stop(self, request: Request) -> Response:
        """Whoever has the mail may: no form of ours, no session."""
        try:
            user_id, topic = self._links.read(request.path_params["token"])
        except NotOurs:
            return self._unknown(request)
        where = where_of(request)
        event = AuditEvent(
            action=AuditAction.PREFERENCES_CHANGED,
            actor=user_id,
            subject=user_id,
            details={"stopped": topic.value},
            network=where.network,
            request_id=where.request_id,
        )
        await self._desk.membership.people.mail_wishes.stop(user_id, topic, event)
        locale = await self._locale_of(user_id)
        words = self._desk.words(request, locale)["mails"]
        told = words["stopped"].format(topic=_named(topic, locale))
        return self._desk.page(
            request, "message", words["title"], preferred=locale, text=told, button="", address="", goes_to=""
        )

    async def _locale_of(self, user_id: str) -> str | None:
        user = (await self._desk.membership.people.users.by_id([user_id])).get(user_id)
        return None if user is None else user.locale

    def _unknown(self, request: Request) -> Response:
        words = self._desk.words(request)["mails"]
        return self._desk.message(request, words["title"], words["unknown"], status=404)


def _named(topic: MailTopic, locale: str | None) -> str:
    return label(topic, locale or "en")
