"""Reports and analytics (F10): counts over the rows that the viewer may see. What counts, and by which clock, the graph
says beside each."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from auth.analytics.cases import (
    AGES,
    Spread,
    by_month,
    counted,
    created_in,
    open_by_age,
    resolution_times,
    response_times,
)
from auth.analytics.facts import Facts
from auth.analytics.fleet import (
    HORIZONS,
    Uptime,
    by_modality,
    coverage_of,
    fleet_availability,
    in_service,
    is_incident,
    uptimes,
    worst_first,
)
from auth.calendar import Days
from auth.rules import Action
from connectors import records
from connectors.search.facts import CaseFact
from connectors.vocabulary import CasePriority, CaseStatus, EventType, Modality
from schema.access import Access
from schema.batch import batched
from schema.calendar import FromDay, ToDay, days_of
from schema.context import Context
from schema.cost import sliced, weighs
from schema.errors import BadInput
from schema.labels import label_field
from schema.lazy import AccountType, InstalledProductType
from schema.node import keys_of

MOST_ASSETS = 1_000

_READS = {
    "InstalledProduct": ["asset_id", "account_id", "modality", "status", "installation_date"],
    "ServiceContract": ["status"],
    "ContractLine": ["start_date", "end_date", "open_ended", "guaranteed_uptime"],
    "Warranty": ["start_date", "end_date", "open_ended"],
    "ServiceOrder": ["case_id", "visit"],
}
_RULE = [Access(action=Action.READ_CASES)]
AccountIds = Annotated[
    list[strawberry.ID] | None, strawberry.argument(description="Owners of the equipment. Left out: all.")
]


@strawberry.type(description="How many cases have a status now.", directives=_RULE)
class CaseStatusCount:
    status: CaseStatus
    status_label: str = label_field("status")
    count: int


@strawberry.type(description="How many cases have a priority.", directives=_RULE)
class CasePriorityCount:
    priority: CasePriority
    priority_label: str = label_field("priority")
    count: int


@strawberry.type(description="How many cases are about equipment of a product type.", directives=_RULE)
class CaseModalityCount:
    modality: Modality
    modality_label: str = label_field("modality")
    count: int


@strawberry.type(description="How many cases are of an event type.", directives=_RULE)
class CaseEventTypeCount:
    event_type: EventType
    event_type_label: str = label_field("event_type")
    count: int


@strawberry.type(
    description="How many cases are about an account's equipment; of those about none, how many were sold to it.",
    directives=_RULE,
)
class CaseAccountCount:
    account: AccountType = strawberry.field(description="One of the viewer's.")
    count: int


@strawberry.type(description="Cases of a month in the viewer's time zone.", directives=_RULE)
class CaseMonth:
    month: str = strawberry.field(description="As 2026-03.")
    created: int
    closed: int = strawberry.field(description="Whose reported closing date lies in it.")


@strawberry.type(description="How many cases are open since when.", directives=_RULE)
class CaseAge:
    from_days: int = strawberry.field(description="At least so many days old.")
    to_days: int | None = strawberry.field(description="Younger than so many days. Null: any older.")
    count: int


@strawberry.type(description="Durations in hours, by the clock: nights and holidays count.", directives=_RULE)
class DurationSpread:
    count: int = strawberry.field(description="Of how many cases.")
    median_hours: float
    percentile_90_hours: float = strawberry.field(
        name="percentile90Hours", description="What nine of ten don't exceed (nearest rank)."
    )


@strawberry.type(
    description="Cases that were created in a period. A case without a time of creation is not counted anywhere.",
    directives=_RULE,
)
class CaseStatistics:
    as_of: datetime = strawberry.field(description="What changed later is not counted yet.")
    total: int
    open: int = strawberry.field(description="How many of them are open now.")
    by_status: list[CaseStatusCount] = strawberry.field(description="By the status that they have now.")
    by_priority: list[CasePriorityCount] = strawberry.field(description="Cases without a priority are left out.")
    by_modality: list[CaseModalityCount] = strawberry.field(description="Cases about no equipment are left out.")
    by_event_type: list[CaseEventTypeCount] = strawberry.field(description="The most frequent first.")
    by_account: list[CaseAccountCount] = strawberry.field(description="The account with most of them first.")
    by_month: list[CaseMonth] = strawberry.field(
        description="Every month of the period; `closed` counts cases created before it, too."
    )
    time_to_response: DurationSpread | None = strawberry.field(
        description="From creation to the beginning of the first visit. Null where none of the cases had one."
    )
    time_to_resolution: DurationSpread | None = strawberry.field(
        description="From creation to the reported closing date (V19), of resolved and closed cases that have one."
    )
    open_by_age: list[CaseAge] = strawberry.field(
        description="All cases that are open now, whenever they were created, by days since then."
    )


@strawberry.type(description="How much of the time equipment worked.", directives=_RULE)
class AssetAvailability:
    installed_product: InstalledProductType = strawberry.field(description="Which.")
    availability: float = strawberry.field(description="Per cent of the hours of the period since it was installed.")
    down_hours: float
    incidents: int


@strawberry.type(description="Availability of a product type.", directives=_RULE)
class ModalityAvailability:
    modality: Modality | None = strawberry.field(description="Null: of equipment whose product is not known.")
    modality_label: str | None = label_field("modality")
    availability: float = strawberry.field(description="Per cent of all hours of all its equipment.")
    asset_count: int


@strawberry.type(
    description="What covers the equipment in service today.", directives=[Access(action=Action.READ_CONTRACTS)]
)
class CoverageStatistics:
    by_contract: int = strawberry.field(description="Covered by a line of a contract in force, not a rejected one.")
    by_warranty: int = strawberry.field(description="Covered by a warranty alone.")
    uncovered: int
    ending_in_30_days: int = strawberry.field(
        name="endingIn30Days", description="Of how many the last of what covers them ends in 30 days or fewer."
    )
    ending_in_90_days: int = strawberry.field(name="endingIn90Days", description="In 90 days or fewer.")
    ending_in_180_days: int = strawberry.field(name="endingIn180Days", description="In 180 days or fewer.")


@strawberry.type(
    description="Equipment in service (not inactive) over a period. It is down from the creation of an incident to its "
    "reported closing date, an open one's until now; hours that overlap count once. An incident is a case of priority "
    "URGENT_NEED or SYSTEM_DOWN, or one that reports the equipment as down, and no planned maintenance, customer "
    "information or application support. A closed incident without a closing date counts for no hours.",
    directives=_RULE,
)
class FleetStatistics:
    as_of: datetime = strawberry.field(description="What changed later is not counted yet.")
    asset_count: int = strawberry.field(description="Equipment in service now.")
    availability: float | None = strawberry.field(
        description="Per cent of all hours of all equipment. Null where there are none."
    )
    incidents: int = strawberry.field(description="Created in the period.")
    by_modality: list[ModalityAvailability] = strawberry.field(description="What there is most of first.")
    assets: list[AssetAvailability] = strawberry.field(description="The least available first.")
    coverage: CoverageStatistics | None = strawberry.field(description="As of today, whatever the period.")


@batched(
    CaseStatistics | None,
    description="What cases tell of a period (F10). Days are those of the viewer's time zone.",
    needs=[],
    reads=_READS,
    directives=[*_RULE, weighs(1000)],
)
async def case_statistics(
    parents: Any,
    context: Context,
    *,
    from_: FromDay,
    to: ToDay,
    account_ids: AccountIds = None,
    modalities: list[Modality] | None = None,
) -> Any:
    days = days_of(context, from_, to)
    facts = await _facts(context, account_ids, modalities)
    cases = created_in(facts.cases, days)
    by_account = await _by_account(context, cases)
    # Hundreds of thousands of cases take a while: others are answered meanwhile.
    made = await asyncio.to_thread(_case_statistics, facts, cases, days, context.now, by_account)
    return [made for _ in parents]


@batched(
    FleetStatistics | None,
    description="What became of the equipment in a period (F10). Days are those of the viewer's time zone.",
    needs=[],
    reads=_READS,
    directives=[*_RULE, weighs(1000), sliced(20, "first", fields=["assets"])],
)
async def fleet_statistics(
    parents: Any,
    context: Context,
    *,
    from_: FromDay,
    to: ToDay,
    account_ids: AccountIds = None,
    modalities: list[Modality] | None = None,
    first: Annotated[int, strawberry.argument(description=f"So many of `assets`; at most {MOST_ASSETS}.")] = 20,
) -> Any:
    if not 0 <= first <= MOST_ASSETS:
        raise BadInput(f"Between 0 and {MOST_ASSETS}.", field="first")
    days = days_of(context, from_, to)
    facts = await _facts(context, account_ids, modalities)
    told = await asyncio.to_thread(uptimes, facts.assets, facts.cases, days, context.now)
    coverage = coverage_of(facts.assets, context.today)
    made = FleetStatistics(
        as_of=facts.as_of,
        asset_count=len(in_service(facts.assets)),
        availability=fleet_availability(told),
        incidents=sum(is_incident(case) and case.asset is not None for case in created_in(facts.cases, days)),
        by_modality=_by_modality(told),
        assets=await _assets(context, worst_first(told)[:first]),
        coverage=CoverageStatistics(
            by_contract=coverage.by_contract,
            by_warranty=coverage.by_warranty,
            uncovered=coverage.uncovered,
            ending_in_30_days=coverage.ending[HORIZONS.index(30)],
            ending_in_90_days=coverage.ending[HORIZONS.index(90)],
            ending_in_180_days=coverage.ending[HORIZONS.index(180)],
        ),
    )
    return [made for _ in parents]


def _case_statistics(
    facts: Facts, cases: Sequence[CaseFact], days: Days, now: datetime, by_account: list[CaseAccountCount]
) -> CaseStatistics:
    return CaseStatistics(
        as_of=facts.as_of,
        total=len(cases),
        open=sum(case.status.is_open for case in cases),
        by_status=[CaseStatusCount(status=key, count=n) for key, n in counted(cases, lambda case: case.status)],
        by_priority=[CasePriorityCount(priority=key, count=n) for key, n in counted(cases, lambda case: case.priority)],
        by_modality=[CaseModalityCount(modality=key, count=n) for key, n in counted(cases, lambda case: case.modality)],
        by_event_type=[
            CaseEventTypeCount(event_type=key, count=n) for key, n in counted(cases, lambda case: case.event_type)
        ],
        by_account=by_account,
        by_month=[CaseMonth(month=m.month, created=m.created, closed=m.closed) for m in by_month(facts.cases, days)],
        time_to_response=_spread(response_times(cases)),
        time_to_resolution=_spread(resolution_times(cases)),
        open_by_age=_ages(open_by_age(facts.cases, now)),
    )


async def _facts(context: Context, account_ids: Sequence[str] | None, modalities: Sequence[Modality] | None) -> Facts:
    visible = await context.visible()
    facts = await context.facts.of(visible, context.viewer)
    keys = keys_of(account_ids, "Account", field="accountIds")
    if keys is not None:
        accounts = await visible.accounts.assigned_by_id(keys)
        numbers = {row.number for row in accounts.values() if row.number is not None}
        facts = facts._replace(
            assets=[asset for asset in facts.assets if asset.account_id in accounts],
            cases=[case for case in facts.cases if _is_of(case, accounts, numbers)],
        )
    if modalities is not None:
        wanted = frozenset(modalities)
        facts = facts._replace(
            assets=[asset for asset in facts.assets if asset.modality in wanted],
            cases=[case for case in facts.cases if case.modality in wanted],
        )
    return facts


def _is_of(case: CaseFact, accounts: Mapping[str, records.Account], numbers: set[str]) -> bool:
    return case.account_id in accounts if case.asset is not None else case.sold_to in numbers


async def _by_account(context: Context, cases: Sequence[CaseFact]) -> list[CaseAccountCount]:
    visible = await context.visible()
    owned = dict(counted(cases, lambda case: case.account_id))
    sold = dict(counted((case for case in cases if case.asset is None), lambda case: case.sold_to))
    accounts = await visible.accounts.assigned_by_id(owned)
    by_number = await visible.accounts.assigned_by_number(sold)
    counts = {key: owned[key] for key in accounts}
    found = dict(accounts)
    for number, account in by_number.items():
        found[account.id] = account
        counts[account.id] = counts.get(account.id, 0) + sold[number]
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    rows: Any = found  # the records that the type's account is a view over
    return [CaseAccountCount(account=rows[key], count=count) for key, count in ordered]


async def _assets(context: Context, told: Sequence[Uptime]) -> list[AssetAvailability]:
    """Of what may be seen now."""
    rows: Any = await (await context.visible()).installed_products.by_id([each.asset.id for each in told])
    return [
        AssetAvailability(
            installed_product=rows[each.asset.id],
            availability=each.availability,
            down_hours=each.down,
            incidents=each.incidents,
        )
        for each in told
        if each.asset.id in rows
    ]


def _by_modality(told: Sequence[Uptime]) -> list[ModalityAvailability]:
    groups: Any = by_modality(told)  # by the modality, or None
    return [
        ModalityAvailability(modality=modality, availability=fleet_availability(group) or 0.0, asset_count=len(group))
        for modality, group in sorted(groups.items(), key=lambda each: -len(each[1]))
    ]


def _spread(spread: Spread | None) -> DurationSpread | None:
    if spread is None:
        return None
    return DurationSpread(count=spread.cases, median_hours=spread.median, percentile_90_hours=spread.percentile_90)


def _ages(counts: Sequence[int]) -> list[CaseAge]:
    bounds = [0, *AGES]
    ends: list[int | None] = [*AGES, None]
    return [
        CaseAge(from_days=start, to_days=end, count=count)
        for start, end, count in zip(bounds, ends, counts, strict=True)
    ]
