"""Cases that the service system does not have yet, among those that it has (F1): the port ServiceCases over both.

A case is shown from the store while it waits or was refused, and for a moment after it was delivered, since the
system's own list may be kept somewhere from before.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from connectors.case_writing import NewCase
from connectors.criteria import case_matches
from connectors.deliveries import DELIVERED_LATELY, Deliveries, Delivery, DeliveryStatus
from connectors.errors import ConnectorError
from connectors.ordering import is_after, position_of, sort_rows
from connectors.ports import ServiceCases
from connectors.queries import CaseQuery, Keys, PartialRows, Rows, ServiceOrderQuery
from connectors.records import Case, CaseActivity, Provenance, ServiceOrder
from connectors.registry import Clock
from connectors.vocabulary import CaseOrigin, CaseStatus

log = structlog.get_logger(__name__)

SYSTEM = "portal"
"""The `system` of a case that is told from the store."""

_STATUSES = {
    DeliveryStatus.WAITING: CaseStatus.SUBMITTED,
    DeliveryStatus.REFUSED: CaseStatus.REFUSED,
    DeliveryStatus.DELIVERED: CaseStatus.NEW,
}


def submitted_case(delivery: Delivery) -> Case:
    """The case as it was sent. Its id is the portal number until the service system has given it another."""
    told = msgspec.json.decode(delivery.content, type=NewCase)
    return Case(
        provenance=Provenance(system=SYSTEM, fetched_at=delivery.finished_at or delivery.created_at),
        id=delivery.case_id or told.reference,
        number=told.reference,
        event_type=told.event_type,
        description=told.description,
        long_text=told.long_text or None,
        priority=told.priority,
        status=_STATUSES[delivery.status],
        origin=CaseOrigin.WEB,
        asset_id=told.asset_id,
        is_down=told.is_down,
        reporter=told.reporter or None,
        created_at=told.created_at,
        updated_at=told.created_at,
        purchase_order=told.purchase_order,
        contact_email=told.contact_email,
        contact_phone=told.contact_phone,
        sold_to=told.sold_to,
        ship_to=told.ship_to,
    )


class WithSubmittedCases:
    """Serves ServiceCases. While the service system can't be asked, what is known here is answered as PartialRows."""

    def __init__(self, cases: ServiceCases, deliveries: Deliveries, clock: Clock) -> None:
        self._cases = cases
        self._deliveries = deliveries
        self._clock = clock

    async def cases(self, query: CaseQuery) -> Rows[Case]:
        submitted, answer = await asyncio.gather(
            self._submitted(query), self._cases.cases(query), return_exceptions=True
        )
        if isinstance(submitted, BaseException):
            raise submitted
        if isinstance(answer, ConnectorError) and submitted:
            return PartialRows(tuple(submitted), problem=answer)
        if isinstance(answer, BaseException):
            raise answer
        return _merged(answer, submitted, query) if submitted else answer

    async def activities(self, case_ids: Keys) -> Mapping[str, tuple[CaseActivity, ...]]:
        return await self._cases.activities(case_ids)

    async def service_orders(self, query: ServiceOrderQuery) -> Rows[ServiceOrder]:
        return await self._cases.service_orders(query)

    async def _submitted(self, query: CaseQuery) -> list[Case]:
        if not query.scope:
            return []
        try:
            kept = await self._deliveries.submitted_cases(delivered_since=self._clock() - DELIVERED_LATELY)
        except ConnectorError as error:
            log.warning("cases.submitted_unknown", reason=str(error))
            return []
        matches = case_matches(query)
        return [case for case in map(submitted_case, kept) if matches(case)]


def _merged(answer: Rows[Case], submitted: Sequence[Case], query: CaseQuery) -> Rows[Case]:
    """The window, or all rows, of both together. What the system has is told by the system."""
    known = {row.id for row in answer.rows}
    further = [case for case in submitted if case.id not in known]
    if not answer.windowed:
        return Rows((*answer.rows, *further))
    # A delivered one that is not among these rows is counted already, or will be within a moment.
    waiting = sum(case.id == case.number for case in further)
    total = None if answer.total is None else answer.total + waiting
    if query.after is not None:
        after = query.after
        further = [case for case in further if is_after(position_of(case, query.order, _id), after, query.order)]
    rows = sort_rows([*answer.rows, *further], query.order, _id)
    limit = len(rows) if query.limit is None else query.limit
    return Rows(tuple(rows[:limit]), windowed=True, more=answer.more or len(rows) > limit, total=total)


def _id(case: Case) -> str:
    return case.id
