"""Requests of people without an account (F15): taken from anybody, answered by the helpdesk."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from auth.credentials import Credentials, TooManyTries, Where
from auth.directory import PORTAL_ROLES, Authority, Directory, Fault, Unfit, checked_address, checked_text
from auth.notices import Notice, Notices
from auth.references import spoken_reference
from connectors.errors import SourceConflict
from connectors.people import (
    AccessRequest,
    AuditAction,
    AuditEvent,
    ContactRequest,
    LinkKind,
    SiteReference,
    User,
)
from connectors.people_ports import People
from connectors.registry import Clock
from connectors.vocabulary import RequestStatus, Role

_LONGEST_TEXT = 4000
_MOST_SITES = 50
_MOST_REFERENCES = 10


class Applicant(NamedTuple):
    """Who asks, as they say."""

    email: str
    name: str
    organisation: str
    phone: str
    locale: str


class Requests:
    """`helpdesk` is the address that is told of each request (None: nobody is)."""

    def __init__(
        self,
        people: People,
        directory: Directory,
        credentials: Credentials,
        notices: Notices,
        clock: Clock,
        *,
        helpdesk: str | None,
    ) -> None:
        self._people = people
        self._directory = directory
        self._credentials = credentials
        self._notices = notices
        self._clock = clock
        self._helpdesk = helpdesk

    async def submit_access(
        self, who: Applicant, sites: Sequence[Sequence[SiteReference]], remarks: str, where: Where
    ) -> AccessRequest:
        """Keep the request and confirm it by mail. Raises Unfit. Nothing tells whether the address is known."""
        applicant = _checked(who, organisation=True)
        request = AccessRequest(
            id=spoken_reference("AR"),
            created_at=self._clock(),
            email=applicant.email,
            name=applicant.name,
            organisation=applicant.organisation,
            phone=applicant.phone,
            locale=applicant.locale,
            sites=_checked_sites(sites),
            remarks=checked_text(remarks, "remarks", at_most=_LONGEST_TEXT),
        )
        await self._within_limits(applicant.email, where)
        await self._people.requests.add_access_request(
            request, _event(None, AuditAction.ACCESS_REQUESTED, request.id, where)
        )
        await self._confirm(Notice.ACCESS_REQUEST_RECEIVED, Notice.ACCESS_REQUEST_FOR_HELPDESK, request)
        return request

    async def submit_contact(self, who: Applicant, area: str, message: str, where: Where) -> ContactRequest:
        """As `submit_access`, for who wants to be contacted about an area of interest."""
        applicant = _checked(who, organisation=False)
        request = ContactRequest(
            id=spoken_reference("CR"),
            created_at=self._clock(),
            email=applicant.email,
            name=applicant.name,
            organisation=applicant.organisation,
            phone=applicant.phone,
            locale=applicant.locale,
            area=checked_text(area, "area", required=True),
            message=checked_text(message, "message", at_most=_LONGEST_TEXT),
        )
        await self._within_limits(applicant.email, where)
        await self._people.requests.add_contact_request(
            request, _event(None, AuditAction.CONTACT_REQUESTED, request.id, where)
        )
        await self._confirm(Notice.CONTACT_REQUEST_RECEIVED, Notice.CONTACT_REQUEST_FOR_HELPDESK, request)
        return request

    async def grant(
        self, authority: Authority, request_id: str, *, role: Role, parent_account: str, accounts: Collection[str]
    ) -> tuple[AccessRequest, User]:
        """Turn the request into a user, who is sent the activation link. Raises Unfit."""
        request = await self._open_request(request_id)
        if role not in PORTAL_ROLES:
            raise Unfit(Fault.NO_PORTAL_ROLE, "role")
        user = await self._directory.prepared(
            authority,
            email=request.email,
            name=request.name,
            role=role,
            accounts=accounts,
            locale=request.locale,
            parent_account=parent_account.strip().lstrip("0") or None,
        )
        answered = await self._answer(authority, request, RequestStatus.GRANTED, "", user)
        await self._credentials.send_link(user, LinkKind.ACTIVATION, authority.actor, authority.where)
        return answered, user

    async def refuse(self, authority: Authority, request_id: str, answer: str) -> AccessRequest:
        """Say no, in words that the applicant is sent. Raises Unfit."""
        words = checked_text(answer, "answer", required=True, at_most=_LONGEST_TEXT)
        request = await self._open_request(request_id)
        answered = await self._answer(authority, request, RequestStatus.REFUSED, words, None)
        await self._notices.post(
            Notice.ACCESS_REQUEST_REFUSED,
            request.email,
            request.locale,
            name=request.name,
            reference=request.id,
            answer=words,
        )
        return answered

    async def answer_contact(self, authority: Authority, request_id: str) -> ContactRequest:
        """Mark it as answered. Raises Unfit."""
        request = next((each for each in await self._people.requests.contact_requests() if each.id == request_id), None)
        if request is None:
            raise Unfit(Fault.NOT_FOUND, "requestId")
        answered = msgspec.structs.replace(
            request, status=RequestStatus.ANSWERED, answered_at=self._clock(), answered_by=authority.actor
        )
        event = _event(authority.actor, AuditAction.CONTACT_REQUEST_ANSWERED, request.id, authority.where)
        try:
            await self._people.requests.answer_contact_request(answered, event)
        except SourceConflict:
            raise Unfit(Fault.WRONG_STATUS, "requestId") from None
        return answered

    async def _open_request(self, request_id: str) -> AccessRequest:
        request = next((each for each in await self._people.requests.access_requests() if each.id == request_id), None)
        if request is None:
            raise Unfit(Fault.NOT_FOUND, "requestId")
        if request.status is not RequestStatus.OPEN:
            raise Unfit(Fault.WRONG_STATUS, "requestId")
        return request

    async def _answer(
        self, authority: Authority, request: AccessRequest, status: RequestStatus, words: str, user: User | None
    ) -> AccessRequest:
        answered = msgspec.structs.replace(
            request,
            status=status,
            answered_at=self._clock(),
            answered_by=authority.actor,
            answer=words,
            user_id=user.id if user is not None else None,
        )
        action = AuditAction.ACCESS_REQUEST_ANSWERED
        event = _event(authority.actor, action, request.id, authority.where, status=status.value)
        try:
            await self._people.requests.answer_access_request(answered, event, user)
        except SourceConflict:
            raise Unfit(Fault.WRONG_STATUS, "requestId") from None
        return answered

    async def _within_limits(self, email: str, where: Where) -> None:
        try:
            await self._credentials.may_ask_for_mail(email, where)
        except TooManyTries:
            raise Unfit(Fault.TOO_SOON) from None

    async def _confirm(self, to_them: Notice, to_us: Notice, request: AccessRequest | ContactRequest) -> None:
        await self._notices.post(to_them, request.email, request.locale, name=request.name, reference=request.id)
        if self._helpdesk is not None:
            who = f"{request.name}, {request.organisation}" if request.organisation else request.name
            await self._notices.post(to_us, self._helpdesk, "en", name=who, reference=request.id)


def _checked(who: Applicant, *, organisation: bool) -> Applicant:
    return Applicant(
        email=checked_address(who.email),
        name=checked_text(who.name, "name", required=True),
        organisation=checked_text(who.organisation, "organisation", required=organisation),
        phone=checked_text(who.phone, "phone"),
        locale=who.locale,
    )


def _checked_sites(sites: Sequence[Sequence[SiteReference]]) -> tuple[tuple[SiteReference, ...], ...]:
    """F15: one reference at least for each site."""
    if not sites:
        raise Unfit(Fault.REQUIRED, "sites")
    if len(sites) > _MOST_SITES:
        raise Unfit(Fault.TOO_MANY, "sites")
    return tuple(_checked_site(references, f"sites.{place}") for place, references in enumerate(sites))


def _checked_site(references: Sequence[SiteReference], field: str) -> tuple[SiteReference, ...]:
    if len(references) > _MOST_REFERENCES:
        raise Unfit(Fault.TOO_MANY, field)
    told = tuple(SiteReference(each.kind, checked_text(each.value, field)) for each in references)
    named = tuple(each for each in told if each.value)
    if not named:
        raise Unfit(Fault.REQUIRED, field)
    return named


def _event(actor: str | None, action: AuditAction, subject: str, where: Where, **details: str) -> AuditEvent:
    return AuditEvent(
        action=action,
        actor=actor,
        subject=subject,
        details=details,
        network=where.network,
        request_id=where.request_id,
    )
