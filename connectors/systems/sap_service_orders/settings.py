"""What a deployment says about its SAP service system. Code lists and ZZ1_ fields differ from one to the next."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, field_validator, model_validator

from connectors.transport.settings import HttpSettings, Secret, StrictSettings
from connectors.vocabulary import ActivityType, CaseOrigin, CasePriority, CaseStatus, EventType, ServiceType

EVENT_TYPES = {
    "S1": EventType.CORRECTIVE_MAINTENANCE,
    "S2": EventType.PLANNED_MAINTENANCE,
    "S3": EventType.CUSTOMER_MODIFICATION_ORDER,
    "S4": EventType.INSTALLATION,
    "S5": EventType.APPLICATION_SUPPORT,
    "S6": EventType.CUSTOMER_INFORMATION,
    "S7": EventType.REFURBISHMENT_UNDER_CONTRACT,
}
PRIORITIES = {priority.value: priority for priority in CasePriority}
ORIGINS = {"P": CaseOrigin.PHONE, "W": CaseOrigin.WEB}
PHASES = {
    "1": CaseStatus.NEW,
    "2": CaseStatus.NEW,
    "3": CaseStatus.IN_PROGRESS,
    "4": CaseStatus.RESOLVED,
}
ACTIVITY_CODES = {
    "CRPT": ActivityType.CUSTOMER_REPORTED_PROBLEM,
    "SAFE": ActivityType.SAFETY_ISSUE,
    "T2AC": ActivityType.T2_ACTIVITY,
    "EXTN": ActivityType.EXTERNAL_NOTE,
}
SERVICE_TYPES = {
    "SVO1": ServiceType.ON_SITE,
    "SVO2": ServiceType.REMOTE,
    "SVO3": ServiceType.DEPOT_REPAIR,
    "SVO4": ServiceType.PARTS_ONLY,
    "SVO5": ServiceType.SUBCONTRACTED,
}
TIME_ZONES = {
    "UTC": "UTC",
    "CET": "Europe/Berlin",
    "EET": "Europe/Helsinki",
    "GMTUK": "Europe/London",
    "EST": "America/New_York",
    "CST": "America/Chicago",
    "MST": "America/Denver",
    "PST": "America/Los_Angeles",
    "JAPAN": "Asia/Tokyo",
}


def _by_name(codes: object) -> object:
    """Priorities may be written by name (`SYSTEM_DOWN`) as well as by digit."""
    if not isinstance(codes, Mapping):
        return codes
    names = CasePriority.__members__
    return {code: names.get(value, value) if isinstance(value, str) else value for code, value in codes.items()}


PriorityCodes = Annotated[dict[str, CasePriority], BeforeValidator(_by_name)]


class CustomFields(StrictSettings):
    """The deployment's own fields of a notification. An empty name: it has none, and the record's value is None."""

    purchase_order: str = "ZZ1_PurchaseOrder_NTF"
    origin: str = "ZZ1_Origin_NTF"
    contact_email: str = "ZZ1_ContactEmail_NTF"
    contact_phone: str = "ZZ1_ContactPhone_NTF"

    @field_validator("*")
    @classmethod
    def _is_a_property(cls, value: str) -> str:
        if value and not (value.isascii() and value.isidentifier()):
            raise ValueError(f"'{value}' is not the name of an OData property")
        return value


class SapServiceOrdersSettings(HttpSettings):
    user: str | None = Field(None, description="For basic authentication, with `password`")
    password: Secret | None = None
    token: Secret | None = Field(None, description="A bearer token, instead of user and password")
    sap_client: str = Field("100", pattern=r"^\d{3}$")
    sap_language: str = Field("EN", pattern=r"^[A-Za-z0-9]{1,2}$")

    root: str = Field("/sap/opu/odata/sap", pattern=r"^(/[\w.~-]+)+$", description="The path above the services")
    notification_service: str = Field("API_MAINTNOTIFICATION", pattern=r"^[\w.;=-]+$")
    attachment_service: str = Field("API_CV_ATTACHMENT_SRV", pattern=r"^[\w.;=-]+$")
    order_service: str = Field("API_SERVICE_ORDER_SRV", pattern=r"^[\w.;=-]+$")

    use_batch: bool = Field(True, description="Send many reads as one $batch; off: as many reads at once")
    select_paths: bool = Field(True, description="Select single properties of an expanded navigation; off: all of it")
    keys_per_get: int = Field(100, ge=1, le=500, description="Keys in one $filter at most")
    url_bytes: int = Field(6_000, ge=2_000, le=8_000, description="Bytes of one URL at most, encoded")
    gets_per_batch: int = Field(20, ge=1, le=200, description="Reads in one $batch at most")
    concurrency: int = Field(6, ge=1, le=100, description="Calls under way for one read at most")
    change_method: Literal["PATCH", "MERGE"] = Field("PATCH", description="How the system takes a change of an entity")
    page_size: int | None = Field(None, ge=1, description="Rows a page the system is asked to prefer; None: its own")
    max_rows: int = Field(250_000, ge=1, description="Rows of one read at most")
    attempts: int = Field(2, ge=1, le=5, description="How often a read is tried where it breaks off or fails")

    sold_to_function: str = "AG"
    ship_to_function: str = "WE"
    equipment_marker: str = "EAMS_EQUI"
    closed_token: str = Field("CLSD", description="The system status that makes a resolved case a closed one")
    attachment_object: str = Field("PMQMEL", description="The business object that a case's attachments hang on")
    planned_appointment: str = "PLANNED"
    actual_appointment: str = "ACTUAL"

    event_types: dict[str, EventType] = EVENT_TYPES
    priorities: PriorityCodes = PRIORITIES
    phases: dict[str, CaseStatus] = PHASES
    origins: dict[str, CaseOrigin] = ORIGINS
    activity_codes: dict[str, ActivityType] = Field(ACTIVITY_CODES, description="Other codes are never shown")
    service_types: dict[str, ServiceType] = SERVICE_TYPES
    time_zones: dict[str, str] = Field(TIME_ZONES, description="SAP's names of time zones → IANA's")
    custom_fields: CustomFields = CustomFields()

    @field_validator("time_zones")
    @classmethod
    def _are_known(cls, zones: dict[str, str]) -> dict[str, str]:
        for name in zones.values():
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(f"'{name}' is no IANA time zone") from None
        return zones

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together")
        if (self.user is None) == (self.token is None):
            raise ValueError("name either user and password, or a token")
        return self
