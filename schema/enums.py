"""The value lists as GraphQL enums, each value with its meaning."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLEnumType

from auth.entitlement import UptimeReportEntitlement
from auth.rules import Action
from auth.viewer import Role
from connectors import vocabulary
from connectors.deliveries import DeliveryKind, DeliveryStatus
from connectors.people import AuditAction
from schema.exports.columns import CaseColumn, InstalledProductColumn
from schema.labels import FALLBACK, catalogue

_LISTS: tuple[tuple[type[Enum], str], ...] = (
    (vocabulary.Modality, "Product type (V7): the modality of a piece of equipment."),
    (vocabulary.AssetStatus, "Status of an installed product (V10)."),
    (vocabulary.OperationalState, "Whether an installed product works, told from its open cases (F4)."),
    (vocabulary.CasePriority, "Priority of a case (V13), the most urgent first."),
    (vocabulary.CaseStatus, "Status of a case (V14), in the order of its life."),
    (vocabulary.CaseOrigin, "How a case came in (V15)."),
    (vocabulary.ActivityType, "What kind of activity stands on a case (V16)."),
    (vocabulary.EventType, "What a case is about (V17)."),
    (vocabulary.AdditionalService, "What can be asked for beside repair (F13)."),
    (vocabulary.CalendarKind, "What stands in a calendar (F7)."),
    (vocabulary.DocumentKind, "What a document about equipment is (F6)."),
    (vocabulary.ExportList, "A list that can be taken away as a table (F9)."),
    (InstalledProductColumn, "A column of a table of equipment (F9)."),
    (CaseColumn, "A column of a table of cases (F9)."),
    (vocabulary.ExportFormat, "The form of a table (F9)."),
    (vocabulary.ExportStatus, "Where the making of a table is (F9)."),
    (vocabulary.MailTopic, "What somebody may be told of by mail (F18)."),
    (vocabulary.SearchKind, "What can be searched (F3)."),
    (vocabulary.ServiceType, "How service is given (V18)."),
    (vocabulary.ContractStatus, "Status of a service contract (V21)."),
    (vocabulary.UserStatus, "Where a user is in the life of an account (R6, R7)."),
    (vocabulary.RequestStatus, "What became of a request (F15)."),
    (vocabulary.SiteReferenceKind, "What names a site in a request for access (F15)."),
    (DeliveryKind, "What is sent to the service system (F1)."),
    (DeliveryStatus, "What became of something sent to the service system (F1)."),
    (AuditAction, "What is recorded in the audit trail."),
    (UptimeReportEntitlement, "Whether an uptime and service quality report may be had, and why not (V26)."),
    (Role, "Role of a viewer, by which it is decided what may be done (R1)."),
    (Action, "What a viewer may do, by role (R1)."),
)

_MEANINGS: Mapping[str, Mapping[str, str]] = {
    "Modality": {"OTHER": "Another family of the installed base; `modalityLabel` has its word."},
    "AssetStatus": {"OTHER": "Neither in use nor out of it; `statusLabel` has the installed base's word."},
    "OperationalState": {
        "RUNNING": "No open case says otherwise.",
        "RESTRICTED": "An open case of priority SYSTEM_RESTRICTED or INTERMITTENT_PROBLEM.",
        "DOWN": "An open case of priority URGENT_NEED or SYSTEM_DOWN, or one that reports it as down.",
        "NOT_IN_SERVICE": "The equipment is inactive.",
        "UNKNOWN": "The equipment has no asset identifier, so no case can be found.",
    },
    "CaseStatus": {
        "SUBMITTED": "On its way to the service system. Counts as open.",
        "REFUSED": "The service system did not take it; the helpdesk sees to it. Counts as open.",
        "NEW": "Registered. Counts as open.",
        "IN_PROGRESS": "A service engineer works on it. Counts as open.",
        "RESOLVED": "The problem is solved.",
        "CLOSED": "Closed and archived.",
    },
    "AdditionalService": {
        "TRAINING": "Training of the people who use the equipment.",
        "APPLICATION_SUPPORT": "Help with applications.",
        "INSPECTION": "Planned maintenance.",
        "RELOCATION": "Taking equipment to another place.",
        "UPGRADE": "A modification of the equipment.",
        "OTHER": "Anything else.",
    },
    "DeliveryKind": {
        "REGISTER_CASE": "A case.",
        "CHANGE_CASE": "A change of a case, or a note.",
        "ATTACH_FILE": "A file of a case.",
    },
    "DeliveryStatus": {
        "WAITING": "On its way: the service system has not taken it yet.",
        "DELIVERED": "The service system has it.",
        "REFUSED": "The service system said no; the helpdesk sees to it.",
        "DISCARDED": "It was given up.",
    },
    "UptimeReportEntitlement": {
        "ENTITLED": "A line of a contract in force entitles to it.",
        "CONTRACT_NOT_ACTIVE": "The contract of the line that would entitle is not in force.",
        "ENDED": "The line that entitled has ended.",
        "NOT_YET": "The line that will entitle has not begun.",
        "NO_ENTITLEMENT": "The contract lines don't entitle to it.",
        "NO_CONTRACT": "No contract line covers the equipment.",
    },
    "ExportFormat": {
        "CSV": "Comma-separated values (RFC 4180), UTF-8; what a program would take for a formula is marked as text.",
        "XLSX": "A workbook of Excel, with real dates and numbers.",
    },
    "ExportStatus": {
        "RUNNING": "It is being made.",
        "DONE": "It can be opened.",
        "FAILED": "It could not be made.",
        "CANCELLED": "It was given up.",
    },
    "CaseOrigin": {"PHONE": "Taken by the customer care centre.", "WEB": "Submitted through the portal."},
    "UserStatus": {
        "INVITED": "The activation link was sent.",
        "ACTIVE": "May sign in.",
        "DEACTIVATED": "After 120 days without activity. A reset brings the user back, without accounts.",
        "DISABLED": "By a manager or the helpdesk: is let in nowhere.",
    },
    "Role": {
        "READER": "Reads.",
        "USER": "Reads, creates and updates cases.",
        "MANAGER": "As a user; manages users and the customer's own asset data.",
        "PARTNER": "A machine client: reads the accounts granted to it.",
        "HELPDESK": "Assigns accounts and answers access requests; sees no equipment data.",
        "ANALYST": "Internal: reads across accounts, changes nothing.",
    },
}


def register_enums() -> None:
    """Tell Strawberry of the value lists. Before the schema is made."""
    for values, description in _LISTS:
        strawberry.enum(values, description=description)


def describe_values(types: Mapping[str, Any]) -> None:
    """Give each value its meaning; where its name says all, its English label."""
    labels = catalogue(FALLBACK)
    for values, _ in _LISTS:
        type_ = types.get(values.__name__)
        if not isinstance(type_, GraphQLEnumType):
            continue
        words = {**labels.get(type_.name, {}), **_MEANINGS.get(type_.name, {})}
        for name, value in type_.values.items():
            value.description = words.get(name)
