"""Reporting and changing cases (F1, F2): never lost, never there twice, whatever the service system does meanwhile."""

from datetime import datetime
from typing import Any

import msgspec
import strawberry

from auth.case_desk import Subject
from auth.case_forms import Change, Report
from auth.directory import Fault, Unfit, checked_text
from auth.rules import Action
from auth.visibility import OWNER, Visibility
from connectors import records
from connectors.case_writing import FieldConflict
from connectors.courier import CHANGED_MEANWHILE
from connectors.deliveries import Delivery, DeliveryStatus
from connectors.errors import ConnectorError
from connectors.queries import InstalledProductQuery
from connectors.submitted_cases import submitted_case
from connectors.vocabulary import CasePriority, EventType
from schema.access import Access
from schema.attachment import AttachmentInput, RequestUploadInput, RequestUploadPayload, offered
from schema.changes import changing, key_of
from schema.context import Context
from schema.instants import in_utc
from schema.labels import camel
from schema.lazy import CaseType
from schema.user_errors import UserError, user_error

_LONGEST_NAME = 255

KEY = (
    "Names this request: sending it again with the same key answers with the first result, and does nothing. Without "
    "one, the same content within ten minutes is taken for a repeat."
)


@strawberry.type(
    description="An attribute that somebody else changed since the change was written.",
    directives=[Access(action=Action.READ_CASES)],
)
class CaseConflict:
    field: str = strawberry.field(description="As `purchaseOrder`.")
    before: str | None = strawberry.field(description="What it was when the change was written.")
    now: str | None = strawberry.field(description="What it is by somebody else.")
    yours: str | None = strawberry.field(description="What the change would have made it.")


@strawberry.type(description="The case as it is now, or what was wrong.", directives=[Access(action=Action.READ_CASES)])
class CasePayload:
    case: CaseType | None = strawberry.field(
        default=None,
        description="Null where nothing was done. SUBMITTED: the service system has not answered in time; the case is "
        "kept and will be delivered.",
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="What was wrong; empty where it was done."
    )
    conflicts: list[CaseConflict] = strawberry.field(
        default_factory=list, description="With CHANGED_MEANWHILE: what others have changed in between."
    )


