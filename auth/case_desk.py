"""Cases that people report and change through the portal (R1, F1, F2): what may be sent, and once.

Which roles may is `auth.rules`, which equipment and cases `auth.visibility`, what forms must hold `auth.case_forms`.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import msgspec

from auth.case_files import CaseFiles, Kept, OfferedFile
from auth.case_forms import Change, Report, ServiceRequest, checked_change, checked_key, checked_report
from auth.credentials import Where
from auth.directory import Fault, Unfit
from auth.references import spoken_reference
from auth.viewer import Viewer
from connectors.case_writing import CaseChange, FieldChange, NewCase
from connectors.changes import ChangeFeed, event_of
from connectors.courier import Courier
from connectors.deliveries import Deliveries, Delivery, DeliveryKind
from connectors.errors import SourceMisconfigured
from connectors.people import AuditAction, AuditEvent
from connectors.records import Case
from connectors.registry import Clock
from connectors.vocabulary import AdditionalService, CaseOrigin, CasePriority, CaseStatus, EventType

REFERENCE = "WEB"
"""What a portal number begins with."""

CALLED_OFF = "Called off by the customer."
"""What the service system's people read."""

EVENT_TYPES = {
    AdditionalService.TRAINING: EventType.APPLICATION_SUPPORT,
    AdditionalService.APPLICATION_SUPPORT: EventType.APPLICATION_SUPPORT,
    AdditionalService.INSPECTION: EventType.PLANNED_MAINTENANCE,
    AdditionalService.RELOCATION: EventType.INSTALLATION,
    AdditionalService.UPGRADE: EventType.CUSTOMER_MODIFICATION_ORDER,
    AdditionalService.OTHER: EventType.CUSTOMER_INFORMATION,
}
"""The notification that each additional service becomes (V17)."""

_REPEATED_WITHIN = timedelta(minutes=10)
_CHANGEABLE = (CaseStatus.SUBMITTED, CaseStatus.NEW, CaseStatus.IN_PROGRESS, CaseStatus.RESOLVED)


class Subject(NamedTuple):
    """What a case is about: equipment, or an account alone. Numbers are bare."""

    asset_id: str | None
    account: str | None


