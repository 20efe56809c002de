"""What a contract line entitles to."""

from collections.abc import Iterable
from datetime import date

from auth.visibility import covering
from connectors.records import ContractLine, ServiceContract
from connectors.vocabulary import ContractStatus


def uptime_report_entitled(asset_id: str | None, contracts: Iterable[ServiceContract], today: date) -> bool:
    """V26: a line of the asset grants the report, is not rejected, is valid today, and its contract is active."""
    if asset_id is None:
        return False
    keys = frozenset({asset_id})
    return any(
        line.uptime_report and _valid(line, today)
        for contract in contracts
        if contract.status is ContractStatus.ACTIVE
        for line in covering(contract, keys)
    )


def _valid(line: ContractLine, today: date) -> bool:
    """From its first to its last day, both included; a line without an end is valid only where it is open-ended."""
    if line.start_date is not None and today < line.start_date:
        return False
    return line.open_ended or (line.end_date is not None and today <= line.end_date)
