"""The portal's records: what every source answers, whatever its own words are.

Numbers are bare (no leading zeros). Instants are aware and in UTC; dates are dates. Texts that a system leaves
empty are None. A record of a projected read (`Query.fields`) holds None where a field was not asked for.
"""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from connectors.vocabulary import (
    ActivityType,
    AssetStatus,
    CaseOrigin,
    CasePriority,
    CaseStatus,
    ContractStatus,
    DocumentKind,
    EventType,
    Modality,
    ServiceType,
)


class Provenance(msgspec.Struct, frozen=True):
    """Where a record came from (`system`: the name in the settings) and as of when."""

    system: str
    fetched_at: datetime
    stale: bool = False


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Frozen all the way down, a record is in no cycle: the garbage collector need not look at thousands of them."""

    provenance: Provenance


class Account(Record, frozen=True, kw_only=True):
    """A customer. `id` is the CRM's Id, `number` the SAP customer number (None where the CRM has none)."""

    id: str
    number: str | None = None
    name: str | None = None
    parent_id: str | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: str | None = None
    updated_at: datetime | None = None


class Location(Record, frozen=True, kw_only=True):
    """A site. `name` is the functional location description (V8), `functional_location` its SAP code."""

    id: str
    name: str | None = None
    account_id: str | None = None
    parent_id: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    functional_location: str | None = None


class InstalledProduct(Record, frozen=True, kw_only=True):
    """An asset. `id` is the CRM's Id; `asset_id` the SAP equipment number (V2), None where the CRM has none."""

    id: str
    installed_product_number: str | None = None
    asset_id: str | None = None
    technical_id: str | None = None  # V3
    serial_number: str | None = None  # V4
    udi: str | None = None  # V5, the full carrier string as it came
    description: str | None = None  # V1, the product's name
    product_code: str | None = None
    product_family: str | None = None  # the CRM's word
    modality: Modality | None = None  # V7; None where the product is unknown
    asset_tag: str | None = None
    status: AssetStatus = AssetStatus.OTHER  # V10
    status_text: str | None = None  # the CRM's word
    installation_date: date | None = None  # V9
    account_id: str | None = None  # the owner's CRM Id (R4); None: for analysts only
    location_id: str | None = None
    end_of_life: date | None = None
    end_of_service: date | None = None
    updated_at: datetime | None = None


class Case(Record, frozen=True, kw_only=True):
    """A service notification. `id` is its SAP number; `number` is the portal's where it has one, else the same."""

    id: str
    number: str
    event_type: EventType | None = None  # V17
    description: str | None = None
    long_text: str | None = None
    priority: CasePriority | None = None  # V13
    status: CaseStatus = CaseStatus.NEW  # V14
    origin: CaseOrigin | None = None  # V15
    asset_id: str | None = None  # bare equipment number; None: not about equipment
    functional_location_label: str | None = None
    is_down: bool = False  # MaintenanceObjectIsDown
    service_order_number: str | None = None
    reporter: str | None = None
    created_at: datetime | None = None
    required_start: datetime | None = None
    required_end: datetime | None = None
    reported_closing_date: datetime | None = None  # V19
    updated_at: datetime | None = None
    purchase_order: str | None = None  # V20
    contact_email: str | None = None
    contact_phone: str | None = None
    sold_to: str | None = None  # partner AG, bare customer number
    ship_to: str | None = None  # partner WE, bare customer number


class CaseActivity(Record, frozen=True, kw_only=True):
    """What was done on a case. Activities of an internal code never become records (V16)."""

    id: str  # case number, item, activity: 300000123-1-1
    case_id: str
    type: ActivityType
    text: str | None = None
    at: datetime | None = None


class CaseAttachment(Record, frozen=True, kw_only=True):
    """A file of a case. `place` is the source's own name for it; `size` in bytes."""

    case_id: str
    name: str
    media_type: str | None = None
    size: int | None = None
    created_at: datetime | None = None
    place: str


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """The planned and the actual appointment of one service order; either may be missing."""

    planned_start: datetime | None = None
    planned_end: datetime | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None


class ServiceOrder(Record, frozen=True, kw_only=True):
    """An order for work. `asset_ids` are the equipment numbers of its reference objects, the main one first."""

    id: str
    service_type: ServiceType | None = None  # V18
    description: str | None = None
    priority: CasePriority | None = None
    purchase_order: str | None = None
    sold_to: str | None = None
    ship_to: str | None = None
    released: bool = False
    completed: bool = False
    case_id: str | None = None
    contract_number: str | None = None
    team: str | None = None
    asset_ids: tuple[str, ...] = ()
    visit: Visit | None = None


class ContractLine(Record, frozen=True, kw_only=True):
    """What a contract covers: an entitlement (V22, V23). `end_date` is None for open-ended lines and unknown ends."""

    contract_number: str
    number: str
    description: str | None = None
    material: str | None = None
    asset_id: str | None = None
    serial_number: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    open_ended: bool = False
    response_time_hours: int | None = None
    guaranteed_uptime: Decimal | None = None  # per cent
    uptime_report: bool = False  # V26
    rejected: bool = False  # R11: gives no visibility


class ServiceContract(Record, frozen=True, kw_only=True):
    """A contract (V21). `end_date` is the day it was cancelled for where it was, else the contracted end."""

    number: str
    description: str | None = None
    type: str | None = None
    sold_to: str | None = None  # bare customer number
    ship_to: str | None = None
    purchase_order: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    open_ended: bool = False
    net_value: Decimal | None = None
    currency: str | None = None
    status: ContractStatus | None = None
    updated_at: datetime | None = None
    lines: tuple[ContractLine, ...] = ()


class Warranty(Record, frozen=True, kw_only=True):
    """A warranty of one asset. Its account may be another than the asset's owner (R4)."""

    id: str  # equipment number, type, first day
    asset_id: str
    serial_number: str | None = None
    account_number: str | None = None
    type: str | None = None
    description: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    open_ended: bool = False


class ArchivedCase(Record, frozen=True, kw_only=True):
    """A case of the older system: reached from its asset, never in the case lists (F5)."""

    id: str
    asset_id: str
    account_number: str | None = None
    description: str | None = None
    priority: CasePriority | None = None
    event_type: EventType | None = None
    service_type: ServiceType | None = None
    origin: CaseOrigin | None = None
    status: CaseStatus = CaseStatus.CLOSED
    created_at: datetime | None = None
    reported_closing_date: date | None = None
    purchase_order: str | None = None
    work_centre: str | None = None


class Document(Record, frozen=True, kw_only=True):
    """A document about equipment: of products, or of single pieces by serial number. `file` is its key in the document
    store, `size` in bytes; `period_start` and `period_end`, both included, of what a report tells of."""

    id: str
    title: str
    kind: DocumentKind
    language: str | None = None  # as pl
    version: str | None = None
    product_codes: tuple[str, ...] = ()
    serial_numbers: tuple[str, ...] = ()
    issued_on: date | None = None
    period_start: date | None = None
    period_end: date | None = None
    file: str
    media_type: str
    size: int


class Replacement(Record, frozen=True, kw_only=True):
    """What replaces a product that comes to its end: another product, or words alone."""

    product_code: str
    by_code: str | None = None
    by_name: str


class CustomAssetData(Record, frozen=True, kw_only=True):
    """What the customer says of an asset (R5, V6), kept by the gateway. `installed_product_id` is the CRM's Id."""

    installed_product_id: str
    name: str | None = None
    description: str | None = None
    reference_number: str | None = None
    location_note: str | None = None
    updated_at: datetime | None = None
    updated_by: str | None = None
