"""Contracts and warranties out of the contract system: port `Contracts`."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import cast

import msgspec
from pydantic import BaseModel

from connectors.ports import CheckResult
from connectors.queries import ContractQuery, Rows, WarrantyQuery
from connectors.records import ContractLine, Provenance, ServiceContract, Warranty
from connectors.registry import Clock, Manifest
from connectors.systems.soap_contracts.client import (
    BY_ACCOUNT,
    BY_EQUIPMENT,
    BY_NUMBER,
    CONTRACTS,
    LINES,
    WARRANTIES,
    ContractSystem,
)
from connectors.systems.soap_contracts.mapping import contract_forms, line_forms, merge_contracts, warranty_forms
from connectors.systems.soap_contracts.settings import SoapContractsSettings
from connectors.transport.abap_values import bare_key
from connectors.transport.checks import tried
from connectors.transport.code_list import CodeList
from connectors.transport.soap_answers import SoapAnswer
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
        found = merge_contracts(await self._client.contracts(tables, self._read_contracts(query)))
        unsent = self._unsent(tables)
        return Rows(
            tuple(row for row in found if all(_CONTRACT_CHECKS[name](row, keys) for name, keys in unsent.items()))
        )

    async def warranties(self, query: WarrantyQuery) -> Rows[Warranty]:
        """Warranties that match every criterion. Raises ValueError without a criterion."""
        if not query.scope:
            return Rows()
        tables = range_tables({BY_EQUIPMENT: (query.asset_ids, 18), BY_ACCOUNT: (query.account_numbers, 10)})
        found = {row.id: row for row in await self._client.warranties(tables, self._read_warranties(query))}
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

    def _read_contracts(self, query: ContractQuery) -> Callable[[SoapAnswer], list[ServiceContract]]:
        provenance = self._provenance()
        contracts, lines = self._contracts.of(wanted_of(query)), self._lines.of(query.line_fields)
        of_assets = frozenset(query.asset_ids) if query.covering and query.asset_ids is not None else None
        asset = lines.fields.index("EQUNR")

        def read(answer: SoapAnswer) -> list[ServiceContract]:
            """Without the rows that have no number."""
            by_contract: dict[str, list[ContractLine]] = defaultdict(list)
            for texts in answer.rows(LINES, lines.fields):
                if of_assets is not None and bare_key(texts[asset]) not in of_assets:
                    continue
                line = lines.make(texts, provenance, {})
                if line.number and line.contract_number:
                    by_contract[line.contract_number].append(line)
            found = contracts.records(answer, CONTRACTS, provenance)
            return [
                msgspec.structs.replace(contract, lines=tuple(by_contract.get(contract.number, ())))
                for contract in found
                if contract.number
            ]

        return read

    def _read_warranties(self, query: WarrantyQuery) -> Callable[[SoapAnswer], list[Warranty]]:
        provenance, warranties = self._provenance(), self._warranties.of(wanted_of(query))

        def read(answer: SoapAnswer) -> list[Warranty]:
            """Without the rows that have no equipment."""
            return [one for one in warranties.records(answer, WARRANTIES, provenance) if one.asset_id]

        return read

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
