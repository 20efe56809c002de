"""Queries → what SOQL is asked: fixed conditions, and lists of keys that may need several statements."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TypeVar

from connectors.queries import AccountQuery, AccountScope, InstalledProductQuery, Keys, LocationQuery
from connectors.systems.salesforce_installed_base import soql
from connectors.systems.salesforce_installed_base.columns import Column, Columns, Kind
from connectors.systems.salesforce_installed_base.mapping import Words, padded_number
from connectors.vocabulary import AssetStatus, Modality

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class KeyList:
    """`field IN values`."""

    field: str
    values: tuple[str, ...]
    is_scope: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked, all of it ANDed.

    `exact`: the org's answer can hold no row that `connectors.criteria` would drop.
    """

    fixed: tuple[soql.Condition, ...]
    lists: tuple[KeyList, ...]
    exact: bool


class FilterBuilder:
    """Collects one query's criteria. One that no row of the org can meet makes the whole filter impossible.

    `sound_ids_only`: ids whose last three characters don't fit are left out, since some orgs refuse a query with one.
    """

    def __init__(self, columns: Columns, *, sound_ids_only: bool = False) -> None:
        self.columns = columns
        self._is_id: Callable[[str], bool] = soql.is_sound_id if sound_ids_only else soql.is_id
        self._fixed: list[soql.Condition] = []
        self._lists: list[KeyList] = []
        self._exact = True
        self._possible = True

    def result(self) -> Filter | None:
        """None: no row can match, so the org need not be asked."""
        if not self._possible:
            return None
        return Filter(tuple(self._fixed), tuple(self._lists), self._exact)

    def scope(self, attribute: str, scope: AccountScope) -> None:
        """Only rows of the scope's accounts; a list of keys on the same column is cut down to them."""
        if scope.unrestricted:
            return
        column = self.columns[attribute]
        allowed = {account_id for account_id in scope.account_ids if self._is_id(account_id)}
        self._exact = self._exact and all(len(account_id) == 18 for account_id in allowed)  # as rows have them
        for asked in [keys for keys in self._lists if keys.field == column.field]:
            allowed.intersection_update(asked.values)
            self._lists.remove(asked)
        self._add(KeyList(column.field, tuple(sorted(allowed)), is_scope=True))

    def keys(self, attribute: str, keys: Keys | None) -> None:
        column = self._column(attribute) if keys is not None else None
        if column is None or keys is None:
            return
        values = tuple(dict.fromkeys(value for key in keys if (value := self._written(column, key)) is not None))
        # The org finds texts in any case of letters, and 15 characters of an id for its 18.
        if any((len(key) == 15) if column.kind is Kind.ID else (key.lower() != key.upper()) for key in values):
            self._exact = False
        self._add(KeyList(column.field, values))

    def text(self, text: str | None, attributes: Iterable[str]) -> None:
        """The text stands in one of the attributes."""
        wanted = text.strip() if text is not None else ""
        if not wanted:
            return
        columns = [column for attribute in attributes if (column := self.columns.get(attribute))]
        if not columns or not soql.is_storable(wanted):
            self._possible = False
            return
        # Zeros at the front may be a number's padding, which the record doesn't have.
        self._exact = self._exact and not wanted.startswith("0") and soql.is_searched_exactly(wanted)
        self._fixed.append(soql.any_of([soql.holds(column.field, wanted) for column in columns]))

    def between(self, attribute: str, first: date | None, last: date | None) -> None:
        """Both days included; a row without a date is not between."""
        if first is None and last is None:
            return
        column = self._column(attribute)
        if column is not None and first is not None:
            self._fixed.append(soql.compare(column.field, ">=", first))
        if column is not None and last is not None:
            self._fixed.append(soql.compare(column.field, "<=", last))

    def words(
        self, attribute: str, wanted: Collection[E] | None, words: Mapping[str, E], *, other: E, without: bool
    ) -> None:
        """The column's word means one of `wanted`. `other` is what unknown words mean, and no word if `without`."""
        if wanted is None:
            return
        column = self.columns.get(attribute)
        if column is None:
            self._possible = self._possible and without and other in wanted
            return
        ways: list[soql.Condition] = []
        if known := [word for word, meaning in words.items() if meaning in wanted]:
            ways.append(soql.is_in(column.field, known))
        if other in wanted:
            unknown = [soql.is_not_in(column.field, words)] if words else []
            ways.append(soql.all_of([*unknown, soql.compare(column.field, "!=", None)]))
            if without:
                ways.append(soql.compare(column.field, "=", None))
        if ways:
            self._fixed.append(soql.any_of(ways))
        self._possible = self._possible and bool(ways)

    def _column(self, attribute: str) -> Column | None:
        """The criterion's column; a criterion on a field that the org doesn't have can't be met."""
        column = self.columns.get(attribute)
        self._possible = self._possible and column is not None
        return column

    def _written(self, column: Column, key: str) -> str | None:
        """A key as the org keeps it, or None where no row can have it."""
        if column.kind is Kind.ID:
            return key if self._is_id(key) else None
        if not soql.is_storable(key) or key != key.strip():
            return None
        if column.kind is not Kind.NUMBER:
            return key
        return padded_number(key, column.digits) if not (key.isdigit() and key.startswith("0")) else None

    def _add(self, keys: KeyList) -> None:
        self._lists.append(keys)
        self._possible = self._possible and bool(keys.values)


def account_filter(columns: Columns, query: AccountQuery, *, sound_ids_only: bool = False) -> Filter | None:
    builder = FilterBuilder(columns, sound_ids_only=sound_ids_only)
    builder.keys("id", query.ids)
    builder.keys("number", query.numbers)
    builder.keys("parent_id", query.parent_ids)
    builder.text(query.text, ("name", "number", "city"))
    builder.scope("id", query.scope)
    return builder.result()


def location_filter(columns: Columns, query: LocationQuery, *, sound_ids_only: bool = False) -> Filter | None:
    builder = FilterBuilder(columns, sound_ids_only=sound_ids_only)
    builder.keys("id", query.ids)
    builder.keys("account_id", query.account_ids)
    builder.keys("parent_id", query.parent_ids)
    builder.text(query.text, ("name", "functional_location", "city"))
    builder.scope("account_id", query.scope)
    return builder.result()


def installed_product_filter(
    words: Words, columns: Columns, query: InstalledProductQuery, *, sound_ids_only: bool = False
) -> Filter | None:
    builder = FilterBuilder(columns, sound_ids_only=sound_ids_only)
    builder.keys("id", query.ids)
    builder.keys("asset_id", query.asset_ids)
    builder.keys("serial_number", query.serial_numbers)
    builder.keys("technical_id", query.technical_ids)
    builder.keys("installed_product_number", query.installed_product_numbers)
    builder.keys("account_id", query.account_ids)
    builder.keys("location_id", query.location_ids)
    builder.words("status_text", query.statuses, words.statuses, other=AssetStatus.OTHER, without=True)
    builder.words("product_family", query.modalities, words.modalities, other=Modality.OTHER, without=False)
    builder.between("installation_date", query.installed_from, query.installed_to)
    searched = ("description", "asset_id", "serial_number", "technical_id", "installed_product_number", "asset_tag")
    builder.text(query.text, searched)
    builder.scope("account_id", query.scope)
    return builder.result()
