"""Cases written to SAP (port CaseWriter): created with their partners and item, changed by ETag, noted.

What makes a repeat harmless: a case carries its portal number in `MaintNotifExtReferenceNumber`, a note its reference
in the long text, and a file (`case_files`) its name among the attachments.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import msgspec

from connectors.case_writing import CaseChange, CaseChangedMeanwhile, FieldChange, FieldConflict, NewCase
from connectors.errors import SourceBusy, SourceConflict, SourceMisanswered, SourceRejected
from connectors.systems.sap_service_orders.client import ODataClient
from connectors.systems.sap_service_orders.literals import (
    CUSTOMER,
    EQUIPMENT,
    NOTIFICATION,
    equal,
    padded,
    resource,
    string,
)
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.values import number, text
from connectors.systems.sap_service_orders.wire import Envelope, Scalar, reader
from connectors.systems.sap_service_orders.writes import Entity, ODataWrites
from connectors.vocabulary import ActivityType, CaseOrigin, CasePriority, CaseStatus

E = TypeVar("E", bound=Enum)

_TITLE = 40  # characters of NotificationText, MaintNotifItemText, MaintNotifActyTxt
_ITEM = "0001"
_TRIES = 5  # of one change, where others change the same case all the time
_TEXT = "MaintNotifLongTextForEdit"


class _FoundRow(msgspec.Struct, frozen=True):
    MaintenanceNotification: Scalar = None


_FOUND = reader(msgspec.json.Decoder(Envelope[_FoundRow]))


class CaseWrites:
    def __init__(self, client: ODataClient, settings: SapServiceOrdersSettings) -> None:
        self._client = client
        self._writes = ODataWrites(client, settings)
        self._settings = settings
        self._service = settings.notification_service

    async def registered_case(self, reference: str) -> str | None:
        options = {
            "$filter": equal("MaintNotifExtReferenceNumber", reference),
            "$select": "MaintenanceNotification",
            "$orderby": "MaintenanceNotification",
            "$top": "1",
        }
        page = await self._client.page(self._service, resource("MaintenanceNotification", options), _FOUND)
        return next((number(row.MaintenanceNotification) for row in page.rows), None)

    async def register_case(self, case: NewCase) -> str:
        created = await self._writes.create(self._service, "MaintenanceNotification", self._notification(case))
        found = number(created.get("MaintenanceNotification"))
        if found is None:
            raise SourceMisanswered(self._client.system, "created a case without telling its number")
        return found

    async def change_case(self, case_id: str, change: CaseChange) -> None:
        """One changeset: the PATCH first, since an activity moves the ETag on. Without `use_batch` two writes, the
        text before the activity: where it breaks off in between, the note stands in the text alone."""
        notification = f"MaintenanceNotification({string(padded(case_id, NOTIFICATION))})"
        for _ in range(_TRIES):
            entity = await self._writes.entity(self._service, notification)
            changed = self._changed(entity, change)
            with suppress(SourceConflict):  # somebody was faster: look again
                if changed:
                    await self._apply(notification, case_id, entity.etag, changed, change)
                if change.completes:
                    await self._complete(case_id, entity)
                return
        raise SourceBusy(self._client.system, "is changing this case all the time")

    async def _apply(
        self, notification: str, case_id: str, etag: str, changed: Mapping[str, Any], change: CaseChange
    ) -> None:  # Any: JSON, as each property has it
        if _TEXT not in changed:
            await self._writes.change(self._service, notification, etag, changed)
            return
        activity = {
            "MaintenanceNotification": padded(case_id, NOTIFICATION),
            "MaintenanceNotificationItem": _ITEM,
            "MaintNotificationActivityCode": self._code(self._settings.activity_codes, ActivityType.EXTERNAL_NOTE),
            "MaintNotifActyTxt": _line(change.note),
        }
        if self._settings.use_batch:
            together = [
                self._writes.change_in(notification, etag, changed),
                self._writes.create_in("MaintNotificationItemActivity", activity),
            ]
            await self._writes.together(self._service, together)
        else:
            await self._writes.change(self._service, notification, etag, changed)
            await self._writes.create(self._service, "MaintNotificationItemActivity", activity)

    async def _complete(self, case_id: str, entity: Entity) -> None:
        phase = self._settings.phases.get(text(entity.properties.get("NotifProcessingPhase")) or "")
        if phase is CaseStatus.RESOLVED:
            return
        told = {"MaintenanceNotification": string(padded(case_id, NOTIFICATION))}
        await self._writes.call(self._service, resource("CompleteMaintNotification", told))

    def _changed(self, entity: Entity, change: CaseChange) -> dict[str, Any]:
        """The properties that are still to be changed. Raises CaseChangedMeanwhile."""
        changed: dict[str, Any] = {}  # Any: as above
        conflicts = []
        for field in change.fields:
            name = self._property(field.attribute)
            now = self._now(field, entity.properties.get(name))
            if now == field.after:
                continue
            if now != field.before:
                conflicts.append(FieldConflict(field.attribute, field.before, now, field.after))
            changed[name] = self._written(field)
        if conflicts:
            raise CaseChangedMeanwhile(self._client.system, tuple(conflicts))
        before = text(entity.properties.get(_TEXT)) or text(entity.properties.get("MaintNotificationLongText")) or ""
        if change.note and change.reference not in before:
            changed[_TEXT] = f"{before}\n\n{_noted(change)}".lstrip()
        return changed

    def _property(self, attribute: str) -> str:
        """The property that holds the attribute. SourceRejected: this deployment has none."""
        own = self._settings.custom_fields.model_dump()
        name = "MaintPriority" if attribute == "priority" else own.get(attribute, "")
        if not name:
            raise SourceRejected(self._client.system, f"has no place for '{attribute}'", code="PORTAL/NO_FIELD")
        return name

    def _now(self, field: FieldChange, value: Scalar) -> str | None:
        if field.attribute != "priority":
            return text(value)
        priority = self._settings.priorities.get(text(value) or "")
        return None if priority is None else priority.value

    def _written(self, field: FieldChange) -> str:
        if field.attribute != "priority" or field.after is None:
            return field.after or ""
        return self._code(self._settings.priorities, CasePriority(field.after))

    def _notification(self, case: NewCase) -> dict[str, Any]:  # Any: as above
        own = self._settings.custom_fields
        properties = {
            "NotificationType": self._code(self._settings.event_types, case.event_type),
            "NotificationText": _line(case.description),
            "MaintPriority": self._code(self._settings.priorities, case.priority),
            "MaintNotifExtReferenceNumber": case.reference,
            "MaintenanceObjectIsDown": case.is_down,
            _TEXT: f"{case.long_text}\n\n{_reported(case)}".lstrip(),
            "to_Partner": self._partners(case),
            "to_Item": [{"MaintNotifItemText": _line(case.description), "to_ItemActivity": self._activities(case)}],
        }
        if case.asset_id is not None:
            properties["TechnicalObject"] = padded(case.asset_id, EQUIPMENT)
            properties["TechObjIsEquipOrFuncnlLoc"] = self._settings.equipment_marker
        given = {
            own.purchase_order: case.purchase_order,
            own.contact_email: case.contact_email,
            own.contact_phone: case.contact_phone,
            own.origin: self._code(self._settings.origins, CaseOrigin.WEB) if own.origin else None,
        }
        return properties | {name: value for name, value in given.items() if name and value}

    def _partners(self, case: NewCase) -> list[dict[str, str]]:
        functions = {self._settings.sold_to_function: case.sold_to, self._settings.ship_to_function: case.ship_to}
        return [
            {"PartnerFunction": function, "Partner": padded(account, CUSTOMER)}
            for function, account in functions.items()
            if account is not None
        ]

    def _activities(self, case: NewCase) -> list[dict[str, str]]:
        kinds = [ActivityType.CUSTOMER_REPORTED_PROBLEM, *([ActivityType.SAFETY_ISSUE] if case.safety_issue else [])]
        codes = [self._code(self._settings.activity_codes, kind) for kind in kinds]
        line = _line(case.description)
        return [{"MaintNotificationActivityCode": code, "MaintNotifActyTxt": line} for code in codes]

    def _code(self, codes: Mapping[str, E], wanted: E) -> str:
        """The first code of that meaning. SourceRejected: this deployment has none."""
        code = next((code for code, meaning in codes.items() if meaning is wanted), None)
        if code is None:
            raise SourceRejected(self._client.system, f"has no code for {wanted.name}", code="PORTAL/NO_CODE")
        return code


def _line(words: str) -> str:
    """What a title holds of a text."""
    line = " ".join(words.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…"


def _noted(change: CaseChange) -> str:
    author = f", {change.author}" if change.author else ""
    return f"{_moment(change.at)}{author} ({change.reference}):\n{change.note}"


def _reported(case: NewCase) -> str:
    reporter = f", {case.reporter}" if case.reporter else ""
    return f"{_moment(case.created_at)}{reporter} ({case.reference})"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
