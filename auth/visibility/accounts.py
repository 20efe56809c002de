"""Accounts: the assigned ones whole, the related ones by name and number (R4)."""

from collections.abc import Iterable, Mapping

import msgspec

from auth.rules import Action, decide
from auth.scope import EVERYTHING, admits_account, admits_number
from auth.viewer import Viewer
from auth.visibility.contracts import VisibleContracts
from auth.visibility.joined import JoinedReads
from auth.visibility.projection import Attributes, projected
from auth.visibility.window import Page, Window, cut, read_page
from connectors.criteria import account_matches
from connectors.errors import ConnectorError
from connectors.ports import InstalledBase
from connectors.queries import AccountQuery, AccountScope, Rows
from connectors.records import Account

_NAMED = frozenset({"number", "name"})  # what a related account is known by, and what tells that it is one


class VisibleAccounts:
    def __init__(
        self,
        viewer: Viewer,
        scope: AccountScope,
        source: InstalledBase,
        contracts: VisibleContracts,
        reads: JoinedReads,
        wanted: Attributes,
    ) -> None:
        self._scope = scope
        self._wanted = None if wanted is None else wanted | _NAMED
        self._source = source
        self._contracts = contracts
        self._reads = reads
        # The helpdesk finds the accounts of whoever asks for access: it knows all by name, and nothing on them (R11).
        self._directory = decide(viewer, Action.ANSWER_ACCESS_REQUESTS).allowed

    def is_assigned(self, account: Account) -> bool:
        """Whether the account itself is in scope; otherwise it is only related, or known to the helpdesk."""
        return admits_account(self._scope, account.id)

    async def page(self, query: AccountQuery, window: Window, *, assigned: bool | None = None) -> Page[Account]:
        """Accounts that match. `assigned` asks for the assigned (True) or the related (False) alone."""
        query = msgspec.structs.replace(query, order=window.order)
        matches = account_matches(query)
        if self._scope.unrestricted:
            if assigned is False:
                return Page(total=0 if window.count else None)
            return await read_page(self._read, query, window, permits=matches, key=_id)
        problem = None
        rows: dict[str, Account] = {}
        if assigned is not False:
            rows |= {row.id: row for row in (await self._read(query)).rows if self.is_assigned(row)}
        if assigned is not True:
            try:
                rows |= {row.id: row for row in await self._unassigned(query)}
            except ConnectorError as error:
                if assigned is False:
                    raise
                problem = error
        page = cut([row for row in rows.values() if matches(row)], window, key=_id)
        return Page(
            rows=page.rows,
            has_next=page.has_next,
            has_previous=page.has_previous,
            total=page.total,
            problem=problem,
        )

    async def by_id(self, ids: Iterable[str]) -> Mapping[str, Account]:
        """Assigned accounts by CRM Id, and those related ones that are among them."""
        keys = tuple(sorted(set(ids)))
        query = AccountQuery(scope=EVERYTHING, ids=keys)
        found = {row.id: row for row in (await self._read(query)).rows if row.id in keys}
        if all(self.is_assigned(row) for row in found.values()) and len(found) == len(keys):
            return found
        # An account that is there and one that is not take the same path from here on (R10).
        related = frozenset() if self._directory else await self._contracts.related_numbers()
        return {key: shown for key, row in found.items() if (shown := self._shown(row, related)) is not None}

    async def assigned_by_id(self, ids: Iterable[str]) -> Mapping[str, Account]:
        """Those of the accounts that are in scope: for an owner or a parent, which are never shown as related."""
        keys = tuple(sorted(key for key in set(ids) if admits_account(self._scope, key)))
        if not keys:
            return {}
        rows = (await self._read(AccountQuery(scope=self._scope, ids=keys))).rows
        return {row.id: row for row in rows if row.id in keys}

    async def assigned_by_number(self, numbers: Iterable[str]) -> Mapping[str, Account]:
        """Those of the accounts that are in scope, by customer number."""
        keys = tuple(sorted(key for key in set(numbers) if admits_number(self._scope, key)))
        if not keys:
            return {}
        rows = await self.all_assigned(AccountQuery(scope=self._scope, numbers=keys))
        return {row.number: row for row in rows if row.number is not None}

    async def all_assigned(self, query: AccountQuery) -> list[Account]:
        """Every account in scope that matches."""
        matches = account_matches(query)
        return [row for row in (await self._read(query)).rows if self.is_assigned(row) and matches(row)]

    async def of_visible(self, numbers: Iterable[str]) -> Mapping[str, Account]:
        """The accounts that a visible contract, warranty or case names, by customer number: known to be related."""
        keys = frozenset(numbers)
        rows = (await self._read(AccountQuery(scope=EVERYTHING, numbers=tuple(sorted(keys))))).rows
        shown = (row if self.is_assigned(row) else _by_name(row) for row in rows if row.number in keys)
        return {row.number: row for row in shown if row.number is not None}

    async def _read(self, query: AccountQuery) -> Rows[Account]:
        return await self._reads.read(self._source.accounts, projected(query, self._wanted))

    async def _unassigned(self, query: AccountQuery) -> list[Account]:
        if self._directory:
            everyone = AccountQuery(scope=EVERYTHING, ids=query.ids, numbers=query.numbers, text=query.text)
            return [_by_name(row) for row in (await self._read(everyone)).rows]
        if not self._scope:
            return []
        numbers = await self._contracts.related_numbers() - self._scope.account_numbers
        found = await self.of_visible(numbers) if numbers else {}
        return [row for row in found.values() if not self.is_assigned(row)]

    def _shown(self, row: Account, related: frozenset[str]) -> Account | None:
        if self.is_assigned(row):
            return row
        if self._directory or row.number in related:
            return _by_name(row)
        return None


def _by_name(row: Account) -> Account:
    """A related account: by name and number, and nothing else of it."""
    return Account(id=row.id, number=row.number, name=row.name, provenance=row.provenance)


def _id(row: Account) -> str:
    return row.id
