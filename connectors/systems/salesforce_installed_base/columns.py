"""The columns of an org's objects: which field holds which attribute of a record, and what kind of value."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from pydantic import BaseModel


class Kind(Enum):
    """How a value is read, written in a condition, and ordered."""

    ID = "a record's id"
    NUMBER = "a SAP number, padded with zeros"
    TEXT = "a text"
    LONG_TEXT = "a text that the org can't order by"
    DATE = "a date"
    INSTANT = "a date and time"


_KINDS = {
    "id": Kind.ID,
    "parent_id": Kind.ID,
    "account_id": Kind.ID,
    "location_id": Kind.ID,
    "number": Kind.NUMBER,
    "asset_id": Kind.NUMBER,
    "street": Kind.LONG_TEXT,
    "installation_date": Kind.DATE,
    "end_of_life": Kind.DATE,
    "end_of_service": Kind.DATE,
    "updated_at": Kind.INSTANT,
}

DERIVED = {"status": "status_text", "modality": "product_family"}
"""Attributes read from another's word (`settings.statuses`, `settings.modalities`)."""


@dataclass(frozen=True, slots=True)
class Column:
    """`digits`: a number is padded to as many, in a column of that kind; 0 where the org keeps it bare."""

    attribute: str
    field: str
    kind: Kind
    digits: int = 0


class Columns(Mapping[str, Column]):
    """One object's columns by attribute, without those that the org doesn't have. `source` is the object's name."""

    def __init__(self, fields: BaseModel, digits: int = 0) -> None:
        named: dict[str, str] = fields.model_dump()
        self.source = named.pop("object")
        self._columns = {
            attribute: Column(attribute, field, _KINDS.get(attribute, Kind.TEXT), digits)
            for attribute, field in ({"id": "Id"} | named).items()
            if field
        }

    def __getitem__(self, attribute: str) -> Column:
        return self._columns[attribute]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def wanted(self, attributes: Collection[str] | None) -> list[Column]:
        """The columns that hold these attributes (None: all), the id first."""
        if attributes is None:
            return list(self.values())
        needed = {"id"} | {DERIVED.get(attribute, attribute) for attribute in attributes}
        return [column for attribute, column in self.items() if attribute in needed]

    def fields(self, attributes: Collection[str] | None) -> list[str]:
        """The distinct fields to select for these attributes."""
        return list(dict.fromkeys(column.field for column in self.wanted(attributes)))
