"""Asking for access and contact, open to anybody (F15), and the helpdesk's answers."""

from typing import Any

import strawberry

from auth.directory import Fault, Unfit
from auth.requests import Applicant
from auth.rules import Action
from auth.viewer import Role
from connectors import people
from connectors.vocabulary import SiteReferenceKind
from schema.access import Access
from schema.changes import authority, changing, key_of
from schema.context import Context
from schema.labels import locales
from schema.lazy import UserType
from schema.request import AccessRequest, ContactRequest
from schema.user_errors import UserError


@strawberry.type(
    description="A request that was taken. A confirmation follows by mail.",
    directives=[Access(action=Action.SUBMIT_REQUESTS)],
)
class SubmittedPayload:
    reference: str | None = strawberry.field(default=None, description="What the helpdesk finds the request by.")
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="What was wrong; empty where it was done."
    )


@strawberry.input(description="A number that names a site, its equipment or its location.")
class SiteReferenceInput:
    kind: SiteReferenceKind
    value: str


@strawberry.input(description="A site, by one reference at least.")
class SiteInput:
    references: list[SiteReferenceInput]


@strawberry.input
class SubmitAccessRequestInput:
    email: str
    name: str
    organisation: str
    sites: list[SiteInput]
    phone: str = ""
    remarks: str = ""
    locale: str = strawberry.field(default="en", description="The language of the mails, as pl.")


@strawberry.input
class SubmitContactRequestInput:
    email: str
    name: str
    area: str = strawberry.field(description="The area of interest.")
    organisation: str = ""
    phone: str = ""
    message: str = ""
    locale: str = strawberry.field(default="en", description="The language of the mails, as pl.")


@changing(
    SubmittedPayload,
    action=Action.SUBMIT_REQUESTS,
    description="Ask for access. Needs no signing in. What is answered does not tell whether the address is known.",
)
async def submit_access_request(context: Context, input: SubmitAccessRequestInput) -> SubmittedPayload:
    sites = [[people.SiteReference(each.kind, each.value) for each in site.references] for site in input.sites]
    request = await context.membership.requests.submit_access(_applicant(input), sites, input.remarks, context.where)
    return SubmittedPayload(reference=request.id)


@changing(
    SubmittedPayload,
    action=Action.SUBMIT_REQUESTS,
    description="Ask to be contacted about an area of interest. Needs no signing in.",
)
async def submit_contact_request(context: Context, input: SubmitContactRequestInput) -> SubmittedPayload:
    request = await context.membership.requests.submit_contact(
        _applicant(input), input.area, input.message, context.where
    )
    return SubmittedPayload(reference=request.id)


def _applicant(given: SubmitAccessRequestInput | SubmitContactRequestInput) -> Applicant:
    if given.locale not in locales():
        raise Unfit(Fault.MALFORMED, "locale")
    return Applicant(given.email, given.name, given.organisation, given.phone, given.locale)


@strawberry.type(
    description="The request as answered, or what was wrong.",
    directives=[Access(action=Action.ANSWER_ACCESS_REQUESTS)],
)
class AccessRequestPayload:
    request: AccessRequest | None = strawberry.field(
        default=None, description="As it is now. Null where nothing was done."
    )
    user: UserType | None = strawberry.field(default=None, description="As it is now. Null where nothing was done.")
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="What was wrong; empty where it was done."
    )


@strawberry.type(
    description="The request as answered, or what was wrong.",
    directives=[Access(action=Action.ANSWER_ACCESS_REQUESTS)],
)
class ContactRequestPayload:
    request: ContactRequest | None = strawberry.field(
        default=None, description="As it is now. Null where nothing was done."
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="What was wrong; empty where it was done."
    )


@strawberry.input
class GrantAccessRequestInput:
    request_id: strawberry.ID
    role: Role = strawberry.field(description="READER, USER or MANAGER.")
    parent_account_number: str
    account_numbers: list[str] = strawberry.field(description="To be assigned: under the parent account.")


@strawberry.input
class RefuseAccessRequestInput:
    request_id: strawberry.ID
    answer: str = strawberry.field(description="What the applicant is told, by mail.")


@strawberry.input
class AnswerContactRequestInput:
    request_id: strawberry.ID


@changing(
    AccessRequestPayload,
    action=Action.ANSWER_ACCESS_REQUESTS,
    description="Turn a request for access into a user, who is sent the activation link.",
)
async def grant_access_request(context: Context, input: GrantAccessRequestInput) -> Any:
    request, user = await context.membership.requests.grant(
        authority(context),
        key_of(input.request_id, "AccessRequest", "requestId"),
        role=input.role,
        parent_account=input.parent_account_number,
        accounts=input.account_numbers,
    )
    return _answered(AccessRequestPayload, request, user=user)


@changing(
    AccessRequestPayload,
    action=Action.ANSWER_ACCESS_REQUESTS,
    description="Refuse a request for access, with a word why.",
)
async def refuse_access_request(context: Context, input: RefuseAccessRequestInput) -> Any:
    key = key_of(input.request_id, "AccessRequest", "requestId")
    return _answered(
        AccessRequestPayload, await context.membership.requests.refuse(authority(context), key, input.answer)
    )


@changing(
    ContactRequestPayload, action=Action.ANSWER_ACCESS_REQUESTS, description="Mark a contact request as answered."
)
async def answer_contact_request(context: Context, input: AnswerContactRequestInput) -> Any:
    key = key_of(input.request_id, "ContactRequest", "requestId")
    return _answered(ContactRequestPayload, await context.membership.requests.answer_contact(authority(context), key))


def _answered(payload: Any, request: Any, **further: Any) -> Any:  # Any: records that the types are views over
    return payload(request=request, **further)
