"""Requests of people without an account (F15), as the helpdesk sees them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import strawberry

from auth.rules import Action
from auth.visibility import Page, Window, cut
from connectors import people
from connectors.vocabulary import RequestStatus, SiteReferenceKind
from schema.access import Access
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from schema.filters.requests import RequestFilter
from schema.labels import label_field
from schema.lazy import UserType
from schema.node import Node, id_field, view_of
from schema.user import find_users


@strawberry.type(
    description="What names a site: a number of its equipment or location.",
    directives=[Access(action=Action.ANSWER_ACCESS_REQUESTS)],
)
class SiteReference:
    kind: SiteReferenceKind
    kind_label: str = label_field("kind")
    value: str


@strawberry.type(
    description="Somebody without an account asks for access.",
    directives=[Access(action=Action.ANSWER_ACCESS_REQUESTS)],
)
class AccessRequest(Node):
    is_type_of = view_of(people.AccessRequest)

    id: strawberry.ID = id_field("AccessRequest")
    created_at: datetime
    email: str
    name: str
    organisation: str
    phone: str
    sites: list[list[SiteReference]] = strawberry.field(description="Each site by what names it, one at least (F15).")
    remarks: str
    locale: str
    status: RequestStatus
    status_label: str = label_field("status")
    answered_at: datetime | None
    answered_by: str | None
    answer: str

    @computed("As the applicant was told it.", needs=["id"])
    def reference(record: people.AccessRequest, context: Context) -> str:
        return record.id

    @batched(UserType | None, description="The user that it was turned into.", needs=["user_id"])
    async def user(parents: Sequence[people.AccessRequest], context: Context) -> Sequence[Any]:
        found = await find_users(context, [row.user_id for row in parents if row.user_id is not None])
        return [found.get(row.user_id or "") for row in parents]


@strawberry.type(
    description="Somebody wants to be contacted about an area of interest.",
    directives=[Access(action=Action.ANSWER_ACCESS_REQUESTS)],
)
class ContactRequest(Node):
    is_type_of = view_of(people.ContactRequest)

    id: strawberry.ID = id_field("ContactRequest")
    created_at: datetime
    email: str
    name: str
    organisation: str
    phone: str
    area: str
    message: str
    locale: str
    status: RequestStatus
    status_label: str = label_field("status")
    answered_at: datetime | None
    answered_by: str | None


async def find_access_requests(context: Context, keys: Sequence[str]) -> Mapping[str, people.AccessRequest]:
    return {row.id: row for row in await context.membership.people.requests.access_requests() if row.id in keys}


async def find_contact_requests(context: Context, keys: Sequence[str]) -> Mapping[str, people.ContactRequest]:
    return {row.id: row for row in await context.membership.people.requests.contact_requests() if row.id in keys}


async def list_access_requests(
    context: Context, given: RequestFilter | None, window: Window
) -> Page[people.AccessRequest]:
    found = await context.membership.people.requests.access_requests()
    return cut([row for row in found if _has_status(row, given)], window, key=attrgetter("id"))


async def list_contact_requests(
    context: Context, given: RequestFilter | None, window: Window
) -> Page[people.ContactRequest]:
    found = await context.membership.people.requests.contact_requests()
    return cut([row for row in found if _has_status(row, given)], window, key=attrgetter("id"))


def _has_status(row: people.AccessRequest | people.ContactRequest, given: RequestFilter | None) -> bool:
    return given is None or given.statuses is None or row.status in given.statuses
