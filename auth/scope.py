"""The account scope: which accounts' rows a viewer may be shown (R2), compiled once a request.

The hierarchy comes from the installed base and is remembered for `ttl` seconds at most, by parent account: an
assignment that changed counts from the next request on, a hierarchy that changed after `ttl`.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from time import monotonic

import msgspec
import structlog

from auth.rules import Action, decide
from auth.viewer import Role, Viewer
from connectors.errors import SourceTimeout
from connectors.ports import InstalledBase
from connectors.queries import AccountQuery, AccountScope
from connectors.records import Account
from connectors.transport.deadline import remaining
from connectors.transport.single_flight import SingleFlight

log = structlog.get_logger(__name__)

EVERYTHING = AccountScope(unrestricted=True)
"""For reads that only prepare a decision: what they answer is never shown as it is."""

OF_ANALYSTS = AccountScope(unrestricted=True, fingerprint="analyst")
"""What analysts list. Theirs may be kept for one another."""

NOTHING = AccountScope()

Rights = tuple[Role | None, str | None, frozenset[str]]
"""Role, parent account and assigned accounts: whoever has the same sees the same."""

_MOST_REMEMBERED = 10_000
_LONGEST_WAIT = 300.0  # seconds, where no deadline says otherwise
_LEVELS = 50  # a hierarchy deeper than that is a loop in the data


class ScopeCompiler:
    """Turns a viewer's assignment into an AccountScope."""

    def __init__(
        self, installed_base: InstalledBase, *, ttl: float = 60.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._installed_base = installed_base
        self._ttl = ttl
        self._clock = clock
        self._remembered: dict[frozenset[str], tuple[float, Mapping[str, Account]]] = {}
        self._flights: SingleFlight[Mapping[str, Account]] = SingleFlight()
        self._compiled: dict[Rights, tuple[Mapping[str, Account], AccountScope]] = {}

    async def compile(self, viewer: Viewer) -> AccountScope:
        """Raises a ConnectorError where the hierarchy can't be read: no decision is made without it."""
        if not decide(viewer, Action.READ_EQUIPMENT).allowed:
            return NOTHING
        if viewer.role is Role.ANALYST:
            return OF_ANALYSTS
        if not viewer.accounts:
            return NOTHING
        roots = self._roots(viewer)
        if not roots:
            return NOTHING
        tree = await self._tree(roots)
        rights = (viewer.role, viewer.parent_account, viewer.accounts)
        known = self._compiled.get(rights)
        if known is not None and known[0] is tree:
            return known[1]
        scope = _compiled(viewer, tree)
        if len(self._compiled) >= _MOST_REMEMBERED:
            self._compiled.clear()
        self._compiled[rights] = (tree, scope)
        return scope

    def forget(self) -> None:
        """The hierarchy has changed: the next request reads it anew."""
        self._remembered.clear()

    async def hierarchy(self, parent_account: str) -> Mapping[str, Account]:
        """The account of that number and all that lies under it, by CRM Id. Raises as `compile`."""
        return await self._tree(frozenset({parent_account}))

    async def lineage(self, account_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The numbers of each account and of all above it, by CRM Id. Only for decisions: no viewer bounds it."""
        known: dict[str, Account] = {}
        asked = wanted = frozenset(account_ids)
        for _ in range(_LEVELS):
            query = AccountQuery(scope=EVERYTHING, ids=tuple(sorted(asked)))
            if not asked:
                break
            rows = (await self._installed_base.accounts(query)).rows
            known |= {row.id: row for row in rows if row.id in asked}
            asked = frozenset(row.parent_id for row in rows if row.parent_id is not None) - known.keys()
        return {each: _numbers_above(each, known) for each in wanted}

    def _roots(self, viewer: Viewer) -> frozenset[str]:
        if viewer.parent_account is not None:
            return frozenset({viewer.parent_account})
        if viewer.role is Role.PARTNER:  # a machine client is granted accounts, and belongs to none
            return viewer.accounts
        log.warning("scope.no_parent_account", subject=viewer.subject)
        return frozenset()

    async def _tree(self, roots: frozenset[str]) -> Mapping[str, Account]:
        """The accounts of those numbers and all that lies under them, by CRM Id."""
        remembered = self._remembered.get(roots)
        if remembered is not None and self._clock() < remembered[0]:
            return remembered[1]
        try:
            async with asyncio.timeout(remaining(_LONGEST_WAIT)):
                return await self._flights.do(roots, lambda: self._read(roots))
        except TimeoutError as error:
            raise SourceTimeout("installed base", "did not tell the account hierarchy in time") from error

    async def _read(self, roots: frozenset[str]) -> Mapping[str, Account]:
        asked_at = self._clock()
        tree: dict[str, Account] = {}
        query = AccountQuery(scope=EVERYTHING, numbers=tuple(sorted(roots)))
        for _ in range(_LEVELS):
            rows = (await self._installed_base.accounts(query)).rows
            level = {row.id: row for row in rows if row.id not in tree and _answers(query, row)}
            if not level:
                break
            tree |= level
            query = AccountQuery(scope=EVERYTHING, parent_ids=tuple(level))
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[roots] = (asked_at + self._ttl, tree)
        return tree


def _compiled(viewer: Viewer, tree: Mapping[str, Account]) -> AccountScope:
    assigned = {account.id for account in tree.values() if account.number in viewer.accounts}
    outside = viewer.accounts - {account.number for account in tree.values()}
    if outside:
        log.warning("scope.accounts_dropped", subject=viewer.subject, accounts=sorted(outside))
    visible = [account for account in tree.values() if _lies_under(account, assigned, tree)]
    ids = frozenset(account.id for account in visible)
    numbers = frozenset(account.number for account in visible if account.number is not None)
    return AccountScope(account_ids=ids, account_numbers=numbers, fingerprint=_fingerprint(viewer, ids, numbers))


def _fingerprint(viewer: Viewer, ids: frozenset[str], numbers: frozenset[str]) -> str:
    """A digest of the rights: the role, the assignment, and the accounts that it comes to in the hierarchy."""
    rights = (viewer.role, viewer.parent_account, viewer.accounts, ids, numbers)
    return hashlib.blake2b(msgspec.msgpack.encode(rights, order="deterministic"), digest_size=16).hexdigest()


def admits_account(scope: AccountScope, account_id: str | None) -> bool:
    """Whether rows of the account with that CRM Id may be shown."""
    return scope.unrestricted or (account_id is not None and account_id in scope.account_ids)


def admits_number(scope: AccountScope, *numbers: str | None) -> bool:
    """Whether rows of an account with one of those numbers may be shown."""
    return scope.unrestricted or not scope.account_numbers.isdisjoint(number for number in numbers if number)


def _answers(query: AccountQuery, row: Account) -> bool:
    """A connector that over-answers must not widen a scope."""
    if query.numbers is not None:
        return row.number in query.numbers
    return row.parent_id in (query.parent_ids or ())


def _numbers_above(account_id: str, known: Mapping[str, Account]) -> frozenset[str]:
    numbers: set[str] = set()
    current = known.get(account_id)
    for _ in range(_LEVELS):
        if current is None:
            break
        if current.number is not None:
            numbers.add(current.number)
        current = known.get(current.parent_id) if current.parent_id else None
    return frozenset(numbers)


def _lies_under(account: Account, roots: Iterable[str], tree: Mapping[str, Account]) -> bool:
    current: Account | None = account
    for _ in range(_LEVELS):
        if current is None:
            return False
        if current.id in roots:
            return True
        current = tree.get(current.parent_id) if current.parent_id else None
    return False
