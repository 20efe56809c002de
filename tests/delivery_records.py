"""Deliveries that tests of the store and of the courier keep."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from connectors.case_writing import AttachedFile, CaseChange, NewCase
from connectors.deliveries import Delivery, DeliveryKind
from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import CasePriority, EventType

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SUBMITTED = AuditEvent(action=AuditAction.CASE_SUBMITTED, actor="u1", subject="WEB-1")


def new_case(reference: str, **changes: Any) -> NewCase:  # Any: each attribute has its own type
    usual: dict[str, Any] = {
        "reference": reference,
        "event_type": EventType.CORRECTIVE_MAINTENANCE,
        "description": "Tube does not start",
        "priority": CasePriority.SYSTEM_DOWN,
        "sold_to": "7100010",
        "created_at": NOW,
    }
    return NewCase(**usual | changes)


def registering(case: NewCase | str, **changes: Any) -> Delivery:
    told = new_case(case) if isinstance(case, str) else case
    usual: dict[str, Any] = {
        "id": str(uuid4()),
        "kind": DeliveryKind.REGISTER_CASE,
        "submission": str(uuid4()),
        "reference": told.reference,
        "case_number": told.reference,
        "lane": told.asset_id or f"account {told.sold_to}",
        "content": msgspec.json.encode(told),
        "actor": "u1",
        "fingerprint": told.reference.ljust(64, "f"),
        "created_at": NOW,
        "due_at": NOW,
    }
    return Delivery(**usual | changes)


def attaching(case_number: str, name: str, **changes: Any) -> Delivery:
    """`name` as the service system has it: `tube 7fa2.jpg` of `tube.jpg`."""
    stem, _, _ = name.partition(" ")
    told = AttachedFile(name=f"{stem}.jpg", distinct_name=name, media_type="image/jpeg", size=11)
    usual: dict[str, Any] = {
        "id": str(uuid4()),
        "kind": DeliveryKind.ATTACH_FILE,
        "submission": str(uuid4()),
        "reference": name,
        "case_number": case_number,
        "lane": "account 7100010",
        "content": msgspec.json.encode(told),
        "actor": "u1",
        "fingerprint": name.ljust(64, "f"),
        "created_at": NOW,
        "due_at": NOW,
    }
    return Delivery(**usual | changes)


def changing(case_number: str, change: CaseChange, **changes: Any) -> Delivery:
    usual: dict[str, Any] = {
        "id": str(uuid4()),
        "kind": DeliveryKind.CHANGE_CASE,
        "submission": str(uuid4()),
        "reference": change.reference,
        "case_number": case_number,
        "lane": "account 7100010",
        "content": msgspec.json.encode(change),
        "actor": "u1",
        "fingerprint": change.reference.ljust(64, "f"),
        "created_at": NOW,
        "due_at": NOW,
    }
    return Delivery(**usual | changes)
