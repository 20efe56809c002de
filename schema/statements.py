"""Statements about equipment: uptime and service quality of a period (F11, V26), and its end of life (F12)."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry

from auth.entitlement import UptimeReportEntitlement, uptime_report_entitlement
from auth.rules import Action
from auth.statements import StatementOf
from connectors import records
from schema.access import Access
from schema.batch import batched
from schema.calendar import days_of
from schema.context import Context
from schema.errors import BadInput
from schema.labels import label_field

Assets = Sequence[records.InstalledProduct]

_LINES = {
    "ServiceContract": ["status"],
    "ContractLine": ["uptime_report", "start_date", "end_date", "open_ended"],
}
_FromDay = Annotated[date, strawberry.argument(name="from", description="The first day, in the viewer's time zone.")]
_ToDay = Annotated[date, strawberry.argument(description="The last day, included; at most two years later.")]


@strawberry.type(
    description="Whether the uptime and service quality report may be had (V26), and why not.",
    directives=[Access(action=Action.READ_CONTRACTS)],
)
class UptimeReportAccess:
    entitled: bool
    reason: UptimeReportEntitlement
    reason_label: str = label_field("reason")


@batched(
    UptimeReportAccess | None,
    description="Whether its uptime and service quality report may be had today (V26), and why not.",
    needs=["asset_id"],
    reads=_LINES,
    directives=[Access(action=Action.READ_CONTRACTS)],
)
async def uptime_report_access(parents: Assets, context: Context) -> Sequence[Any]:
    return [
        UptimeReportAccess(entitled=reason is UptimeReportEntitlement.ENTITLED, reason=reason)
        for reason in await _entitlements(parents, context)
    ]


@batched(
    str | None,
    description="A link to its uptime and service quality report of a period as a PDF file (F11): availability against "
    "what is guaranteed, incidents, response and repair times, planned work. For the viewer alone, and for a few "
    "minutes. Null where no contract line entitles to it: `uptimeReportAccess` says why.",
    needs=["id", "asset_id", "serial_number"],
    reads=_LINES,
    directives=[Access(action=Action.READ_CONTRACTS)],
)
async def uptime_report_url(parents: Assets, context: Context, *, from_: _FromDay, to: _ToDay) -> Sequence[str | None]:
    days = days_of(context, from_, to)
    if days.first > context.today:
        raise BadInput("This period has not begun.", field="from")
    found = await _entitlements(parents, context)
    return [
        context.statement_links.link(
            context.viewer,
            StatementOf(installed_product_id=asset.id, first=days.first, last=days.last),
            f"uptime-{_short(asset)}-{days.first}-{days.last}",
        )
        if reason is UptimeReportEntitlement.ENTITLED
        else None
        for asset, reason in zip(parents, found, strict=True)
    ]


@batched(
    str | None,
    description="A link to its end-of-life statement as a PDF file (F12): its dates, what ends when, what replaces it. "
    "For the viewer alone, and for a few minutes.",
    needs=["id", "asset_id", "serial_number"],
    directives=[Access(action=Action.READ_CONTRACTS)],
)
async def end_of_life_statement_url(parents: Assets, context: Context) -> Sequence[str | None]:
    return [
        context.statement_links.link(
            context.viewer, StatementOf(installed_product_id=asset.id), f"end-of-life-{_short(asset)}"
        )
        for asset in parents
    ]


async def _entitlements(parents: Assets, context: Context) -> list[UptimeReportEntitlement]:
    numbers = [asset.asset_id for asset in parents if asset.asset_id is not None]
    found = await (await context.visible()).contracts.lines_of_assets(numbers)
    return [uptime_report_entitlement(found.get(asset.asset_id or "", ()), context.today) for asset in parents]


def _short(asset: records.InstalledProduct) -> str:
    return asset.serial_number or asset.asset_id or "asset"
