"""A source that keeps to nothing but the truth: it ignores who asks and for what, and answers all that it has.

It serves every port, for tests of what stands behind connectors: nothing may leak, whatever a connector does.
"""

import asyncio
import random
from collections.abc import Iterable, Mapping
from typing import TypeVar

from connectors.ports import CheckResult
from connectors.queries import (
    AccountQuery,
    ArchivedCaseQuery,
    CaseQuery,
    ContractQuery,
    InstalledProductQuery,
    Keys,
    LocationQuery,
    Query,
    Rows,
    ServiceOrderQuery,
    WarrantyQuery,
)
from connectors.records import (
    Account,
    ArchivedCase,
    Case,
    CaseActivity,
    CustomAssetData,
    InstalledProduct,
    Location,
    ServiceContract,
    ServiceOrder,
    Warranty,
)
from connectors.sources import Sources
from fixtures.world.model import World
from tests.connector_kit.harness import Facts, harnesses

R = TypeVar("R")

_LIE = 999_999


class Hostile:
    """Scope, criteria, order, limit and fields mean nothing to it.

    `repeats`: each row comes twice. `claims_windows`: it says that everything is the window that was asked for, that
    more follows, and makes up how many. `misplaces`: it answers one asset's rows under the keys of others. Answers
    come late, in another order each time.
    """

    system = "hostile"

    def __init__(
        self, facts: Facts, *, repeats: bool = False, claims_windows: bool = False, misplaces: bool = False
    ) -> None:
        self.facts = facts
        self._misplaces = misplaces
        self._repeats = repeats
        self._claims_windows = claims_windows
        self._random = random.Random("hostile")

    async def accounts(self, query: AccountQuery) -> Rows[Account]:
        return await self._everything(query, self.facts.accounts)

    async def locations(self, query: LocationQuery) -> Rows[Location]:
        return await self._everything(query, self.facts.locations)

    async def installed_products(self, query: InstalledProductQuery) -> Rows[InstalledProduct]:
        return await self._everything(query, self.facts.installed_products)

    async def cases(self, query: CaseQuery) -> Rows[Case]:
        return await self._everything(query, self.facts.cases)

    async def service_orders(self, query: ServiceOrderQuery) -> Rows[ServiceOrder]:
        return await self._everything(query, self.facts.service_orders)

    async def contracts(self, query: ContractQuery) -> Rows[ServiceContract]:
        return await self._everything(query, self.facts.contracts)

    async def warranties(self, query: WarrantyQuery) -> Rows[Warranty]:
        return await self._everything(query, self.facts.warranties)

    async def archived_cases(self, query: ArchivedCaseQuery) -> Rows[ArchivedCase]:
        return await self._everything(query, self.facts.archived_cases)

    async def activities(self, case_ids: Keys) -> Mapping[str, tuple[CaseActivity, ...]]:
        """Under each case, asked for or not, the activities of all cases, its own in their order."""
        await self._be_late()
        everything = tuple(activity for rows in self.facts.activities.values() for activity in rows)
        return dict.fromkeys((*self.facts.activities, *case_ids), everything)

    async def texts(self, ids: Keys) -> Mapping[str, str]:
        """Those of cases that nobody asked for, too."""
        await self._be_late()
        return dict(self.facts.texts)

    async def custom_asset_data(self, installed_product_ids: Keys) -> Mapping[str, CustomAssetData]:
        """Those of assets that nobody asked for, too."""
        await self._be_late()
        kept = dict(self.facts.custom_asset_data)
        if not self._misplaces:
            return kept
        return dict.fromkeys(installed_product_ids, next(iter(kept.values()))) | kept

    async def check(self) -> list[CheckResult]:
        return []

    async def ping(self) -> None:
        """It is always there."""

    async def close(self) -> None:
        """It holds nothing."""

    async def _everything(self, query: Query, rows: Iterable[R]) -> Rows[R]:
        await self._be_late()
        answered = list(rows) * (2 if self._repeats else 1)
        self._random.shuffle(answered)
        if self._claims_windows:
            return Rows(tuple(answered), windowed=True, more=True, total=_LIE)
        return Rows(tuple(answered))

    async def _be_late(self) -> None:
        for _ in range(self._random.randrange(5)):
            await asyncio.sleep(0)


def facts_of(world: World) -> Facts:
    """What all connectors together would answer of a world."""
    merged: dict[str, object] = {}
    for harness in harnesses():
        facts = harness.facts(world)
        for name in Facts.__dataclass_fields__:
            if not merged.get(name):
                merged[name] = getattr(facts, name)
    return Facts(**merged)  # type: ignore[arg-type]  # each from the field of its name


def hostile_sources(
    facts: Facts, *, repeats: bool = False, claims_windows: bool = False, misplaces: bool = False
) -> Sources:
    """A hostile source for every port."""
    hostile = Hostile(facts, repeats=repeats, claims_windows=claims_windows, misplaces=misplaces)
    return Sources(
        installed_base=hostile,
        service_cases=hostile,
        contracts=hostile,
        case_archive=hostile,
        customer_asset_data=hostile,
        systems=(hostile,),
    )
