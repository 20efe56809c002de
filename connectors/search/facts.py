"""What is counted of equipment and cases (F10), beside their words in the index: small, so that many are read fast."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from connectors.vocabulary import AssetStatus, CasePriority, CaseStatus, EventType, Modality


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


encode = msgspec.msgpack.Encoder().encode
decode_asset = msgspec.msgpack.Decoder(AssetFact).decode
decode_case = msgspec.msgpack.Decoder(CaseFact).decode
