"""What is counted of equipment and cases (F10), beside their words in the index: small, so that many are read fast."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from connectors.records import Case, ContractLine, InstalledProduct, ServiceContract, ServiceOrder, Warranty
from connectors.vocabulary import AssetStatus, CasePriority, CaseStatus, ContractStatus, EventType, Modality

ASSET_FIELDS = frozenset({"asset_id", "account_id", "modality", "status", "installation_date"})
CASE_FIELDS = frozenset(
    {
        "number",
        "asset_id",
        "sold_to",
        "status",
        "priority",
        "event_type",
        "is_down",
        "created_at",
        "reported_closing_date",
    }
)
"""The attributes of records that facts are made of."""


class Cover(NamedTuple):
    """A contract line or warranty. `end` None: open-ended. `active`: of a contract that is in force (a warranty always
    is)."""

    start: date | None
    end: date | None
    active: bool
    warranty: bool
    guaranteed_uptime: Decimal | None = None


class AssetFact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`id` and `account_id` are CRM Ids."""

    id: str
    asset_id: str | None
    account_id: str | None
    modality: Modality | None
    status: AssetStatus
    installation_date: date | None
    covers: tuple[Cover, ...] = ()


class CaseFact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`asset` is the CRM Id of the equipment, where the installed base knows it, `account_id` its owner's; `sold_to` a
    customer number. `responded_at`: when the first visit for it began; `closed_at`: the reported closing date."""

    id: str
    asset: str | None
    account_id: str | None
    sold_to: str | None
    modality: Modality | None
    status: CaseStatus
    priority: CasePriority | None
    event_type: EventType | None
    is_down: bool
    created_at: datetime | None
    responded_at: datetime | None
    closed_at: datetime | None


def asset_fact(asset: InstalledProduct, covers: Iterable[Cover]) -> AssetFact:
    return AssetFact(
        asset.id,
        asset.asset_id,
        asset.account_id,
        asset.modality,
        asset.status,
        asset.installation_date,
        tuple(sorted(covers, key=repr)),
    )


def case_fact(case: Case, asset: InstalledProduct | None, orders: Iterable[ServiceOrder]) -> CaseFact:
    """`asset`: the equipment that it is about; `orders`: those for work on it."""
    begun = [order.visit.actual_start for order in orders if order.visit is not None and order.visit.actual_start]
    return CaseFact(
        case.id,
        None if asset is None else asset.id,
        None if asset is None else asset.account_id,
        case.sold_to,
        None if asset is None else asset.modality,
        case.status,
        case.priority,
        case.event_type,
        case.is_down,
        case.created_at,
        min(begun, default=None),
        case.reported_closing_date,
    )


def cover_of_line(line: ContractLine, contract: ServiceContract) -> Cover | None:
    """None: nobody knows how long it covers."""
    if line.end_date is None and not line.open_ended:
        return None
    active = contract.status is ContractStatus.ACTIVE
    return Cover(line.start_date, line.end_date, active, warranty=False, guaranteed_uptime=line.guaranteed_uptime)


def cover_of_warranty(warranty: Warranty) -> Cover | None:
    """None: nobody knows how long it covers."""
    if warranty.end_date is None and not warranty.open_ended:
        return None
    return Cover(warranty.start_date, warranty.end_date, active=True, warranty=True)


encode = msgspec.msgpack.Encoder().encode
decode_asset = msgspec.msgpack.Decoder(AssetFact).decode
decode_case = msgspec.msgpack.Decoder(CaseFact).decode
