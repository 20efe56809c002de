"""Contracts and warranties out of the contract system: port `Contracts`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import cast

from pydantic import BaseModel

from connectors.ports import CheckResult
from connectors.queries import ContractQuery, Rows, WarrantyQuery
from connectors.records import Provenance, ServiceContract, Warranty
from connectors.registry import Clock, Manifest
from connectors.systems.soap_contracts.client import BY_ACCOUNT, BY_EQUIPMENT, BY_NUMBER, ContractSystem
from connectors.systems.soap_contracts.mapping import contract_forms, line_forms, merge_contracts, warranty_forms
from connectors.systems.soap_contracts.settings import SoapContractsSettings
from connectors.transport.abap_values import bare_key
from connectors.transport.checks import tried
from connectors.transport.code_list import CodeList
from connectors.transport.soap_answers import Row
from connectors.transport.soap_forms import wanted_of
from connectors.transport.soap_ranges import RangeTables, left_out, range_tables

Bare = Collection[str | None]

# What a table of keys asks of a record, for the tables that did not go into the calls.
_CONTRACT_CHECKS: Mapping[str, Callable[[ServiceContract, Bare], bool]] = {
    BY_NUMBER: lambda contract, numbers: contract.number in numbers,
    BY_ACCOUNT: lambda contract, accounts: contract.sold_to in accounts or contract.ship_to in accounts,
    BY_EQUIPMENT: lambda contract, assets: any(line.asset_id in assets for line in contract.lines),
}
_WARRANTY_CHECKS: Mapping[str, Callable[[Warranty, Bare], bool]] = {
    BY_ACCOUNT: lambda warranty, accounts: warranty.account_number in accounts,
    BY_EQUIPMENT: lambda warranty, assets: warranty.asset_id in assets,
}


class SoapContracts:
    """Pushes every criterion into range tables. It knows no scope: a contract is visible by other accounts' assets
    too (R4, R11), so the caller's criteria are all it goes by."""

    def __init__(self, system: str, settings: SoapContractsSettings, clock: Clock) -> None:
        self._system = system
        self._settings = settings
        self._clock = clock
        self._client = ContractSystem(system, settings)
        statuses = CodeList(system, "STATUS", settings.contract_statuses)
        self._contracts = contract_forms(statuses, settings.zone)
        self._lines = line_forms()
        self._warranties = warranty_forms()

    @property
    def system(self) -> str:
        return self._system

    async def contracts(self, query: ContractQuery) -> Rows[ServiceContract]:
        """Contracts that match every criterion, with all their lines. Raises ValueError without a criterion.

        SOAP has no projection: what is not wanted crosses the wire, but is not read.
        """
        if not query.scope:
            return Rows()
        tables = range_tables(
            {
                BY_NUMBER: (query.numbers, 10),
                BY_ACCOUNT: (query.account_numbers, 10),
                BY_EQUIPMENT: (query.asset_ids, 18),
            }
        )
        found = merge_contracts(await self._client.contracts(tables, self._contract_of(query)))
        unsent = self._unsent(tables)
        return Rows(
            tuple(row for row in found if all(_CONTRACT_CHECKS[name](row, keys) for name, keys in unsent.items()))
        )

    async def warranties(self, query: WarrantyQuery) -> Rows[Warranty]:
        """Warranties that match every criterion. Raises ValueError without a criterion."""
        if not query.scope:
            return Rows()
        tables = range_tables({BY_EQUIPMENT: (query.asset_ids, 18), BY_ACCOUNT: (query.account_numbers, 10)})
        found = {row.id: row for row in await self._client.warranties(tables, self._warranty_of(query))}
        unsent = self._unsent(tables)
        return Rows(
            tuple(
                row for row in found.values() if all(_WARRANTY_CHECKS[name](row, keys) for name, keys in unsent.items())
            )
        )

    async def check(self) -> list[CheckResult]:
        return [
            await tried("sign in and list contracts", self._client.try_contracts),
            await tried("list warranties", self._client.try_warranties),
        ]

    async def ping(self) -> None:
        await self._client.try_warranties()

    async def close(self) -> None:
        await self._client.close()

    def _contract_of(self, query: ContractQuery) -> Callable[[Row, Sequence[Row]], ServiceContract | None]:
        provenance = self._provenance()
        contract_of, line_of = self._contracts.of(wanted_of(query)), self._lines.of(query.line_fields)

        def record(row: Row, items: Sequence[Row]) -> ServiceContract | None:
            """None for a row without a number, and without the lines that have none."""
            if bare_key(row.get("VBELN", "")) is None:
                return None
            lines = [line_of(item, provenance) for item in items]
            # A record of a row without a number has none, whatever its type says.
            return contract_of(row, provenance, lines=tuple(line for line in lines if line.number))

        return record

    def _warranty_of(self, query: WarrantyQuery) -> Callable[[Row], Warranty | None]:
        provenance, warranty_of = self._provenance(), self._warranties.of(wanted_of(query))

        def record(row: Row) -> Warranty | None:
            """None for a row without an equipment."""
            return None if bare_key(row.get("EQUNR", "")) is None else warranty_of(row, provenance)

        return record

    def _provenance(self) -> Provenance:
        return Provenance(self._system, self._clock())

    def _unsent(self, tables: RangeTables) -> Mapping[str, Bare]:
        return {
            name: frozenset(bare_key(key) for key in tables[name])
            for name in left_out(tables, self._settings.range_rows)
        }


def connect(system: str, settings: BaseModel, clock: Clock) -> SoapContracts:
    return SoapContracts(system, cast(SoapContractsSettings, settings), clock)


MANIFEST = Manifest(
    name="soap_contracts",
    title="Contract system (SOAP)",
    settings=SoapContractsSettings,
    connect=connect,
)
