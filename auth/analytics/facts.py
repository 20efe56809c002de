"""The facts that reports count: from the index where it is whole, else read once from the systems."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from auth.rules import Action, decide
from auth.search import accounts_of
from auth.viewer import Viewer
from auth.visibility import CoveringLine, Visibility
from connectors.queries import CaseQuery, InstalledProductQuery
from connectors.records import Case, ServiceOrder, Warranty
from connectors.registry import Clock
from connectors.search.facts import (
    ASSET_FIELDS,
    CASE_FIELDS,
    AssetFact,
    CaseFact,
    Cover,
    asset_fact,
    case_fact,
    cover_of_line,
    cover_of_warranty,
    decode_asset,
    decode_case,
)
from connectors.search.index import SearchIndex
from connectors.vocabulary import SearchKind

_MOST_FACTS = 600_000
"""Kept of all viewers together; some hundred bytes each."""


class Facts(NamedTuple):
    """Of all that the viewer may see, as it was at `as_of`."""

    assets: Sequence[AssetFact]
    cases: Sequence[CaseFact]
    as_of: datetime


class FactsOfViewers:
    """Facts are kept by entitlement as long as the index stays as it is: whoever has the same rights shares them."""

    def __init__(self, index: SearchIndex | None, clock: Clock) -> None:
        self._index = index
        self._clock = clock
        self._kept: OrderedDict[tuple[str, datetime], Facts] = OrderedDict()

    async def of(self, visible: Visibility, viewer: Viewer) -> Facts:
        """What the viewer's role may not read is left out. Raises a ConnectorError."""
        facts = await self._of_index(visible) or await _of_systems(visible, viewer, self._clock())
        if decide(viewer, Action.READ_CONTRACTS).allowed:
            return facts
        return facts._replace(assets=[msgspec.structs.replace(asset, covers=()) for asset in facts.assets])

    async def _of_index(self, visible: Visibility) -> Facts | None:
        """None: there is none, or it is still being filled."""
        if self._index is None or not visible.scope:
            return None
        marks = await self._index.marks()
        if any(kind not in marks for kind in (SearchKind.INSTALLED_PRODUCT, SearchKind.CASE)):
            return None
        as_of = min(marks[SearchKind.INSTALLED_PRODUCT], marks[SearchKind.CASE])
        key = (visible.scope.fingerprint, max(marks.values()))
        known = self._kept.get(key) if visible.scope.fingerprint else None
        if known is not None:
            self._kept.move_to_end(key)
            return known
        accounts = accounts_of(visible.scope)
        assets, cases = await asyncio.gather(
            self._index.facts(SearchKind.INSTALLED_PRODUCT, accounts), self._index.facts(SearchKind.CASE, accounts)
        )
        facts = await asyncio.to_thread(_decoded, assets, cases, as_of)
        self._keep(key, facts)
        return facts

    def _keep(self, key: tuple[str, datetime], facts: Facts) -> None:
        for former in [each for each in self._kept if each[0] == key[0]]:
            del self._kept[former]
        self._kept[key] = facts
        while len(self._kept) > 1 and sum(map(_size, self._kept.values())) > _MOST_FACTS:
            self._kept.popitem(last=False)


def _size(facts: Facts) -> int:
    return len(facts.cases) + len(facts.assets)


def _decoded(assets: Sequence[bytes], cases: Sequence[bytes], as_of: datetime) -> Facts:
    return Facts([decode_asset(each) for each in assets], [decode_case(each) for each in cases], as_of)


async def _of_systems(visible: Visibility, viewer: Viewer, now: datetime) -> Facts:
    """One pass over the columns that are counted."""
    assets = await visible.installed_products.all(InstalledProductQuery(scope=visible.scope, fields=ASSET_FIELDS))
    numbers = [asset.asset_id for asset in assets if asset.asset_id is not None]
    lines: Mapping[str, list[CoveringLine]] = {}
    warranties: Mapping[str, list[Warranty]] = {}
    if decide(viewer, Action.READ_CONTRACTS).allowed:
        lines, warranties = await asyncio.gather(
            visible.contracts.lines_of_assets(numbers), visible.contracts.warranties_of_assets(numbers)
        )
    cases: Sequence[Case] = ()
    orders: Mapping[str, Sequence[ServiceOrder]] = {}
    if decide(viewer, Action.READ_CASES).allowed:
        cases = await visible.cases.all(CaseQuery(scope=visible.scope, fields=CASE_FIELDS))
        orders = await visible.service_orders.of_cases(case.id for case in cases)
    by_number = {asset.asset_id: asset for asset in reversed(assets) if asset.asset_id is not None}
    numbered = [(row, row.asset_id or "") for row in assets]
    told = [asset_fact(row, covers_of(lines.get(key, ()), warranties.get(key, ()))) for row, key in numbered]
    counted = [case_fact(row, by_number.get(row.asset_id or ""), orders.get(row.id, ())) for row in cases]
    return Facts(told, counted, now)


def covers_of(lines: Iterable[CoveringLine], warranties: Iterable[Warranty] = ()) -> list[Cover]:
    """What covers one asset, as far as it is known how long."""
    found = [cover_of_line(line, contract) for line, contract in lines]
    found += [cover_of_warranty(row) for row in warranties]
    return [cover for cover in found if cover is not None]
