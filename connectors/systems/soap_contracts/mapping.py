"""From the contract system's rows to records. Each function tells which field of the system a value comes from."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo

import msgspec

from connectors.records import ContractLine, Provenance, ServiceContract, Warranty
from connectors.transport.abap_values import (
    bare_key,
    read_date,
    read_decimal,
    read_end,
    read_flag,
    read_instant,
    read_integer,
    read_text,
)
from connectors.transport.code_list import CodeList
from connectors.transport.soap_answers import Row
from connectors.vocabulary import ContractStatus


class ContractMapping:
    """The mapping of one read: its records all come from `provenance`. `zone` is that of the system's times."""

    def __init__(self, provenance: Provenance, statuses: CodeList[ContractStatus], zone: tzinfo) -> None:
        self._provenance = provenance
        self._statuses = statuses
        self._zone = zone

    def contract(self, row: Row, lines: Sequence[Row]) -> ServiceContract | None:
        """A row of `ZSCV_CONTRACT` with its rows of `ZSCV_ITEM`. None for a row without a number.

        Sold-to is KUNNR, ship-to KUNWE (V24). The end is VKUEDAT, the day it was cancelled for, where that is a day,
        else VENDDAT. Changed: AEDAT and AEZET, in the system's zone.
        """
        number = bare_key(row.get("VBELN", ""))
        if number is None:
            return None
        cancelled_for, _ = read_end(row.get("VKUEDAT", ""))
        contracted, open_ended = read_end(row.get("VENDDAT", ""))
        return ServiceContract(
            provenance=self._provenance,
            number=number,
            description=read_text(row.get("KTEXT", "")),
            type=read_text(row.get("AUART", "")),
            sold_to=bare_key(row.get("KUNNR", "")),
            ship_to=bare_key(row.get("KUNWE", "")),
            purchase_order=read_text(row.get("BSTNK", "")),
            start_date=read_date(row.get("VBEGDAT", "")),
            end_date=cancelled_for or contracted,
            open_ended=open_ended and cancelled_for is None,
            net_value=read_decimal(row.get("NETWR", "")),
            currency=read_text(row.get("WAERK", "")),
            status=self._statuses.meaning(row.get("STATUS", "")),
            updated_at=read_instant(row.get("AEDAT", ""), row.get("AEZET", ""), self._zone),
            lines=tuple(line for item in lines if (line := self._line(number, item)) is not None),
        )

    def _line(self, contract_number: str, row: Row) -> ContractLine | None:
        """A row of `ZSCV_ITEM`. None for a row without a number.

        The numbers of a packed field are never absent: 0.00 of UPTIME_PCT and 000 of SLA_RESP promise nothing, and
        are None. A reason in ABGRU rejects the line. UPTIME_REPORT is the entitlement of V26.
        """
        number = bare_key(row.get("POSNR", ""))
        if number is None:
            return None
        end_date, open_ended = read_end(row.get("VENDDAT", ""))
        return ContractLine(
            provenance=self._provenance,
            contract_number=contract_number,
            number=number,
            description=read_text(row.get("ARKTX", "")),
            material=read_text(row.get("MATNR", "")),
            asset_id=bare_key(row.get("EQUNR", "")),
            serial_number=read_text(row.get("SERNR", "")),
            start_date=read_date(row.get("VBEGDAT", "")),
            end_date=end_date,
            open_ended=open_ended,
            response_time_hours=read_integer(row.get("SLA_RESP", "")) or None,
            guaranteed_uptime=read_decimal(row.get("UPTIME_PCT", "")) or None,
            uptime_report=read_flag(row.get("UPTIME_REPORT", "")),
            rejected=read_text(row.get("ABGRU", "")) is not None,
        )

    def warranty(self, row: Row) -> Warranty | None:
        """A row of `ZSCV_WARRANTY`: type WARR_TYPE, from BEGDA to ENDDA. None for a row without an equipment."""
        asset_id = bare_key(row.get("EQUNR", ""))
        if asset_id is None:
            return None
        kind, start = read_text(row.get("WARR_TYPE", "")), read_date(row.get("BEGDA", ""))
        end_date, open_ended = read_end(row.get("ENDDA", ""))
        return Warranty(
            provenance=self._provenance,
            id=f"{asset_id}-{kind or ''}-{start or ''}",
            asset_id=asset_id,
            serial_number=read_text(row.get("SERNR", "")),
            account_number=bare_key(row.get("KUNNR", "")),
            type=kind,
            description=read_text(row.get("WARR_TEXT", "")),
            start_date=start,
            end_date=end_date,
            open_ended=open_ended,
        )


def merge_contracts(contracts: Iterable[ServiceContract]) -> tuple[ServiceContract, ...]:
    """Each contract once, though several chunks answered it, with the lines that any of them had."""
    merged: dict[str, ServiceContract] = {}
    for contract in contracts:
        known = merged.get(contract.number)
        if known is None:
            merged[contract.number] = contract
        elif known.lines != contract.lines:
            lines = {line.number: line for line in known.lines + contract.lines}
            merged[contract.number] = msgspec.structs.replace(known, lines=tuple(lines.values()))
    return tuple(merged.values())
