"""What the connector to the case archive is told."""

from pydantic import Field

from connectors.transport.soap_settings import SoapSettings
from connectors.vocabulary import CaseOrigin, CasePriority, CaseStatus, EventType, ServiceType


class SoapCaseArchiveSettings(SoapSettings):
    priorities: dict[str, CasePriority] = Field(
        default={priority.value: priority for priority in CasePriority}, description="PRIOK, and what it means"
    )
    event_types: dict[str, EventType] = Field(
        default={
            "S1": EventType.CORRECTIVE_MAINTENANCE,
            "S2": EventType.PLANNED_MAINTENANCE,
            "S3": EventType.CUSTOMER_MODIFICATION_ORDER,
            "S4": EventType.INSTALLATION,
            "S5": EventType.APPLICATION_SUPPORT,
            "S6": EventType.CUSTOMER_INFORMATION,
            "S7": EventType.REFURBISHMENT_UNDER_CONTRACT,
        },
        description="EVT_TYPE, and what it means",
    )
    service_types: dict[str, ServiceType] = Field(
        default={
            "01": ServiceType.ON_SITE,
            "02": ServiceType.REMOTE,
            "03": ServiceType.DEPOT_REPAIR,
            "04": ServiceType.PARTS_ONLY,
            "05": ServiceType.SUBCONTRACTED,
        },
        description="SRV_TYPE, and what it means",
    )
    origins: dict[str, CaseOrigin] = Field(
        default={"P": CaseOrigin.PHONE, "W": CaseOrigin.WEB}, description="ORIGIN, and what it means"
    )
    statuses: dict[str, CaseStatus] = Field(
        default={"RESO": CaseStatus.RESOLVED, "CLSD": CaseStatus.CLOSED}, description="STATUS, and what it means"
    )
    missing_case_codes: frozenset[str] = Field(
        default=frozenset(),
        description="Codes (ID and NUMBER of an error row, or a fault's Name) that say that there is no such case, "
        "beside those that name the number asked for",
    )
