"""Additional services (F13): asked for, followed as cases, and called off, with the same guarantees as cases."""

from typing import Any

import strawberry

from auth.case_desk import Subject
from auth.case_forms import ServiceRequest
from auth.directory import Fault, Unfit
from auth.rules import Action
from auth.visibility import Visibility
from connectors.deliveries import DeliveryStatus
from connectors.vocabulary import AdditionalService
from schema.case_changes import KEY, CasePayload, as_it_is, case_payload, equipment_of, found_case
from schema.changes import changing, key_of
from schema.context import Context
from schema.user_errors import user_error


@strawberry.input(description="For equipment, or for an account: one of the two.")
class RequestServiceInput:
    installed_product_id: strawberry.ID | None = None
    account_number: str | None = strawberry.field(default=None, description="An assigned account's number, bare.")
    service: AdditionalService
    description: str = strawberry.field(description="What is wanted, in a line of at most 40 characters.")
    details: str = strawberry.field(default="", description="How many people, when, where; at most 10,000 characters.")
    purchase_order: str = strawberry.field(default="", description="Purchase order (V20); at most 35 characters.")
    contact_email: str = strawberry.field(
        default="", description="Whom to ask; without an address or a number it is the viewer."
    )
    contact_phone: str = ""
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class CancelServiceRequestInput:
    case_id: strawberry.ID
    reason: str = strawberry.field(default="", description="For the service's people.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@changing(
    CasePayload,
    action=Action.CREATE_CASES,
    description="Ask for an additional service, such as training (F13). It is followed as a case of the service's "
    "event type, and delivered as one.",
)
async def request_service(context: Context, input: RequestServiceInput) -> Any:
    request = ServiceRequest(
        service=input.service,
        description=input.description,
        details=input.details,
        purchase_order=input.purchase_order,
        contact_email=input.contact_email,
        contact_phone=input.contact_phone,
    )
    subject = await _subject(await context.visible(), input)
    desk = context.case_desk
    delivery = await desk.request(context.viewer, context.where, subject, request, key=input.idempotency_key)
    context.read_anew()
    return case_payload(case=await as_it_is(context, delivery))


@changing(
    CasePayload,
    action=Action.UPDATE_CASES,
    description="Call an additional service off that was asked for through the portal, as long as nobody works on it.",
)
async def cancel_service_request(context: Context, input: CancelServiceRequestInput) -> Any:
    visible = await context.visible()
    case = await visible.cases.for_writing(key_of(input.case_id, "Case", "caseId"))
    if case is None:
        raise Unfit(Fault.NOT_FOUND, "caseId")
    desk = context.case_desk
    delivery = await desk.call_off(context.viewer, context.where, case, input.reason, key=input.idempotency_key)
    context.read_anew()
    now = await found_case(context, case.number) or case
    refused = delivery.status is DeliveryStatus.REFUSED
    errors = [user_error(Unfit(Fault.NOT_ACCEPTED), context.viewer.locale)] if refused else []
    return case_payload(case=now, errors=errors)


async def _subject(visible: Visibility, input: RequestServiceInput) -> Subject:
    if (input.installed_product_id is None) == (input.account_number is None):
        raise Unfit(Fault.REQUIRED, "installedProductId")
    if input.installed_product_id is not None:
        key = key_of(input.installed_product_id, "InstalledProduct", "installedProductId")
        return await equipment_of(visible, key)
    number = (input.account_number or "").strip().lstrip("0")
    if number not in await visible.accounts.assigned_by_number([number]):
        raise Unfit(Fault.NOT_FOUND, "accountNumber")
    return Subject(None, number)
