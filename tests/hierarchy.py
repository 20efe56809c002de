"""A hierarchy of accounts, without a CRM."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from connectors.errors import SourceFailed
from connectors.queries import AccountQuery, InstalledProductQuery, LocationQuery, Rows
from connectors.records import Account, InstalledProduct, Location, Provenance

_NOW = Provenance(system="crm", fetched_at=datetime(2026, 1, 1, tzinfo=UTC))

Tree = Mapping[str, tuple[str | None, str | None]]
"""By id: the customer number, and the id of the account above."""

HIERARCHY: Tree = {
    "group": ("100", None),
    "east": ("110", "group"),
    "ward": ("111", "east"),
    "room": ("112", "ward"),
    "west": ("120", "group"),
    "annexe": (None, "west"),
    "rival": ("200", None),
    "clinic": ("210", "rival"),
}


class Hierarchy:
    """An installed base of accounts alone, which counts how often it is asked."""

    def __init__(self, accounts: Tree) -> None:
        self.rows = tuple(
            Account(id=key, number=number, parent_id=parent, provenance=_NOW)
            for key, (number, parent) in accounts.items()
        )
        self.asked: list[AccountQuery] = []
        self.fails: Callable[[AccountQuery], bool] = lambda query: False
        self.answers_all = False

    async def accounts(self, query: AccountQuery) -> Rows[Account]:
        self.asked.append(query)
        await asyncio.sleep(0)
        if self.fails(query):
            raise SourceFailed("crm", "It broke.")
        return Rows(tuple(row for row in self.rows if self.answers_all or self._matches(row, query)))

    async def locations(self, query: LocationQuery) -> Rows[Location]:
        raise NotImplementedError("a scope is made of accounts")

    async def installed_products(self, query: InstalledProductQuery) -> Rows[InstalledProduct]:
        raise NotImplementedError("a scope is made of accounts")

    def _matches(self, row: Account, query: AccountQuery) -> bool:
        return (
            (query.numbers is None or row.number in query.numbers)
            and (query.parent_ids is None or row.parent_id in query.parent_ids)
            and (query.ids is None or row.id in query.ids)
        )
