"""The calendar (F7): visits, planned maintenance, ends of contracts and warranties, in the viewer's time zone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import strawberry

from auth.calendar import (
    NEEDS,
    CalendarEntry,
    Days,
    EverythingAsked,
    calendar_of,
    entries_of,
    merged,
    permitted_kinds,
)
from auth.rules import Action
from auth.visibility import Visibility
from connectors import records
from connectors.people import CalendarView
from connectors.vocabulary import CalendarKind
from schema.access import Access
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from schema.cost import ListSize
from schema.errors import BadInput
from schema.labels import label_field
from schema.lazy import CaseType, ContractLineType, InstalledProductType, VisitType, WarrantyType
from schema.node import keys_of
from schema.service_order import VisitRow
from schema.subjects import EQUIPMENT_OF, Parent, installed_products_of

LONGEST = timedelta(days=732)

READS = {name: list(attributes) for name, attributes in NEEDS.items()}

FromDay = Annotated[date, strawberry.argument(name="from", description="The first day, in the viewer's time zone.")]
ToDay = Annotated[date, strawberry.argument(description="The last day, included; at most two years later.")]
Kinds = Annotated[list[CalendarKind] | None, strawberry.argument(description="All kinds, where it is left out.")]

Entries = Sequence[CalendarEntry]


@strawberry.type(
    name="CalendarEntry",
    description="Something in a calendar. A visit and planned maintenance have hours, an end has its day.",
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
class CalendarEntryType:
    id: strawberry.ID = strawberry.field(description="Stays the same when hours or days change.")
    kind: CalendarKind
    kind_label: str = label_field("kind")
    starts_at: datetime | None = strawberry.field(description="Null for what has a day alone.")
    ends_at: datetime | None
    day: date | None = strawberry.field(description="The last day of a contract line or warranty. Null for the others.")

    @computed("In the words of the system that it comes from.", needs=[])
    def description(record: CalendarEntry, context: Context) -> str | None:
        return record.description

    @batched(InstalledProductType | None, description="The equipment that it is about.", needs=["asset_id"])
    async def installed_product(parents: Entries, context: Context) -> Sequence[records.InstalledProduct | None]:
        found = await (await context.visible()).installed_products.by_asset_id(row.asset_id for row in parents)
        return [found.get(row.asset_id) for row in parents]

    @computed("The visit, where it is one.", needs=[], graphql_type=VisitType | None)
    def visit(record: CalendarEntry, context: Context) -> Any:
        return None if record.service_order is None else VisitRow(record.service_order, record.service_order.id)

    @computed("The case of the planned maintenance.", needs=[], graphql_type=CaseType | None)
    def case(record: CalendarEntry, context: Context) -> Any:
        return record.case

    @computed("The contract line that ends.", needs=[], graphql_type=ContractLineType | None)
    def contract_line(record: CalendarEntry, context: Context) -> Any:
        return None if record.covering is None else record.covering.line

    @computed("The warranty that ends.", needs=[], graphql_type=WarrantyType | None)
    def warranty(record: CalendarEntry, context: Context) -> Any:
        return record.warranty


def days_of(context: Context, first: date, last: date) -> Days:
    """Raises BadInput."""
    if last < first:
        raise BadInput("The last day lies before the first.", field="to")
    if last - first > LONGEST:
        raise BadInput(f"At most {LONGEST.days} days at once.", field="to")
    if first == date.min or last == date.max:
        raise BadInput("There are no such days.", field="from")
    return Days(first, last, ZoneInfo(context.viewer.time_zone))


async def calendars(
    context: Context, assets: Sequence[Sequence[records.InstalledProduct]], days: Days, kinds: Kinds
) -> list[list[CalendarEntry]]:
    """One for the assets of each parent; all are read together."""
    numbers = [[asset.asset_id for asset in rows if asset.asset_id is not None] for rows in assets]
    asked = {number for each in numbers for number in each}
    wanted = permitted_kinds(context.viewer).intersection(CalendarKind if kinds is None else kinds)
    found = await calendar_of(await context.visible(), asked, days, wanted)
    return [merged([found.get(number, []) for number in each], days) for each in numbers]


@batched(
    list[CalendarEntryType] | None,
    description="What lies ahead of the viewer's equipment, and behind it, the earliest first (F7): of all of it, or "
    "of what belongs to accounts, stands at locations, or is named. An analyst names some.",
    needs=[],
    reads=READS,
    directives=[Access(action=Action.READ_EQUIPMENT), ListSize(assumed_size=100)],
)
async def calendar(
    parents: Sequence[None],
    context: Context,
    *,
    from_: FromDay,
    to: ToDay,
    kinds: Kinds = None,
    account_ids: list[strawberry.ID] | None = None,
    location_ids: list[strawberry.ID] | None = None,
    installed_product_ids: list[strawberry.ID] | None = None,
) -> Sequence[Any]:
    days = days_of(context, from_, to)
    view = view_of_ids(kinds, account_ids, location_ids, installed_product_ids)
    try:
        return [await entries_of(await context.visible(), context.viewer, view, days)]
    except EverythingAsked:
        raise everything_asked() from None


async def asks_for_everything(context: Context, view: CalendarView) -> bool:
    return (await context.visible()).scope.unrestricted and not view.names_some


def everything_asked() -> BadInput:
    return BadInput("Name accounts, locations or equipment: everybody's calendar is too much.", field="accountIds")


def view_of_ids(
    kinds: Sequence[CalendarKind] | None,
    account_ids: Sequence[str] | None,
    location_ids: Sequence[str] | None,
    installed_product_ids: Sequence[str] | None,
) -> CalendarView:
    """Raises BadInput."""
    return CalendarView(
        account_ids=keys_of(account_ids, "Account", field="accountIds"),
        location_ids=keys_of(location_ids, "Location", field="locationIds"),
        installed_product_ids=keys_of(installed_product_ids, "InstalledProduct", field="installedProductIds"),
        kinds=None if kinds is None else tuple(dict.fromkeys(kinds)),
    )


def calendar_field(description: str, needs: Sequence[str]) -> Any:  # Any: as strawberry.field
    """The calendar of an account or a location."""

    async def calendar(
        parents: Sequence[Parent], context: Context, *, from_: FromDay, to: ToDay, kinds: Kinds = None
    ) -> Sequence[Any]:
        days = days_of(context, from_, to)
        visible: Visibility = await context.visible()
        return await calendars(context, await installed_products_of(visible, parents, None, ()), days, kinds)

    return batched(
        list[CalendarEntryType] | None,
        description=description,
        needs=needs,
        reads=READS | EQUIPMENT_OF,
        directives=[Access(action=Action.READ_EQUIPMENT)],
    )(calendar)


@batched(
    list[CalendarEntryType] | None,
    description="What lies ahead of it, and behind it, the earliest first (F7).",
    needs=["asset_id"],
    reads=READS,
)
async def calendar_of_asset(
    parents: Sequence[records.InstalledProduct],
    context: Context,
    *,
    from_: FromDay,
    to: ToDay,
    kinds: Kinds = None,
) -> Sequence[Any]:
    return await calendars(context, [[parent] for parent in parents], days_of(context, from_, to), kinds)
