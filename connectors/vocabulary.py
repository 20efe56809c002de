"""The portal's value lists, each with the number of its term. Labels live in the catalogues of `schema.labels`."""

from enum import Enum


class Role(Enum):
    """R1. In the order of strength: of several roles in a token the strongest counts."""

    READER = "reader"
    USER = "user"
    MANAGER = "manager"
    PARTNER = "partner"
    HELPDESK = "helpdesk"
    ANALYST = "analyst"


class UserStatus(Enum):
    """Where a user is in the life of an account (R6, R7).

    INVITED: the activation link was sent. DEACTIVATED: after 120 days without activity; a reset brings the user back,
    without accounts. DISABLED: by a manager or the helpdesk.
    """

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    DEACTIVATED = "DEACTIVATED"
    DISABLED = "DISABLED"


class RequestStatus(Enum):
    """What became of a request for access or contact (F15)."""

    OPEN = "OPEN"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    ANSWERED = "ANSWERED"


class SiteReferenceKind(Enum):
    """What a site is named by in a request for access (F15)."""

    INSTALLED_PRODUCT_NUMBER = "INSTALLED_PRODUCT_NUMBER"
    ASSET_ID = "ASSET_ID"
    LOCATION_ID = "LOCATION_ID"
    TECHNICAL_ID = "TECHNICAL_ID"


class Modality(Enum):
    """Product type (V7)."""

    MR = "MR"
    CT = "CT"
    US = "US"
    IXR = "IXR"
    OTHER = "OTHER"


class AssetStatus(Enum):
    """Status of an installed product (V10). OTHER: the installed base has a word of its own for it."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    OTHER = "OTHER"


class OperationalState(Enum):
    """Whether an installed product works, from its open cases (F4)."""

    RUNNING = "RUNNING"
    RESTRICTED = "RESTRICTED"
    DOWN = "DOWN"
    NOT_IN_SERVICE = "NOT_IN_SERVICE"
    UNKNOWN = "UNKNOWN"


class CasePriority(Enum):
    """Case priority (V13), most urgent first. The value is the service system's digit."""

    URGENT_NEED = "1"
    SYSTEM_DOWN = "2"
    SYSTEM_RESTRICTED = "3"
    INTERMITTENT_PROBLEM = "4"
    SCHEDULED = "5"


class CaseStatus(Enum):
    """Case status (V14), in the order of a case's life; before it, where the service system has not taken it yet (F1).

    SUBMITTED: on its way to the service system. REFUSED: the service system said no, and the helpdesk sees to it.
    """

    SUBMITTED = "SUBMITTED"
    REFUSED = "REFUSED"
    NEW = "NEW"
    IN_PROGRESS = "IN_PROGRESS"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"

    @property
    def is_open(self) -> bool:
        """New and in progress are open (F4), and what is on its way there."""
        return self not in (CaseStatus.RESOLVED, CaseStatus.CLOSED)

    @property
    def is_registered(self) -> bool:
        """Whether the service system has it."""
        return self not in (CaseStatus.SUBMITTED, CaseStatus.REFUSED)


class CaseOrigin(Enum):
    """Case origin (V15)."""

    PHONE = "PHONE"
    WEB = "WEB"


class ActivityType(Enum):
    """Case activity type (V16)."""

    CUSTOMER_REPORTED_PROBLEM = "CUSTOMER_REPORTED_PROBLEM"
    SAFETY_ISSUE = "SAFETY_ISSUE"
    T2_ACTIVITY = "T2_ACTIVITY"
    EXTERNAL_NOTE = "EXTERNAL_NOTE"


class EventType(Enum):
    """Event type (V17)."""

    CORRECTIVE_MAINTENANCE = "CORRECTIVE_MAINTENANCE"
    PLANNED_MAINTENANCE = "PLANNED_MAINTENANCE"
    CUSTOMER_MODIFICATION_ORDER = "CUSTOMER_MODIFICATION_ORDER"
    INSTALLATION = "INSTALLATION"
    APPLICATION_SUPPORT = "APPLICATION_SUPPORT"
    CUSTOMER_INFORMATION = "CUSTOMER_INFORMATION"
    REFURBISHMENT_UNDER_CONTRACT = "REFURBISHMENT_UNDER_CONTRACT"


class AdditionalService(Enum):
    """What can be asked for beside repair (F13)."""

    TRAINING = "TRAINING"
    APPLICATION_SUPPORT = "APPLICATION_SUPPORT"
    INSPECTION = "INSPECTION"
    RELOCATION = "RELOCATION"
    UPGRADE = "UPGRADE"
    OTHER = "OTHER"


class CalendarKind(Enum):
    """What stands in a calendar (F7)."""

    VISIT = "VISIT"
    PLANNED_MAINTENANCE = "PLANNED_MAINTENANCE"
    CONTRACT_END = "CONTRACT_END"
    WARRANTY_END = "WARRANTY_END"


class DocumentKind(Enum):
    """What a document is (F6); UPTIME_REPORT is V26's, and shown to who is entitled to it alone."""

    INSTRUCTIONS_FOR_USE = "INSTRUCTIONS_FOR_USE"
    QUICK_GUIDE = "QUICK_GUIDE"
    SAFETY_NOTICE = "SAFETY_NOTICE"
    DATA_SHEET = "DATA_SHEET"
    CERTIFICATE = "CERTIFICATE"
    TRAINING = "TRAINING"
    OTHER = "OTHER"
    UPTIME_REPORT = "UPTIME_REPORT"


class ExportList(Enum):
    """A list that can be taken away as a table (F9)."""

    INSTALLED_PRODUCTS = "INSTALLED_PRODUCTS"
    CASES = "CASES"


class ExportFormat(Enum):
    """The form of a table (F9)."""

    CSV = "CSV"
    XLSX = "XLSX"


class ExportStatus(Enum):
    """Where the making of a table is (F9)."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class MailTopic(Enum):
    """What somebody may be told of by mail (F18)."""

    CASE_REPORTED = "CASE_REPORTED"
    CASE_STATUS_CHANGED = "CASE_STATUS_CHANGED"
    VISIT_PLANNED = "VISIT_PLANNED"
    ASSET_STATE_CHANGED = "ASSET_STATE_CHANGED"


class SearchKind(Enum):
    """What can be searched (F3)."""

    INSTALLED_PRODUCT = "INSTALLED_PRODUCT"
    CASE = "CASE"
    SERVICE_CONTRACT = "SERVICE_CONTRACT"
    LOCATION = "LOCATION"
    DOCUMENT = "DOCUMENT"


class ServiceType(Enum):
    """Service type (V18)."""

    ON_SITE = "ON_SITE"
    REMOTE = "REMOTE"
    DEPOT_REPAIR = "DEPOT_REPAIR"
    PARTS_ONLY = "PARTS_ONLY"
    SUBCONTRACTED = "SUBCONTRACTED"


class ContractStatus(Enum):
    """Status of a service contract (V21)."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
