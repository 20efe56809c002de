"""The portal's value lists, each with the number of its term. Labels live in the catalogues of `schema.labels`."""

from enum import Enum


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
    """Case status (V14), in the order of a case's life."""

    NEW = "NEW"
    IN_PROGRESS = "IN_PROGRESS"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"

    @property
    def is_open(self) -> bool:
        """New and in progress are open (F4)."""
        return self in (CaseStatus.NEW, CaseStatus.IN_PROGRESS)


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
