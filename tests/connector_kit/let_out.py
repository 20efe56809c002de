"""Everything that the visibility floor lets out to one viewer: lists, pages, what hangs on rows, look-ups by key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from auth.scope import ScopeCompiler
from auth.viewer import Viewer
from auth.visibility import Visibility, Window
from connectors.queries import (
    AccountQuery,
    CaseQuery,
    InstalledProductQuery,
    LocationQuery,
    OrderBy,
)
from connectors.sources import Sources
from connectors.vocabulary import CaseStatus, Modality
from tests.connector_kit.expectations import key_of
from tests.connector_kit.harness import Facts

LetOut = dict[str, Any]  # by question: rows, pages, or rows by what they hang on


@dataclass(frozen=True)
class Inquiry:
    """One viewer's look at everything. `facts` are only where keys to look up are taken from: all that there are.

    What is looked up under a key is kept under that key alone, as the graph reads it.
    """

    viewer: Viewer
    sources: Sources
    facts: Facts

    async def everything(self) -> LetOut:
        scope = await ScopeCompiler(self.sources.installed_base).compile(self.viewer)
        seen = Visibility(self.viewer, scope, self.sources)
        try:
            found: LetOut = {"scope": scope}
            found |= await self._lists(seen)
            found |= await self._pages(seen)
            found |= await self._of_assets(seen)
            found |= await self._of_cases_and_accounts(seen)
            found |= await self._looked_up(seen)
            return found
        finally:
            seen.close()

    async def _lists(self, seen: Visibility) -> LetOut:
        scope = seen.scope
        return {
            "accounts": (await seen.accounts.page(AccountQuery(scope=scope), Window())).rows,
            "assigned accounts": (await seen.accounts.page(AccountQuery(scope=scope), Window(), assigned=True)).rows,
            "related accounts": (await seen.accounts.page(AccountQuery(scope=scope), Window(), assigned=False)).rows,
            "locations": (await seen.locations.page(LocationQuery(scope=scope), Window())).rows,
            "assets": (await seen.installed_products.page(InstalledProductQuery(scope=scope), Window())).rows,
            "cases": (await seen.cases.page(CaseQuery(scope=scope), Window())).rows
            if self._sees_equipment(seen)
            else (),
            "contracts": sorted(await seen.contracts.all(), key=key_of),
            "warranties": sorted(await seen.contracts.all_warranties(), key=key_of),
            "related numbers": await seen.contracts.related_numbers(),
        }

    async def _pages(self, seen: Visibility) -> LetOut:
        """Pages of a few rows with their totals, first and last, behind a row and before one; filtered ones."""
        scope = seen.scope
        if scope.unrestricted:
            return {}  # an analyst sees all, so that a page may be the source's own
        found: LetOut = {}
        for name, window in _windows().items():
            found[f"asset page {name}"] = await seen.installed_products.page(InstalledProductQuery(scope=scope), window)
            found[f"location page {name}"] = await seen.locations.page(LocationQuery(scope=scope), window)
            found[f"account page {name}"] = await seen.accounts.page(AccountQuery(scope=scope), window)
            if self._sees_equipment(seen):
                found[f"case page {name}"] = await seen.cases.page(CaseQuery(scope=scope), window)
        counted = Window(first=3, count=True)
        modalities = InstalledProductQuery(scope=scope, modalities=(Modality.MR, Modality.US), text="0")
        found["asset page filtered"] = await seen.installed_products.page(modalities, counted)
        if self._sees_equipment(seen):
            open_ones = CaseQuery(scope=scope, statuses=(CaseStatus.NEW, CaseStatus.IN_PROGRESS), text="r")
            found["case page filtered"] = await seen.cases.page(open_ones, counted)
        return found

    async def _of_assets(self, seen: Visibility) -> LetOut:
        """What hangs on the assets that the viewer sees."""
        rows = (await seen.installed_products.page(InstalledProductQuery(scope=seen.scope), Window())).rows
        assets = sorted({row.asset_id for row in rows if row.asset_id})
        ids = sorted({row.id for row in rows})
        return {
            "cases of assets": _under(assets, await seen.cases.of_assets(assets, CaseQuery(scope=seen.scope))),
            "open cases of assets": {
                asset: {(row.id, row.priority, row.status, row.is_down) for row in found}
                for asset, found in (await seen.cases.open_of_assets(assets))[0].items()
                if asset in assets
            },
            "orders of assets": _under(assets, await seen.service_orders.of_assets(assets)),
            "contracts of assets": _under(assets, await seen.contracts.of_assets(assets)),
            "warranties of assets": _under(assets, await seen.contracts.warranties_of_assets(assets)),
            "archive of assets": _under(assets, await seen.archive.of_assets(assets)),
            "custom data": {key: row for key, row in (await seen.custom_asset_data(ids)).items() if key in ids},
        }

    async def _of_cases_and_accounts(self, seen: Visibility) -> LetOut:
        if not self._sees_equipment(seen):
            return {}
        scope = seen.scope
        cases = [row.id for row in (await seen.cases.page(CaseQuery(scope=scope), Window())).rows]
        archived = await seen.archive.by_id(row.id for row in self.facts.archived_cases)
        accounts = [
            row.id for row in (await seen.accounts.page(AccountQuery(scope=scope), Window(), assigned=True)).rows
        ]
        numbers = [row.number for row in self.facts.accounts if row.number]
        texts = await seen.archive.texts(archived)
        return {
            "activities": await seen.cases.activities(cases),
            "orders of cases": _under(cases, await seen.service_orders.of_cases(cases)),
            "contracts of accounts": _under(numbers, await seen.contracts.of_accounts(numbers)),
            "locations of accounts": sorted(
                await seen.locations.of_accounts(LocationQuery(scope=scope), accounts), key=key_of
            ),
            "texts": {key: text for key, text in texts.items() if key in archived},
        }

    async def _looked_up(self, seen: Visibility) -> LetOut:
        """By every key there is, whether the viewer may see what it names or not."""
        facts = self.facts
        numbers = [row.number for row in facts.accounts if row.number]
        found = {
            "accounts by id": await seen.accounts.by_id(map(key_of, facts.accounts)),
            "assigned accounts by number": await seen.accounts.assigned_by_number(numbers),
            "locations by id": await seen.locations.by_id(map(key_of, facts.locations)),
            "assets by id": await seen.installed_products.by_id(map(key_of, facts.installed_products)),
            "assets by number": await seen.installed_products.by_asset_id(
                row.asset_id for row in facts.installed_products if row.asset_id
            ),
            "cases by id": await seen.cases.by_id(map(key_of, facts.cases)),
            "orders by id": await seen.service_orders.by_id(map(key_of, facts.service_orders)),
            "contracts by number": await seen.contracts.by_number(map(key_of, facts.contracts)),
            "archive by id": await seen.archive.by_id(map(key_of, facts.archived_cases)),
        }
        return {name: dict(sorted(rows.items())) for name, rows in found.items()}

    @staticmethod
    def _sees_equipment(seen: Visibility) -> bool:
        """The graph asks the list of cases of nobody whose scope is empty."""
        return bool(seen.scope)


def _windows() -> Mapping[str, Window]:
    by_id = (OrderBy("id", descending=True),)
    return {
        "first": Window(first=4, count=True),
        "first by id": Window(order=by_id, first=2, count=True),
        "last": Window(last=3, count=True),
        "all counted": Window(count=True),
        "none": Window(first=0, count=True),
    }


def _under(keys: Iterable[str], groups: Mapping[str, Iterable[Any]]) -> dict[str, list[Any]]:
    """Each key's rows, in the order of their own keys."""
    return {key: sorted(groups[key], key=key_of) for key in keys if groups.get(key)}
