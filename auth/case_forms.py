"""The forms that cases are reported and changed by: what each field may hold, told for all fields at once."""

import re
from collections.abc import Callable
from typing import NamedTuple

from auth.directory import Fault, Unfit, UnfitForm, checked_address, checked_text
from auth.viewer import Viewer
from connectors.vocabulary import AdditionalService, CasePriority, EventType

_LONGEST_TITLE = 40  # NotificationText
_LONGEST_TEXT = 10_000
_LONGEST_ORDER = 35  # ZZ1_PurchaseOrder_NTF
_LONGEST_PHONE = 30  # ZZ1_ContactPhone_NTF
_LONGEST_KEY = 100
_PHONE = re.compile(r"\+?[\d ()./-]{3,}")


class Report(NamedTuple):
    """A new case as a person wrote it."""

    description: str
    details: str
    priority: CasePriority
    event_type: EventType
    is_down: bool
    safety_issue: bool
    purchase_order: str
    contact_email: str
    contact_phone: str


class ServiceRequest(NamedTuple):
    """An additional service as a person asked for it (F13)."""

    service: AdditionalService
    description: str
    details: str
    purchase_order: str
    contact_email: str
    contact_phone: str


class Change(NamedTuple):
    """What a person wants changed; None leaves an attribute as it is, an empty text empties it."""

    note: str
    priority: CasePriority | None
    purchase_order: str | None
    contact_email: str | None
    contact_phone: str | None


def checked_report(report: Report, viewer: Viewer) -> Report:
    """The report, trimmed; whoever names no contact is the contact. Raises UnfitForm."""
    form = _Form()
    checked = report._replace(
        description=form.text(report.description, "description", at_most=_LONGEST_TITLE, required=True),
        details=form.text(report.details, "details", at_most=_LONGEST_TEXT),
        purchase_order=form.text(report.purchase_order, "purchaseOrder", at_most=_LONGEST_ORDER),
        contact_email=form.email(report.contact_email),
        contact_phone=form.phone(report.contact_phone),
    )
    form.close()
    if not checked.contact_email and not checked.contact_phone:
        return checked._replace(contact_email=viewer.email or "")
    return checked


def checked_change(change: Change) -> Change:
    """The change, trimmed. Raises UnfitForm."""
    form = _Form()
    checked = change._replace(
        note=form.text(change.note, "note", at_most=_LONGEST_TEXT),
        purchase_order=_kept(
            change.purchase_order, lambda text: form.text(text, "purchaseOrder", at_most=_LONGEST_ORDER)
        ),
        contact_email=_kept(change.contact_email, form.email),
        contact_phone=_kept(change.contact_phone, form.phone),
    )
    form.close()
    return checked


def _kept(text: str | None, check: Callable[[str], str]) -> str | None:
    return None if text is None else check(text)


class _Form:
    """Looks at all of a form before it complains."""

    def __init__(self) -> None:
        self._faults: list[Unfit] = []

    def text(self, text: str, field: str, *, at_most: int, required: bool = False) -> str:
        return self._tried(lambda: checked_text(text, field, at_most=at_most, required=required))

    def email(self, text: str) -> str:
        return self._tried(lambda: _address(text)) if text.strip() else ""

    def phone(self, text: str) -> str:
        return self._tried(lambda: _telephone(text)) if text.strip() else ""

    def close(self) -> None:
        if self._faults:
            raise UnfitForm(self._faults)

    def _tried(self, check: Callable[[], str]) -> str:
        try:
            return check()
        except Unfit as unfit:
            self._faults.append(unfit)
            return ""


def _address(text: str) -> str:
    try:
        return checked_address(text)
    except Unfit as unfit:
        raise Unfit(unfit.fault, "contactEmail") from None


def _telephone(text: str) -> str:
    number = checked_text(text, "contactPhone", at_most=_LONGEST_PHONE)
    if not _PHONE.fullmatch(number):
        raise Unfit(Fault.MALFORMED, "contactPhone")
    return number


def checked_key(key: str | None) -> str | None:
    """What a client names a submission by. Raises Unfit."""
    return None if key is None else checked_text(key, "idempotencyKey", at_most=_LONGEST_KEY, required=True)
