"""What a source may be asked: one query object per record, sent down by the floors above.

Criteria are ANDed. A criterion of several values matches any of them; `None` means "not asked", an empty tuple
matches nothing. A connector pushes what its system can do and may answer more rows than asked: the caller checks
every row against scope and criteria again (`connectors.criteria`, `auth.visibility`).
"""

from datetime import date, datetime
from typing import Generic, TypeVar

import msgspec

from connectors.errors import ConnectorError
from connectors.vocabulary import AssetStatus, CaseOrigin, CasePriority, CaseStatus, EventType, Modality

R = TypeVar("R", covariant=True)

Keys = tuple[str, ...]


class AccountScope(msgspec.Struct, frozen=True):
    """Whose rows may be read: accounts by CRM Id and by bare SAP number. Unrestricted is for internal analysts.

    `fingerprint` tells the rights that it was made of: rows may be kept, and shared, under the same one alone. A scope
    without one is for reads that prepare a decision: their rows are read anew each time.
    """

    unrestricted: bool = False
    account_ids: frozenset[str] = frozenset()
    account_numbers: frozenset[str] = frozenset()
    fingerprint: str = ""

    def __bool__(self) -> bool:
        """Whether anything at all can be seen."""
        return self.unrestricted or bool(self.account_ids or self.account_numbers)


class OrderBy(msgspec.Struct, frozen=True):
    """One term of an order: a record's attribute. Rows without a value come last, ascending or descending."""

    attribute: str
    descending: bool = False


class Position(msgspec.Struct, frozen=True):
    """A place in an ordered list: the last row's order values (as in `order`) and its id, which breaks ties."""

    values: tuple[str | int | float | bool | datetime | date | None, ...]
    id: str


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What all queries share.

    `order`, `after` and `limit` are a *window*: a connector that can apply all three exactly, with every criterion,
    says so by `Rows.windowed`; otherwise it ignores them and answers every row. The id, ascending, breaks ties.
    `fields` names the record attributes wanted (None: all); ids and what scope checks need always come.
    `deciding`: what other rows may be shown is decided by these, so that old ones are not good enough.
    """

    scope: AccountScope
    order: tuple[OrderBy, ...] = ()
    after: Position | None = None
    limit: int | None = None
    count: bool = False
    fields: frozenset[str] | None = None
    deciding: bool = False


class AccountQuery(Query, frozen=True, kw_only=True):
    """Pushed scope: `Account.Id`."""

    ids: Keys | None = None
    numbers: Keys | None = None
    parent_ids: Keys | None = None
    text: str | None = None  # in name, number or city


class LocationQuery(Query, frozen=True, kw_only=True):
    """Pushed scope: the location's account."""

    ids: Keys | None = None
    account_ids: Keys | None = None
    parent_ids: Keys | None = None
    text: str | None = None  # in name, functional location or city


class InstalledProductQuery(Query, frozen=True, kw_only=True):
    """Pushed scope: the owner account."""

    ids: Keys | None = None
    asset_ids: Keys | None = None  # bare equipment numbers
    serial_numbers: Keys | None = None
    technical_ids: Keys | None = None
    installed_product_numbers: Keys | None = None
    account_ids: Keys | None = None
    location_ids: Keys | None = None
    statuses: tuple[AssetStatus, ...] | None = None
    modalities: tuple[Modality, ...] | None = None
    installed_from: date | None = None  # inclusive
    installed_to: date | None = None  # inclusive
    text: str | None = None  # in description, numbers, serial, technical id, tag


class CaseQuery(Query, frozen=True, kw_only=True):
    """A restricted read names the assets, the sold-to accounts or the cases: SAP knows no owner of an asset."""

    ids: Keys | None = None  # bare notification numbers
    numbers: Keys | None = None  # portal or notification numbers
    asset_ids: Keys | None = None
    sold_to: Keys | None = None  # bare customer numbers, partner AG
    event_types: tuple[EventType, ...] | None = None
    priorities: tuple[CasePriority, ...] | None = None
    statuses: tuple[CaseStatus, ...] | None = None
    origins: tuple[CaseOrigin, ...] | None = None
    created_from: datetime | None = None  # inclusive
    created_to: datetime | None = None  # exclusive
    updated_from: datetime | None = None  # inclusive
    updated_to: datetime | None = None  # exclusive
    text: str | None = None  # in description, number or notification number


class ServiceOrderQuery(Query, frozen=True, kw_only=True):
    """Orders of cases, of assets, or by number: exactly one of the three is given."""

    ids: Keys | None = None
    case_ids: Keys | None = None
    asset_ids: Keys | None = None


class ContractQuery(Query, frozen=True, kw_only=True):
    """Contracts with their lines. At least one criterion: the contract system refuses to list everything.

    `line_fields` names the attributes wanted of the lines (None: all); a line's numbers, its asset and whether it is
    rejected always come. `covering`: lines of other assets than `asset_ids` are not wanted, and may be left out.
    """

    numbers: Keys | None = None
    account_numbers: Keys | None = None  # sold-to or ship-to
    asset_ids: Keys | None = None  # a line covers it
    line_fields: frozenset[str] | None = None
    covering: bool = False


class WarrantyQuery(Query, frozen=True, kw_only=True):
    asset_ids: Keys | None = None
    account_numbers: Keys | None = None


class ArchivedCaseQuery(Query, frozen=True, kw_only=True):
    """By assets, or by archived case numbers."""

    ids: Keys | None = None
    asset_ids: Keys | None = None


class DocumentQuery(Query, frozen=True, kw_only=True):
    """Of any of these products, or of a piece of any of these serial numbers."""

    product_codes: Keys = ()
    serial_numbers: Keys = ()


class Rows(msgspec.Struct, Generic[R], frozen=True):
    """An answer. `windowed`: the rows are the window asked for, in order, and `more` follow it; otherwise they are
    all rows, in any order. `total` counts the rows of all windows where the source told (None: it did not)."""

    rows: tuple[R, ...] = ()
    windowed: bool = False
    more: bool = False
    total: int | None = None


class PartialRows(Rows[R], frozen=True, kw_only=True):
    """What is known where a source could not be asked: rows may be missing, and `problem` tells why."""

    problem: ConnectorError
