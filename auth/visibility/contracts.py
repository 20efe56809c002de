"""Contracts, their lines and warranties (R4, R11).

A contract is visible by its sold-to or ship-to account, whole; or because a line of it covers a visible asset, and
then with such lines alone. A line whose asset is not visible shows neither asset nor serial. A rejected line gives no
visibility. A warranty is visible by its asset.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from auth.scope import admits_number
from auth.visibility.grouping import distinct, grouped
from auth.visibility.installed_products import VisibleInstalledProducts
from auth.visibility.joined import JoinedReads
from auth.visibility.projection import Attributes, Wanted, projected, wanted_of
from connectors.ports import Contracts, InstalledBase
from connectors.queries import AccountQuery, AccountScope, ContractQuery, Rows, WarrantyQuery
from connectors.records import ContractLine, ServiceContract, Warranty


class CoveringLine(NamedTuple):
    """A line that covers a visible asset, with the head of its contract (`contract.lines` is empty)."""

    line: ContractLine
    contract: ServiceContract


class VisibleContracts:
    def __init__(
        self,
        scope: AccountScope,
        source: Contracts,
        installed_base: InstalledBase,
        assets: VisibleInstalledProducts,
        reads: JoinedReads,
        wanted: Wanted | None,
    ) -> None:
        self._scope = scope
        self._wanted = wanted
        self._source = source
        self._installed_base = installed_base
        self._assets = assets
        self._reads = reads

    async def all(self, *, also: frozenset[str] = frozenset()) -> list[ServiceContract]:
        """Every contract that may be seen: by account, and by the assets that lines cover.

        `also`: attributes that the caller looks at, beside those that the query shows.
        """
        accounts, equipment = await asyncio.gather(self._account_numbers(), self._assets.equipment())
        reads = []
        if accounts:
            reads.append(self._read(ContractQuery(scope=self._scope, account_numbers=tuple(sorted(accounts))), also))
        if equipment:
            reads.append(self._read(ContractQuery(scope=self._scope, asset_ids=tuple(sorted(equipment))), also))
        return await self._permitted(row for answer in await asyncio.gather(*reads) for row in answer.rows)

    async def by_number(self, numbers: Iterable[str]) -> Mapping[str, ServiceContract]:
        keys = frozenset(numbers)
        rows = (await self._read(ContractQuery(scope=self._scope, numbers=tuple(sorted(keys))))).rows
        return {row.number: row for row in await self._permitted(rows, by_key=bool(keys)) if row.number in keys}

    async def of_assets(self, asset_ids: Iterable[str]) -> Mapping[str, list[ServiceContract]]:
        """The contracts with a line (not a rejected one) that covers a visible asset, by equipment number."""
        keys = frozenset(asset_ids)
        rows = (await self._read(ContractQuery(scope=self._scope, asset_ids=tuple(sorted(keys))))).rows
        return grouped(
            await self._permitted(rows), lambda row: (covered.line.asset_id for covered in covering_lines([row], keys))
        )

    async def lines_of_assets(self, asset_ids: Iterable[str]) -> Mapping[str, list[CoveringLine]]:
        """The lines (not rejected ones) that cover visible assets, each with its contract, by equipment number.

        Such a line is visible whoever else the contract concerns, so that nobody else's assets need to be looked at.
        """
        keys = frozenset(asset_ids)
        # Where contracts are shown too they are read with all their lines, and that is one read for both.
        alone = self._wanted is not None and "ServiceContract" not in self._wanted
        query = ContractQuery(scope=self._scope, asset_ids=tuple(sorted(keys)), covering=alone)
        rows = (await self._read(query)).rows
        lines = covering_lines(distinct(rows, lambda row: row.number), keys)
        return grouped(lines, lambda row: (row.line.asset_id,))

    async def of_accounts(
        self, numbers: Iterable[str], *, also: frozenset[str] = frozenset()
    ) -> Mapping[str, list[ServiceContract]]:
        """The contracts sold to, or shipped to, accounts in scope, by customer number."""
        keys = frozenset(number for number in numbers if admits_number(self._scope, number))
        rows = (await self._read(ContractQuery(scope=self._scope, account_numbers=tuple(sorted(keys))), also)).rows
        return grouped(
            await self._permitted(rows), lambda row: (number for number in (row.sold_to, row.ship_to) if number in keys)
        )

    async def all_warranties(self, *, also: frozenset[str] = frozenset()) -> list[Warranty]:
        """Every warranty that may be seen; `also` as for contracts."""
        equipment = await self._assets.equipment()
        by_asset = await self.warranties_of_assets(equipment, also=also)
        return list({row.id: row for rows in by_asset.values() for row in rows}.values())

    async def warranties_of_assets(
        self, asset_ids: Iterable[str], *, also: frozenset[str] = frozenset()
    ) -> Mapping[str, list[Warranty]]:
        """The warranties of visible assets, by equipment number."""
        keys = tuple(sorted(set(asset_ids)))
        query = projected(WarrantyQuery(scope=self._scope, asset_ids=keys), self._attributes("Warranty", also))
        rows = (await self._reads.read(self._source.warranties, query)).rows
        wanted = frozenset(keys)
        found = distinct((row for row in rows if row.asset_id in wanted), lambda row: row)  # no number tells two apart
        return grouped(found, lambda row: (row.asset_id,))

    async def related_numbers(self) -> frozenset[str]:
        """The accounts of visible contracts and warranties, whether in scope or not (R4)."""
        contracts, warranties = await asyncio.gather(self.all(), self.all_warranties())
        of_contracts = {number for row in contracts for number in (row.sold_to, row.ship_to)}
        return frozenset(number for number in of_contracts | {row.account_number for row in warranties} if number)

    async def _read(self, query: ContractQuery, also: frozenset[str] = frozenset()) -> Rows[ServiceContract]:
        asked = msgspec.structs.replace(
            projected(query, self._attributes("ServiceContract", also)),
            line_fields=wanted_of(self._wanted, "ContractLine"),
        )
        return await self._reads.read(self._source.contracts, asked)

    def _attributes(self, record: str, also: frozenset[str]) -> Attributes:
        wanted = wanted_of(self._wanted, record)
        return None if wanted is None else wanted | also

    async def _account_numbers(self) -> frozenset[str]:
        """The contract system lists nothing without a key: an analyst's list goes by every account there is."""
        if not self._scope.unrestricted:
            return self._scope.account_numbers
        query = AccountQuery(scope=self._scope, fields=frozenset({"number"}))
        rows = (await self._reads.read(self._installed_base.accounts, query)).rows
        return frozenset(row.number for row in rows if row.number is not None)

    async def _permitted(self, rows: Iterable[ServiceContract], *, by_key: bool = False) -> list[ServiceContract]:
        found = distinct(rows, lambda row: row.number)
        if self._scope.unrestricted:
            return found
        await self._assets.learn((line.asset_id for row in found for line in row.lines), always=by_key)
        return [permitted for row in found if (permitted := self._masked(row)) is not None]

    def _masked(self, contract: ServiceContract) -> ServiceContract | None:
        if admits_number(self._scope, contract.sold_to, contract.ship_to):
            lines = tuple(line if self._assets.is_visible(line.asset_id) else _bare(line) for line in contract.lines)
            return msgspec.structs.replace(contract, lines=lines)
        lines = tuple(line for line in contract.lines if not line.rejected and self._assets.is_visible(line.asset_id))
        return msgspec.structs.replace(contract, lines=lines) if lines else None


def covering_lines(contracts: Iterable[ServiceContract], asset_ids: frozenset[str]) -> list[CoveringLine]:
    """The lines that cover one of those assets. A rejected line covers nothing."""
    found = []
    for contract in contracts:
        covering = [line for line in contract.lines if not line.rejected and line.asset_id in asset_ids]
        if covering:
            head = msgspec.structs.replace(contract, lines=())
            found += [CoveringLine(line, head) for line in covering]
    return found


def _bare(line: ContractLine) -> ContractLine:
    return msgspec.structs.replace(line, asset_id=None, serial_number=None)