@strawberry.input(description="A new case.")
class CreateCaseInput:
    installed_product_id: strawberry.ID = strawberry.field(description="The equipment that it is about.")
    description: str = strawberry.field(description="What is wrong, in a line of at most 40 characters.")
    details: str = strawberry.field(default="", description="The whole story; at most 10,000 characters.")
    priority: CasePriority = strawberry.field(description="Priority (V13).")
    event_type: EventType = strawberry.field(default=EventType.CORRECTIVE_MAINTENANCE, description="Event type (V17).")
    is_down: bool = strawberry.field(default=False, description="Whether the equipment stands still.")
    safety_issue: bool = strawberry.field(default=False, description="Whether somebody was, or could be, harmed.")
    purchase_order: str = strawberry.field(default="", description="Purchase order (V20); at most 35 characters.")
    contact_email: str = strawberry.field(
        default="", description="Whom to ask; without an address or a number it is the viewer."
    )
    contact_phone: str = ""
    attachments: list[AttachmentInput] = strawberry.field(
        default_factory=list, description="Pictures and PDF files that belong to it."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What is left out stays as it is; null empties it.")
class UpdateCaseInput:
    case_id: strawberry.ID
    note: str = strawberry.field(default="", description="Is added to the case's text, with its author.")
    priority: CasePriority | None = strawberry.field(default=None, description="As long as the case is open.")
    purchase_order: str | None = strawberry.field(default=strawberry.UNSET)
    contact_email: str | None = strawberry.field(default=strawberry.UNSET)
    contact_phone: str | None = strawberry.field(default=strawberry.UNSET)
    attachments: list[AttachmentInput] = strawberry.field(default_factory=list, description="Files to be added.")
    expected_updated_at: datetime | None = strawberry.field(
        default=None, description="The `updatedAt` that the change was written by: another one is a conflict."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@changing(
    CasePayload,
    action=Action.CREATE_CASES,
    description="Report what is wrong with a piece of equipment (F1). The case has a number at once; where the service "
    "system is away, it is kept and delivered later.",
)
async def create_case(context: Context, input: CreateCaseInput) -> Any:
    visible = await context.visible()
    subject = await equipment_of(visible, key_of(input.installed_product_id, "InstalledProduct", "installedProductId"))
    report = Report(
        description=input.description,
        details=input.details,
        priority=input.priority,
        event_type=input.event_type,
        is_down=input.is_down,
        safety_issue=input.safety_issue,
        purchase_order=input.purchase_order,
        contact_email=input.contact_email,
        contact_phone=input.contact_phone,
    )
    desk, files, key = context.case_desk, offered(context, input.attachments), input.idempotency_key
    delivery = await desk.report(context.viewer, context.where, subject, report, key=key, files=files)
    context.read_anew()
    return case_payload(case=await as_it_is(context, delivery))


@changing(
    CasePayload,
    action=Action.UPDATE_CASES,
    description="Add a note or files to a case, or change its priority, purchase order or contact (F2).",
)
async def update_case(context: Context, input: UpdateCaseInput) -> Any:
    visible = await context.visible()
    case = await visible.cases.for_writing(key_of(input.case_id, "Case", "caseId"))
    if case is None:
        raise Unfit(Fault.NOT_FOUND, "caseId")
    change = Change(
        note=input.note,
        priority=input.priority,
        purchase_order=_given(input.purchase_order),
        contact_email=_given(input.contact_email),
        contact_phone=_given(input.contact_phone),
    )
    desk, expected, key = context.case_desk, _instant(input.expected_updated_at), input.idempotency_key
    files = offered(context, input.attachments)
    try:
        delivery = await desk.change(
            context.viewer, context.where, case, change, expected=expected, key=key, files=files
        )
    except Unfit as unfit:
        if unfit.fault is not Fault.CHANGED_MEANWHILE:
            raise
        return _changed_meanwhile(context, await found_case(context, case.number))
    context.read_anew()
    now = await found_case(context, case.number) or case
    if delivery is None or delivery.status is not DeliveryStatus.REFUSED:
        return case_payload(case=now)
    if delivery.code == CHANGED_MEANWHILE:
        conflicts = msgspec.json.decode(delivery.words, type=tuple[FieldConflict, ...])
        return _changed_meanwhile(context, now, conflicts)
    return case_payload(case=now, errors=[user_error(Unfit(Fault.NOT_ACCEPTED), context.viewer.locale)])


@changing(
    RequestUploadPayload,
    action=Action.UPDATE_CASES,
    description="Get an address that one large file can be sent to, before it is named in createCase or updateCase. "
    "What is not named within the hour is removed.",
)
async def request_upload(context: Context, input: RequestUploadInput) -> Any:
    name = checked_text(input.name, "name", at_most=_LONGEST_NAME, required=True)
    return RequestUploadPayload(upload=context.links.upload(context.viewer, name))  # type: ignore[arg-type]  # a view


async def equipment_of(visible: Visibility, key: str) -> Subject:
    """The equipment, with its owner's number. Raises Unfit."""
    query = InstalledProductQuery(scope=visible.scope, ids=(key,), fields=OWNER)
    asset = next(iter(await visible.installed_products.all(query)), None)
    if asset is None:
        raise Unfit(Fault.NOT_FOUND, "installedProductId")
    if asset.asset_id is None:
        raise Unfit(Fault.NO_ASSET_ID, "installedProductId")
    owners = await visible.accounts.assigned_by_id([asset.account_id] if asset.account_id is not None else [])
    return Subject(asset.asset_id, next((owner.number for owner in owners.values()), None))


async def as_it_is(context: Context, delivery: Delivery) -> records.Case:
    return await found_case(context, delivery.case_number) or submitted_case(delivery)


async def found_case(context: Context, number: str) -> records.Case | None:
    """The case as the graph shows it; None where it can't be told just now."""
    try:
        return (await (await context.visible()).cases.by_number([number])).get(number)
    except ConnectorError:
        return None


def _changed_meanwhile(
    context: Context, case: records.Case | None, conflicts: tuple[FieldConflict, ...] = ()
) -> Any:  # Any: as strawberry's types stand for records
    told = [
        CaseConflict(field=camel(each.attribute), before=each.before, now=each.now, yours=each.after)
        for each in conflicts
    ]
    error = user_error(Unfit(Fault.CHANGED_MEANWHILE, "caseId"), context.viewer.locale)
    return case_payload(case=case, errors=[error], conflicts=told)


def case_payload(**parts: Any) -> Any:  # Any: the case is a record that its type is a view over
    return CasePayload(**parts)


def _given(value: str | None) -> str | None:
    """None where it was left out, empty where it is to be emptied."""
    return None if value is strawberry.UNSET else value or ""


def _instant(given: datetime | None) -> datetime | None:
    try:
        return None if given is None else in_utc(given)
    except ValueError:
        raise Unfit(Fault.MALFORMED, "expectedUpdatedAt") from None
