"""What a contract line entitles to."""

from collections.abc import Iterable
from datetime import date
from enum import Enum

from auth.visibility import CoveringLine
from connectors.records import ContractLine
from connectors.vocabulary import ContractStatus


class UptimeReportEntitlement(Enum):
    """Whether an asset's uptime and service quality report may be had (V26), and why not."""

    ENTITLED = "ENTITLED"
    CONTRACT_NOT_ACTIVE = "CONTRACT_NOT_ACTIVE"
    ENDED = "ENDED"
    NOT_YET = "NOT_YET"
    NO_ENTITLEMENT = "NO_ENTITLEMENT"
    NO_CONTRACT = "NO_CONTRACT"


def uptime_report_entitlement(coverings: Iterable[CoveringLine], today: date) -> UptimeReportEntitlement:
    """V26: a line of the asset (not a rejected one) grants the report, is valid today, and its contract is active. Of
    several lines that don't entitle, the one that comes nearest says why."""
    found = [_of_line(covering, today) for covering in coverings]
    order = list(UptimeReportEntitlement)
    return min(found, key=order.index, default=UptimeReportEntitlement.NO_CONTRACT)


def uptime_report_entitled(coverings: Iterable[CoveringLine], today: date) -> bool:
    return uptime_report_entitlement(coverings, today) is UptimeReportEntitlement.ENTITLED


def _of_line(covering: CoveringLine, today: date) -> UptimeReportEntitlement:
    line, contract = covering
    if not line.uptime_report:
        return UptimeReportEntitlement.NO_ENTITLEMENT
    if line.start_date is not None and today < line.start_date:
        return UptimeReportEntitlement.NOT_YET
    if not _valid(line, today):
        return UptimeReportEntitlement.ENDED
    if contract.status is not ContractStatus.ACTIVE:
        return UptimeReportEntitlement.CONTRACT_NOT_ACTIVE
    return UptimeReportEntitlement.ENTITLED


def _valid(line: ContractLine, today: date) -> bool:
    """From its first to its last day, both included; a line without an end is valid only where it is open-ended."""
    if line.start_date is not None and today < line.start_date:
        return False
    return line.open_ended or (line.end_date is not None and today <= line.end_date)
