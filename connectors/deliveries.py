"""What waits in the gateway's own store for a system to take it, and what became of it.

A delivery is recorded before it is sent, so that nothing is lost by a system that is down or a gateway that ends.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from connectors.people import AuditEvent

DELIVERED_LATELY = timedelta(minutes=2)
"""So long a delivered case is shown from here where a system's list, kept somewhere, does not have it yet."""


class DeliveryKind(Enum):
    """What is delivered; each has its own content (`connectors.case_writing`)."""

    REGISTER_CASE = "REGISTER_CASE"
    CHANGE_CASE = "CHANGE_CASE"
    ATTACH_FILE = "ATTACH_FILE"


class DeliveryStatus(Enum):
    """WAITING: on its way. REFUSED: the system said no, somebody must look. DISCARDED: somebody did, and gave it up."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    REFUSED = "REFUSED"
    DISCARDED = "DISCARDED"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One write on its way.

    `number` is its place in the order of all; those of one `lane` (an asset, or an account) go one after the other.
    `case_number` is the number that the case had here when it was written (V11), `case_id` the service system's, once
    known. `submission` joins what one mutation sent. `actor` is whose it is; `key` what the client named the
    submission by, `fingerprint` what stands for its content: both on the first of a submission alone.

    `attempts` counts how often it was taken up; whoever took it last holds that number, and nobody with an older one
    may go on. `sent_at` is set before it is sent: from then on it may have arrived. `code` and `words` tell why it has
    not.
    """

    id: str
    number: int = 0
    kind: DeliveryKind
    submission: str
    reference: str
    case_number: str
    lane: str
    content: bytes
    actor: str
    key: str | None = None
    fingerprint: str | None = None
    created_at: datetime
    status: DeliveryStatus = DeliveryStatus.WAITING
    attempts: int = 0
    due_at: datetime
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    case_id: str | None = None
    code: str = ""
    words: str = ""


class Waiting(NamedTuple):
    """How many deliveries are in a state, and when the oldest of them was written."""

    deliveries: int
    oldest: datetime | None


@runtime_checkable
class Deliveries(Protocol):
    """The store's side. All methods raise the errors of `connectors.errors`."""

    async def submit(self, deliveries: Sequence[Delivery], event: AuditEvent, *, repeated_since: datetime) -> Delivery:
        """Keep the deliveries of one submission, with the event, all or none: the first of them as it is kept.

        Where the actor has sent the same before (by the key; without one, by the fingerprint since that moment),
        nothing is kept and the first of that earlier submission is answered: its id tells. Without a key, what was
        given up, or is a refused change, counts no more.
        """
        ...

    async def of_key(self, actor: str, key: str) -> Delivery | None:
        """What the actor has sent by that key."""
        ...

    async def take(self, at: datetime, *, until: datetime, at_most: int, lane: str | None = None) -> Sequence[Delivery]:
        """Those that are due, the earliest of each lane alone, kept from other gateways until then."""
        ...

    async def first_waiting(self, lane: str) -> Delivery | None:
        """The one that all others of the lane wait for."""
        ...

    async def sending(self, delivery: Delivery, at: datetime) -> bool:
        """It is about to be sent. False: somebody else has taken it up meanwhile, who will see to it."""
        ...

    async def postpone(self, delivery: Delivery, due_at: datetime, *, code: str, words: str) -> None: ...

    async def finish(
        self, delivery: Delivery, status: DeliveryStatus, at: datetime, *, case_id: str | None, code: str, words: str
    ) -> None:
        """What became of it. One that has arrived is so, whoever has taken it up meanwhile."""
        ...

    async def hasten(self, at: datetime) -> None:
        """The system is there again: what waits is due."""
        ...

    async def by_id(self, ids: Collection[str]) -> Mapping[str, Delivery]: ...

    async def of_cases(self, case_numbers: Collection[str]) -> Sequence[Delivery]:
        """All of those cases, by the number that they were written under, the earliest first."""
        ...

    async def case_ids(self, case_numbers: Collection[str]) -> Mapping[str, str]:
        """The service system's numbers of the cases that were delivered."""
        ...

    async def submitted_cases(self, *, delivered_since: datetime) -> Sequence[Delivery]:
        """Cases that the service system does not have, and those that it has got since then."""
        ...

    async def listed(self, statuses: Collection[DeliveryStatus], *, at_most: int) -> Sequence[Delivery]:
        """The earliest first."""
        ...

    async def retry(self, delivery_id: str, at: datetime, event: AuditEvent) -> bool:
        """Send a waiting or refused one again, now. False: there is none such."""
        ...

    async def discard(self, delivery_id: str, at: datetime, event: AuditEvent) -> bool:
        """Give up a waiting or refused one, and with a case all that waits for it. False: there is none such."""
        ...

    async def waiting(self) -> Mapping[DeliveryStatus, Waiting]: ...