class CaseDesk:
    """`feed` is told of what is kept. `patience`: seconds that a person waits for the service system at most. `files`:
    where those that cases have are kept; None: cases have none."""

    def __init__(
        self,
        deliveries: Deliveries,
        courier: Courier,
        clock: Clock,
        feed: ChangeFeed,
        *,
        patience: float,
        files: CaseFiles | None = None,
    ) -> None:
        self.deliveries = deliveries
        self.files = files
        self._courier = courier
        self._clock = clock
        self._feed = feed
        self._patience = patience

    async def report(
        self,
        viewer: Viewer,
        where: Where,
        subject: Subject,
        report: Report,
        *,
        key: str | None,
        files: Sequence[OfferedFile] = (),
    ) -> Delivery:
        """Keep it, and send it. The same report again answers with the first (F1). Raises UnfitForm, Unfit."""
        told = checked_report(report, viewer)
        now = self._clock()
        case = NewCase(
            reference=spoken_reference(REFERENCE),
            event_type=told.event_type,
            description=told.description,
            long_text=told.details,
            priority=told.priority,
            asset_id=subject.asset_id,
            sold_to=subject.account,
            ship_to=subject.account,
            is_down=told.is_down,
            safety_issue=told.safety_issue,
            purchase_order=told.purchase_order or None,
            contact_email=told.contact_email or None,
            contact_phone=told.contact_phone or None,
            reporter=viewer.name or viewer.email or "",
            created_at=now,
        )
        delivery = _delivery(
            DeliveryKind.REGISTER_CASE,
            case.reference,
            case.reference,
            subject,
            msgspec.json.encode(case),
            viewer,
            now,
            key=checked_key(key),
            fingerprint=_fingerprint("report", subject, told, await _identities(files)),
        )
        if (earlier := await self._repeated(delivery)) is not None:
            return earlier
        kept = await self._keep(files, None)
        return await self._submitted(delivery, AuditAction.CASE_SUBMITTED, viewer, where, kept, files)

    async def request(
        self, viewer: Viewer, where: Where, subject: Subject, request: ServiceRequest, *, key: str | None
    ) -> Delivery:
        """Ask for an additional service: a case of the service's event type, that is not urgent (F13). As `report`."""
        report = Report(
            description=request.description,
            details=f"{_named(request.service)}\n\n{request.details}".strip(),
            priority=CasePriority.SCHEDULED,
            event_type=EVENT_TYPES[request.service],
            is_down=False,
            safety_issue=False,
            purchase_order=request.purchase_order,
            contact_email=request.contact_email,
            contact_phone=request.contact_phone,
        )
        return await self.report(viewer, where, subject, report, key=key)

    async def call_off(self, viewer: Viewer, where: Where, case: Case, reason: str, *, key: str | None) -> Delivery:
        """Call an additional service off, as long as nobody works on it: it is noted and completed (F13). What is on
        its way arrives first. Raises UnfitForm, Unfit."""
        told = checked_change(Change(reason, None, None, None, None))
        written = self._written(viewer, f"{CALLED_OFF} {told.note}".strip(), (), completes=True)
        delivery = _changing(written, case, told, viewer, checked_key(key))
        if (earlier := await self._repeated(delivery)) is not None:
            return earlier
        if case.event_type not in EVENT_TYPES.values() or case.origin is not CaseOrigin.WEB:
            raise Unfit(Fault.NOT_FOUND, "caseId")
        if case.status not in (CaseStatus.SUBMITTED, CaseStatus.NEW):
            raise Unfit(Fault.WRONG_STATUS, "caseId")
        return await self._submitted(delivery, AuditAction.CASE_CHANGED, viewer, where)

    async def change(
        self,
        viewer: Viewer,
        where: Where,
        case: Case,
        change: Change,
        *,
        expected: datetime | None,
        key: str | None,
        files: Sequence[OfferedFile] = (),
    ) -> Delivery | None:
        """Keep the change, and send it, after what was sent about the same equipment before. None: it changes nothing.

        `case` is as the person sees it: what others have changed since is a conflict. `expected`: its last change, as
        the person knows it. Raises UnfitForm, Unfit.
        """
        told = checked_change(change)
        fields = _fields(case, told)
        written, identities = self._written(viewer, told.note, fields), await _identities(files)
        delivery = _changing(written, case, told, viewer, checked_key(key), identities)
        if (earlier := await self._repeated(delivery)) is not None:
            return earlier
        if expected is not None and expected != case.updated_at:
            raise Unfit(Fault.CHANGED_MEANWHILE, "expectedUpdatedAt")
        if case.status not in _CHANGEABLE:
            raise Unfit(Fault.WRONG_STATUS, "caseId")
        if told.priority is not None and not case.status.is_open:
            raise Unfit(Fault.WRONG_STATUS, "priority")
        if not fields and not told.note and not files:
            return None
        kept = await self._keep(files, case.number)
        if not fields and not told.note:  # the first file stands for it all
            delivery, kept = _attaching(delivery, kept[0], key=delivery.key, fingerprint=delivery.fingerprint), kept[1:]
        return await self._submitted(delivery, AuditAction.CASE_CHANGED, viewer, where, kept, files)

    async def _keep(self, files: Sequence[OfferedFile], case_number: str | None) -> list[Kept]:
        if not files:
            return []
        if self.files is None:
            raise SourceMisconfigured("files", "can't be kept with the systems that are configured")
        return await self.files.keep(files, case_number)

    def _written(
        self, viewer: Viewer, note: str, fields: tuple[FieldChange, ...], *, completes: bool = False
    ) -> CaseChange:
        return CaseChange(
            reference=spoken_reference("N"),
            at=self._clock(),
            author=viewer.name or viewer.email or "",
            note=note,
            fields=fields,
            completes=completes,
        )

    async def _repeated(self, delivery: Delivery) -> Delivery | None:
        """What became of it where the same key has sent it before, whatever the case has become since."""
        if delivery.key is None:
            return None
        earlier = await self.deliveries.of_key(delivery.actor, delivery.key)
        return None if earlier is None else await self._outcome(earlier, delivery)

    async def _outcome(self, kept: Delivery, delivery: Delivery) -> Delivery:
        if kept.fingerprint != delivery.fingerprint:
            raise Unfit(Fault.KEY_USED, "idempotencyKey")
        return await self._courier.outcome(kept, within=self._patience)

    async def _submitted(
        self,
        delivery: Delivery,
        action: AuditAction,
        viewer: Viewer,
        where: Where,
        kept_files: Sequence[Kept] = (),
        offered: Sequence[OfferedFile] = (),
    ) -> Delivery:
        attaching = [_attaching(delivery, each, key=None, fingerprint=None) for each in kept_files]
        event = AuditEvent(
            action=action,
            actor=viewer.subject,
            subject=delivery.case_number,
            details={"reference": delivery.reference},
            network=where.network,
            request_id=where.request_id,
        )
        since = delivery.created_at - _REPEATED_WITHIN
        # Where this fails it may have been done all the same: the files stay until it is known to be nobody's.
        kept = await self.deliveries.submit([delivery, *attaching], event, repeated_since=since)
        if kept.id == delivery.id:
            await self._feed.publish(event_of(kept))
        elif self.files is not None:
            await self.files.drop([delivery.id, *(each.id for each in kept_files)])
        for each in offered:
            await each.done()
        return await self._outcome(kept, delivery)


