"""The contract system's operations (service `ZSCV`): range tables in, wire rows out."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from connectors.systems.soap_contracts.settings import SoapContractsSettings
from connectors.transport.abap_values import bare_key
from connectors.transport.soap import SoapSystem
from connectors.transport.soap_answers import Row, SoapAnswer
from connectors.transport.soap_ranges import RangeRead, RangeTables, read_ranges
from connectors.transport.soap_requests import RangeTable

WSDL = Path(__file__).with_name("contracts.wsdl")

BY_NUMBER, BY_ACCOUNT, BY_EQUIPMENT = "IT_VBELN", "IT_KUNNR", "IT_EQUNR"  # IT_KUNNR: sold-to and ship-to alike

_LIST_CONTRACTS = "Z_SCV_CONTRACT_GETLIST"
_LIST_WARRANTIES = "Z_SCV_WARRANTY_GETLIST"
_NOBODY = RangeTable(("0000000001",))  # a key to try the system with, whether it has such an account or not

T = TypeVar("T")


class ContractSystem:
    """Reads take a function from wire rows to a record (None: no record); it may run in a thread."""

    def __init__(self, system: str, settings: SoapContractsSettings) -> None:
        self._soap = SoapSystem(system, settings, WSDL)

    async def contracts(self, tables: RangeTables, record: Callable[[Row, Sequence[Row]], T | None]) -> list[T]:
        """A record of each row of `ET_CONTRACT` and its rows of `ET_ITEM`, as `read_ranges` gives them."""

        def rows(answer: SoapAnswer) -> list[T]:
            lines: dict[str | None, list[Row]] = defaultdict(list)
            for item in answer.table("ET_ITEM"):
                lines[bare_key(item.get("VBELN", ""))].append(item)
            found = (record(row, lines.get(bare_key(row.get("VBELN", "")), ())) for row in answer.table("ET_CONTRACT"))
            return [one for one in found if one is not None]

        return await read_ranges(self._soap, RangeRead(_LIST_CONTRACTS, "ET_CONTRACT", rows), tables)

    async def warranties(self, tables: RangeTables, record: Callable[[Row], T | None]) -> list[T]:
        """A record of each row of `ET_WARRANTY`, as `read_ranges` gives them."""

        def rows(answer: SoapAnswer) -> list[T]:
            return [one for row in answer.table("ET_WARRANTY") if (one := record(row)) is not None]

        return await read_ranges(self._soap, RangeRead(_LIST_WARRANTIES, "ET_WARRANTY", rows), tables)

    async def try_contracts(self) -> None:
        await self._try(_LIST_CONTRACTS)

    async def try_warranties(self) -> None:
        await self._try(_LIST_WARRANTIES)

    async def close(self) -> None:
        await self._soap.close()

    async def _try(self, operation: str) -> None:
        await self._soap.call(operation, {BY_ACCOUNT: _NOBODY, "IV_MAX_ROWS": 1}, lambda answer: None, attempts=1)
