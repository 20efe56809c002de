"""The reads of every port that answer rows: their queries, the keys they can be asked by, and which rows match."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

from connectors.criteria import account_matches, case_matches, installed_product_matches, location_matches
from connectors.ports import CaseArchive, Contracts, InstalledBase, ServiceCases
from connectors.queries import (
    AccountQuery,
    AccountScope,
    ArchivedCaseQuery,
    CaseQuery,
    ContractQuery,
    InstalledProductQuery,
    LocationQuery,
    Query,
    Rows,
    ServiceOrderQuery,
    WarrantyQuery,
)
from tests.connector_kit.expectations import assert_answers
from tests.connector_kit.harness import Facts, Harness, harnesses_of
from tests.connector_kit.lab import System

Row = Any  # a record of whichever kind
Matches = Callable[[Any], Callable[[Row], bool]]
KeysOf = Callable[[Row], Iterable[str | None]]


class Read(NamedTuple):
    """`name` is the port's method and the facts' field. `keys`: by criterion, the values a row is found by.

    `owner` is the attribute by which the connector keeps to a scope; None: it knows no scope.
    """

    name: str
    port: type
    make: Callable[..., Any]  # its query, of the criteria by name
    matches: Matches
    keys: Mapping[str, KeysOf]
    owner: str | None = None

    def query(self, scope: AccountScope, criteria: Mapping[str, object] | None = None, **more: object) -> Any:
        return self.make(scope=scope, **dict(criteria or {}), **more)

    def asked_of(self, system: System[Any]) -> Callable[[Query], Awaitable[Rows[Row]]]:
        return cast(Callable[[Query], Awaitable[Rows[Row]]], getattr(system.connector, self.name))

    def facts(self, facts: Facts) -> tuple[Row, ...]:
        return cast(tuple[Row, ...], getattr(facts, self.name))

    def known_keys(self, facts: Facts, criterion: str) -> tuple[str, ...]:
        """Everything that can be asked for, each once."""
        found = (key for row in self.facts(facts) for key in self.keys[criterion](row))
        return tuple(dict.fromkeys(key for key in found if key))

    def expected(self, query: Query) -> Callable[[Row], bool]:
        """Whether a row matches the query, and lies in its scope where the connector can tell."""
        matches, scope, owner = self.matches(query), query.scope, self.owner
        if owner is None or scope.unrestricted:
            return matches
        return lambda row: matches(row) and getattr(row, owner) in scope.account_ids

    async def assert_answered(self, system: System[Any], query: Query) -> None:
        answer = await self.asked_of(system)(query)
        assert_answers(system.harness, query, answer, self.facts(system.facts), self.expected(query))


def _by(*attributes: str) -> KeysOf:
    return lambda row: [getattr(row, attribute) for attribute in attributes]


def _in_keys(keys: Mapping[str, KeysOf]) -> Matches:
    """A row matches a query where it has one of the values of each criterion that is asked."""

    def matches(query: Query) -> Callable[[Row], bool]:
        asked = [
            (frozenset(wanted), values)
            for criterion, values in keys.items()
            if (wanted := getattr(query, criterion)) is not None
        ]
        return lambda row: all(not wanted.isdisjoint(values(row)) for wanted, values in asked)

    return matches


def _keyed(name: str, port: type, make: Callable[..., Any], keys: Mapping[str, KeysOf]) -> Read:
    return Read(name, port, make, _in_keys(keys), keys)


ACCOUNTS = Read(
    "accounts",
    InstalledBase,
    AccountQuery,
    account_matches,
    {"ids": _by("id"), "numbers": _by("number"), "parent_ids": _by("parent_id")},
    owner="id",
)
LOCATIONS = Read(
    "locations",
    InstalledBase,
    LocationQuery,
    location_matches,
    {"ids": _by("id"), "account_ids": _by("account_id"), "parent_ids": _by("parent_id")},
    owner="account_id",
)
INSTALLED_PRODUCTS = Read(
    "installed_products",
    InstalledBase,
    InstalledProductQuery,
    installed_product_matches,
    {
        "ids": _by("id"),
        "asset_ids": _by("asset_id"),
        "serial_numbers": _by("serial_number"),
        "technical_ids": _by("technical_id"),
        "installed_product_numbers": _by("installed_product_number"),
        "account_ids": _by("account_id"),
        "location_ids": _by("location_id"),
    },
    owner="account_id",
)
CASES = Read(
    "cases",
    ServiceCases,
    CaseQuery,
    case_matches,
    {"ids": _by("id"), "numbers": _by("number", "id"), "asset_ids": _by("asset_id"), "sold_to": _by("sold_to")},
)
SERVICE_ORDERS = _keyed(
    "service_orders",
    ServiceCases,
    ServiceOrderQuery,
    {"ids": _by("id"), "case_ids": _by("case_id"), "asset_ids": lambda row: row.asset_ids},
)
CONTRACTS = _keyed(
    "contracts",
    Contracts,
    ContractQuery,
    {
        "numbers": _by("number"),
        "account_numbers": _by("sold_to", "ship_to"),
        "asset_ids": lambda row: [line.asset_id for line in row.lines],
    },
)
WARRANTIES = _keyed(
    "warranties",
    Contracts,
    WarrantyQuery,
    {"asset_ids": _by("asset_id"), "account_numbers": _by("account_number")},
)
ARCHIVED_CASES = _keyed(
    "archived_cases", CaseArchive, ArchivedCaseQuery, {"ids": _by("id"), "asset_ids": _by("asset_id")}
)

READS = (
    ACCOUNTS,
    LOCATIONS,
    INSTALLED_PRODUCTS,
    CASES,
    SERVICE_ORDERS,
    CONTRACTS,
    WARRANTIES,
    ARCHIVED_CASES,
)


class KeyedRead(NamedTuple):
    """One way to ask one connector: a read by one criterion of keys."""

    harness: Harness
    read: Read
    criterion: str

    def query(self, scope: AccountScope, keys: Iterable[str]) -> Any:
        return self.read.query(scope, {self.criterion: tuple(keys)})

    def __str__(self) -> str:
        return f"{self.harness.name}-{self.read.name}-{self.criterion}"


def keyed_reads() -> list[KeyedRead]:
    """Every read of every connector, by every criterion of keys."""
    return [
        KeyedRead(harness, read, criterion)
        for read in READS
        for harness in harnesses_of(read.port)
        for criterion in read.keys
    ]