def _changing(
    written: CaseChange, case: Case, told: Change, viewer: Viewer, key: str | None, identities: Sequence[str] = ()
) -> Delivery:
    # Attributes are what they are to be, however often that is said; a note or a file would stand there twice.
    once = "" if key or written.note or identities else str(uuid4())
    return _delivery(
        DeliveryKind.CHANGE_CASE,
        written.reference,
        case.number,
        Subject(case.asset_id, case.sold_to),
        msgspec.json.encode(written),
        viewer,
        written.at,
        key=key,
        fingerprint=_fingerprint("change", case.number, told, written.completes, once, identities),
        case_id=case.id if case.status.is_registered else None,
    )


def _delivery(
    kind: DeliveryKind,
    reference: str,
    case_number: str,
    subject: Subject,
    content: bytes,
    viewer: Viewer,
    now: datetime,
    *,
    key: str | None,
    fingerprint: str,
    case_id: str | None = None,
) -> Delivery:
    identity = str(uuid4())
    return Delivery(
        id=identity,
        kind=kind,
        submission=identity,
        reference=reference,
        case_number=case_number,
        lane=subject.asset_id or f"account {subject.account or ''}",
        content=content,
        actor=viewer.subject,
        key=key,
        fingerprint=fingerprint,
        created_at=now,
        due_at=now,
        case_id=case_id,
    )


def _attaching(delivery: Delivery, kept: Kept, *, key: str | None, fingerprint: str | None) -> Delivery:
    """A file of the case that the delivery is about, and of the same submission."""
    return msgspec.structs.replace(
        delivery,
        id=kept.id,
        kind=DeliveryKind.ATTACH_FILE,
        reference=kept.id,
        content=msgspec.json.encode(kept.file),
        key=key,
        fingerprint=fingerprint,
    )


async def _identities(files: Sequence[OfferedFile]) -> list[str]:
    return [await each.identity() for each in files]


def _named(service: AdditionalService) -> str:
    """As the service system's people read it."""
    return f"Additional service: {service.name.replace('_', ' ').lower()}"


def _fields(case: Case, change: Change) -> tuple[FieldChange, ...]:
    """What is to be another than it is."""
    priority = change.priority.value if change.priority is not None else None
    wanted = {
        "priority": (case.priority.value if case.priority is not None else None, priority),
        "purchase_order": (case.purchase_order, change.purchase_order),
        "contact_email": (case.contact_email, change.contact_email),
        "contact_phone": (case.contact_phone, change.contact_phone),
    }
    return tuple(
        FieldChange(attribute, before, after or None)
        for attribute, (before, after) in wanted.items()
        if after is not None and (after or None) != before
    )


def _fingerprint(*content: object) -> str:
    """What stands for the content of a submission: the same only where all of it is."""
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()
