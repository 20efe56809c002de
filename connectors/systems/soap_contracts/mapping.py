"""The contract system's fields → the attributes of our records. Each line tells where a value comes from.

The numbers of a packed field are never absent: 0.00 of UPTIME_PCT and 000 of SLA_RESP promise nothing, and are None.
"""

from collections.abc import Iterable
from datetime import date, tzinfo
from functools import partial

import msgspec

from connectors.records import ContractLine, ServiceContract, Warranty
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
from connectors.transport.row_forms import Source
from connectors.transport.soap_forms import SoapForms
from connectors.vocabulary import ContractStatus


def contract_forms(statuses: CodeList[ContractStatus], zone: tzinfo) -> SoapForms[ServiceContract]:
    """`ZSCV_CONTRACT` → ServiceContract, but for its lines. `zone` is that of the system's times.

    The end is VKUEDAT, the day it was cancelled for, where that is a day, else VENDDAT.
    """
    sources = {
        "number": Source(("VBELN",), bare_key),
        "description": Source(("KTEXT",), read_text),
        "type": Source(("AUART",), read_text),
        "sold_to": Source(("KUNNR",), bare_key),  # V24
        "ship_to": Source(("KUNWE",), bare_key),  # V24
        "purchase_order": Source(("BSTNK",), read_text),
        "start_date": Source(("VBEGDAT",), read_date),
        "end_date": Source(("VKUEDAT", "VENDDAT"), _contract_end),
        "open_ended": Source(("VKUEDAT", "VENDDAT"), _contract_open_ended),
        "net_value": Source(("NETWR",), read_decimal),
        "currency": Source(("WAERK",), read_text),
        "status": Source(("STATUS",), statuses.meaning),
        "updated_at": Source(("AEDAT", "AEZET"), partial(read_instant, zone=zone)),
    }
    return SoapForms(ServiceContract, sources, frozenset({"number", "sold_to", "ship_to"}))


def line_forms() -> SoapForms[ContractLine]:
    """`ZSCV_ITEM` → ContractLine. A reason in ABGRU rejects the line; UPTIME_REPORT is the entitlement of V26."""
    sources = {
        "contract_number": Source(("VBELN",), bare_key),
        "number": Source(("POSNR",), bare_key),
        "description": Source(("ARKTX",), read_text),
        "material": Source(("MATNR",), read_text),
        "asset_id": Source(("EQUNR",), bare_key),
        "serial_number": Source(("SERNR",), read_text),
        "start_date": Source(("VBEGDAT",), read_date),
        "end_date": Source(("VENDDAT",), _end),
        "open_ended": Source(("VENDDAT",), _open_ended),
        "response_time_hours": Source(("SLA_RESP",), lambda value: read_integer(value) or None),
        "guaranteed_uptime": Source(("UPTIME_PCT",), lambda value: read_decimal(value) or None),
        "uptime_report": Source(("UPTIME_REPORT",), read_flag),
        "rejected": Source(("ABGRU",), lambda value: read_text(value) is not None),
    }
    return SoapForms(ContractLine, sources, frozenset({"contract_number", "number", "asset_id", "rejected"}))


def warranty_forms() -> SoapForms[Warranty]:
    """`ZSCV_WARRANTY` → Warranty."""
    sources = {
        "id": Source(("EQUNR", "WARR_TYPE", "BEGDA"), _warranty_id),
        "asset_id": Source(("EQUNR",), bare_key),
        "serial_number": Source(("SERNR",), read_text),
        "account_number": Source(("KUNNR",), bare_key),
        "type": Source(("WARR_TYPE",), read_text),
        "description": Source(("WARR_TEXT",), read_text),
        "start_date": Source(("BEGDA",), read_date),
        "end_date": Source(("ENDDA",), _end),
        "open_ended": Source(("ENDDA",), _open_ended),
    }
    return SoapForms(Warranty, sources, frozenset({"id", "asset_id", "account_number"}))


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


def _end(value: str) -> date | None:
    return read_end(value)[0]


def _open_ended(value: str) -> bool:
    return read_end(value)[1]


def _contract_end(cancelled_for: str, contracted: str) -> date | None:
    return read_end(cancelled_for)[0] or read_end(contracted)[0]


def _contract_open_ended(cancelled_for: str, contracted: str) -> bool:
    return read_end(contracted)[1] and read_end(cancelled_for)[0] is None


def _warranty_id(equipment: str, kind: str, start: str) -> str:
    return f"{bare_key(equipment)}-{read_text(kind) or ''}-{read_date(start) or ''}"
