"""What people are told by mail, and how the floors below ask for it: the gateway writes and sends it."""

from enum import Enum
from typing import Protocol


class Notice(Enum):
    """The kinds of mail."""

    ACTIVATION = "ACTIVATION"
    RESET = "RESET"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105  # a kind of mail
    INACTIVITY_WARNING = "INACTIVITY_WARNING"
    DEACTIVATED = "DEACTIVATED"
    DISABLED = "DISABLED"
    ACCESS_REQUEST_RECEIVED = "ACCESS_REQUEST_RECEIVED"
    ACCESS_REQUEST_REFUSED = "ACCESS_REQUEST_REFUSED"
    ACCESS_REQUEST_FOR_HELPDESK = "ACCESS_REQUEST_FOR_HELPDESK"
    CONTACT_REQUEST_RECEIVED = "CONTACT_REQUEST_RECEIVED"
    CONTACT_REQUEST_FOR_HELPDESK = "CONTACT_REQUEST_FOR_HELPDESK"
    DELIVERY_REFUSED = "DELIVERY_REFUSED"
    CASE_REPORTED = "CASE_REPORTED"
    CASE_STATUS_CHANGED = "CASE_STATUS_CHANGED"
    VISIT_PLANNED = "VISIT_PLANNED"
    ASSET_STATE_CHANGED = "ASSET_STATE_CHANGED"


class Notices(Protocol):
    async def post(self, kind: Notice, to: str, locale: str, **values: str) -> None:
        """See that the mail is sent, now or later. `values` are what its text names."""
        ...
