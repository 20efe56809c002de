"""What a contract line entitles to."""

from collections.abc import Iterable
from datetime import date

from auth.visibility import CoveringLine
from connectors.records import ContractLine
from connectors.vocabulary import ContractStatus


def uptime_report_entitled(coverings: Iterable[CoveringLine], today: date) -> bool:
    """V26: a line of the asset (not a rejected one) grants the report, is valid today, and its contract is active."""
    return any(
        line.uptime_report and _valid(line, today) and contract.status is ContractStatus.ACTIVE
        for line, contract in coverings
    )


def _valid(line: ContractLine, today: date) -> bool:
    """From its first to its last day, both included; a line without an end is valid only where it is open-ended."""
    if line.start_date is not None and today < line.start_date:
        return False
    return line.open_ended or (line.end_date is not None and today <= line.end_date)
