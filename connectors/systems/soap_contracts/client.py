"""The contract system's operations (service `ZSCV`): range tables in, wire rows out."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from connectors.systems.soap_contracts.settings import SoapContractsSettings
from connectors.transport.soap import SoapSystem
from connectors.transport.soap_answers import SoapAnswer
from connectors.transport.soap_ranges import RangeRead, RangeTables, read_ranges
from connectors.transport.soap_requests import RangeTable

WSDL = Path(__file__).with_name("contracts.wsdl")

BY_NUMBER, BY_ACCOUNT, BY_EQUIPMENT = "IT_VBELN", "IT_KUNNR", "IT_EQUNR"  # IT_KUNNR: sold-to and ship-to alike

CONTRACTS, LINES, WARRANTIES = "ET_CONTRACT", "ET_ITEM", "ET_WARRANTY"

_LIST_CONTRACTS = "Z_SCV_CONTRACT_GETLIST"
_LIST_WARRANTIES = "Z_SCV_WARRANTY_GETLIST"
_NOBODY = RangeTable(("0000000001",))  # a key to try the system with, whether it has such an account or not

T = TypeVar("T")


class ContractSystem:
    """Reads take a function from an answer to records; it may run in a thread."""

    def __init__(self, system: str, settings: SoapContractsSettings) -> None:
        self._soap = SoapSystem(system, settings, WSDL)

    async def contracts(self, tables: RangeTables, read: Callable[[SoapAnswer], list[T]]) -> list[T]:
        """What `read` makes of `ET_CONTRACT` and `ET_ITEM`, as `read_ranges` gives it."""
        return await read_ranges(self._soap, RangeRead(_LIST_CONTRACTS, CONTRACTS, read), tables)

    async def warranties(self, tables: RangeTables, read: Callable[[SoapAnswer], list[T]]) -> list[T]:
        """What `read` makes of `ET_WARRANTY`, as `read_ranges` gives it."""
        return await read_ranges(self._soap, RangeRead(_LIST_WARRANTIES, WARRANTIES, read), tables)

    async def try_contracts(self) -> None:
        await self._try(_LIST_CONTRACTS)

    async def try_warranties(self) -> None:
        await self._try(_LIST_WARRANTIES)

    async def close(self) -> None:
        await self._soap.close()

    async def _try(self, operation: str) -> None:
        await self._soap.call(operation, {BY_ACCOUNT: _NOBODY, "IV_MAX_ROWS": 1}, lambda answer: None, attempts=1)
