"""Service orders and visits (V18, F7)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import strawberry

from auth.calendar_links import CalendarOf
from auth.rules import Action
from connectors import records
from connectors.vocabulary import CasePriority, ServiceType
from schema.access import Access
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from schema.labels import label, label_field
from schema.lazy import CaseType, InstalledProductType, VisitType
from schema.node import Node, id_field, view_of
from schema.provenance import Provenance


class VisitRow(msgspec.Struct, frozen=True):
    """A service order seen as its appointment. There is one visit an order at most."""

    service_order: records.ServiceOrder
    id: str


@strawberry.type(description="An order for work.", directives=[Access(action=Action.READ_CASES)])
class ServiceOrder(Node):
    is_type_of = view_of(records.ServiceOrder)

    id: strawberry.ID = id_field("ServiceOrder")
    service_type: ServiceType | None = strawberry.field(description="Service type (V18).")
    service_type_label: str | None = label_field("service_type")
    description: str | None
    priority: CasePriority | None
    priority_label: str | None = label_field("priority")
    purchase_order: str | None
    released: bool
    completed: bool
    team: str | None = strawberry.field(description="The service team in charge.")
    provenance: Provenance

    @computed("Order number, bare.", needs=["id"])
    def number(record: Any, context: Context) -> str:
        return str(record.id)

    @computed(
        "The visit, where an appointment is planned or was kept.",
        needs=["visit"],
        name="visit",
        graphql_type=VisitType | None,
    )
    def visit(record: records.ServiceOrder, context: Context) -> Any:
        return next(iter(visits_of([record])), None)

    @batched(CaseType | None, description="The case that the order is for.", needs=["case_id"])
    async def case(parents: Sequence[records.ServiceOrder], context: Context) -> Sequence[records.Case | None]:
        return await _cases(parents, context)

    @batched(InstalledProductType | None, description="The equipment that the order is for.", needs=["asset_ids"])
    async def installed_product(
        parents: Sequence[records.ServiceOrder], context: Context
    ) -> Sequence[records.InstalledProduct | None]:
        return await _installed_products(parents, context)


@strawberry.type(
    description="A visit of a service engineer, as planned and as it was.",
    directives=[Access(action=Action.READ_CASES)],
)
class Visit(Node):
    is_type_of = view_of(VisitRow)

    id: strawberry.ID = id_field("Visit")

    @computed("The service order that the visit is for.", needs=[], graphql_type=ServiceOrder)
    def service_order(record: VisitRow, context: Context) -> Any:
        return record.service_order

    @computed("Service type (V18).", needs=["service_type"])
    def service_type(record: Any, context: Context) -> ServiceType | None:
        return _order(record).service_type

    @computed("`serviceType` in the viewer's language.", needs=["service_type"])
    def service_type_label(record: Any, context: Context) -> str | None:
        value = _order(record).service_type
        return None if value is None else label(value, context.viewer.locale)

    @computed("The service team in charge.", needs=["team"])
    def team(record: Any, context: Context) -> str | None:
        return _order(record).team

    @computed("Planned start.", needs=["visit"])
    def planned_start(record: Any, context: Context) -> datetime | None:
        return _visit(record).planned_start

    @computed("Planned end.", needs=["visit"])
    def planned_end(record: Any, context: Context) -> datetime | None:
        return _visit(record).planned_end

    @computed("When the visit began.", needs=["visit"])
    def actual_start(record: Any, context: Context) -> datetime | None:
        return _visit(record).actual_start

    @computed("When the visit ended.", needs=["visit"])
    def actual_end(record: Any, context: Context) -> datetime | None:
        return _visit(record).actual_end

    @computed(
        "A link to the visit as an iCalendar file (F8), for the viewer alone and for a few minutes. Opened again after "
        "the visit was moved or called off, it moves or removes it in the calendar that it was put into.",
        needs=[],
    )
    def ics_url(record: Any, context: Context) -> str:
        return context.calendar_links.calendar(context.viewer, CalendarOf(visit=record.id))

    @batched(CaseType | None, description="The case that the visit is for.", needs=["case_id"])
    async def case(parents: Sequence[VisitRow], context: Context) -> Sequence[records.Case | None]:
        return await _cases([row.service_order for row in parents], context)

    @batched(InstalledProductType | None, description="The equipment that the visit is for.", needs=["asset_ids"])
    async def installed_product(
        parents: Sequence[VisitRow], context: Context
    ) -> Sequence[records.InstalledProduct | None]:
        return await _installed_products([row.service_order for row in parents], context)


def visits_of(orders: Iterable[records.ServiceOrder]) -> list[VisitRow]:
    """The visits of those orders that have one, the earliest first."""
    rows = [VisitRow(order, order.id) for order in orders if order.visit is not None]
    return sorted(rows, key=lambda row: (_starts(row), row.id))


def _order(row: VisitRow) -> records.ServiceOrder:
    return row.service_order


def _visit(row: VisitRow) -> records.Visit:
    return row.service_order.visit or records.Visit()


def _starts(row: VisitRow) -> datetime:
    visit = _visit(row)
    return visit.actual_start or visit.planned_start or datetime.max.replace(tzinfo=UTC)


async def _cases(orders: Sequence[records.ServiceOrder], context: Context) -> Sequence[records.Case | None]:
    visible = await context.visible()
    found = await visible.cases.by_id(row.case_id for row in orders if row.case_id is not None)
    return [found.get(row.case_id or "") for row in orders]


async def _installed_products(
    orders: Sequence[records.ServiceOrder], context: Context
) -> Sequence[records.InstalledProduct | None]:
    visible = await context.visible()
    numbers = [visible.service_orders.asset_of(row) for row in orders]
    found = await visible.installed_products.by_asset_id(number for number in numbers if number is not None)
    return [found.get(number or "") for number in numbers]


async def find_service_orders(context: Context, keys: Sequence[str]) -> Any:
    """By order number: those that may be seen."""
    return await (await context.visible()).service_orders.by_id(keys)


async def find_visits(context: Context, keys: Sequence[str]) -> Any:
    """By order number: the visits of those orders that may be seen."""
    orders = await (await context.visible()).service_orders.by_id(keys)
    return {row.id: row for row in visits_of(orders.values())}
