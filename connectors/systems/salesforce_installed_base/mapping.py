"""Wire → records: the values of an org's records, read by their columns, whatever shape they come in."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import structlog

from connectors.records import InstalledProduct, Provenance, Record
from connectors.systems.salesforce_installed_base.answers import Page
from connectors.systems.salesforce_installed_base.columns import DERIVED, Columns, Kind
from connectors.transport.row_forms import Row, RowForm, Source
from connectors.vocabulary import AssetStatus, Modality

R = TypeVar("R", bound=Record)
Meaning = Callable[[object], object]  # what a word of the org is in our vocabulary
_NONE: Mapping[str, Meaning] = {}
_KEPT = 128  # sets of attributes; clients repeat a few

log = structlog.get_logger(__name__)


def text(value: object) -> str | None:
    """A text without spaces around it; None where nothing is left, or where it is no single value."""
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def bare_number(value: object) -> str | None:
    """`0007100012` → `7100012`; zeros alone are none, and a number with letters keeps its zeros."""
    found = text(value)
    return found.lstrip("0") or None if found is not None and found.isdigit() else found


def padded_number(number: str, digits: int) -> str:
    """`7100012` → `0007100012`; a number with letters is not padded."""
    return number.zfill(digits) if number.isdigit() else number


def day(value: object) -> date | None:
    """`2026-11-22`, or the day of a date and time. Raises ValueError for any other text."""
    found = text(value)
    if found is None:
        return None
    if found[4:8:3] != "--":
        raise ValueError("not a date")
    return date.fromisoformat(found[:10])


def instant(value: object) -> datetime | None:
    """`2026-11-22T10:00:00.000+0000` in UTC; without a zone it is UTC. Raises ValueError for any other text."""
    found = text(value)
    if found is None:
        return None
    moment = datetime.fromisoformat(found)
    if moment.tzinfo is UTC:  # as nearly all are
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


_READERS: dict[Kind, Callable[[object], object]] = {
    Kind.ID: text,
    Kind.NUMBER: bare_number,
    Kind.TEXT: text,
    Kind.LONG_TEXT: text,
    Kind.DATE: day,
    Kind.INSTANT: instant,
}


class ProjectedRead(NamedTuple, Generic[R]):
    """One set of attributes: the fields to select, how to read an answer, how to make records of its rows."""

    fields: tuple[str, ...]
    decoder: msgspec.json.Decoder[Page[Row]]
    form: RowForm[R]
    odd: set[str]  # attributes with values that could not be read, of the rows being read


class RecordReader(Generic[R]):
    """Makes records of one type. `derived`: how the attributes of `columns.DERIVED` follow from the org's word."""

    def __init__(self, system: str, record: type[R], columns: Columns, derived: Mapping[str, Meaning] = _NONE) -> None:
        self._system = system
        self._record = record
        self._columns = columns
        self._derived = derived
        self._made = lru_cache(maxsize=_KEPT)(self._make)

    def of(self, attributes: frozenset[str] | None) -> ProjectedRead[R]:
        """What it takes to read these attributes (None: all), the id among them. Made once."""
        return self._made(attributes)

    def records(self, read: ProjectedRead[R], rows: Iterable[Row], provenance: Provenance) -> dict[str, R]:
        """By id, in order, a record for each row with one. What can't be read is None, and told in the log."""
        read.odd.clear()
        record = read.form.record
        found: dict[Any, R] = {}  # Any: a record's id, which its type doesn't say here
        for row in rows:
            made = record(row, provenance)
            found[made.id] = made  # type: ignore[attr-defined]  # each of the org's records has an id
        if found.pop(None, None) is not None:
            read.odd.add("id")
        if read.odd:
            attributes = sorted(read.odd)
            log.warning(
                "source.unreadable_values", system=self._system, record=self._record.__name__, attributes=attributes
            )
        return found

    def _make(self, attributes: frozenset[str] | None) -> ProjectedRead[R]:
        odd: set[str] = set()
        sources = {
            column.attribute: Source((column.field,), self._reading(column.kind, column.attribute, odd))
            for column in self._columns.values()
            if attributes is None or column.attribute in attributes or column.attribute == "id"
        }
        for attribute, meaning in self._derived.items():
            word = self._columns.get(DERIVED[attribute])
            if word is not None and (attributes is None or attribute in attributes):
                sources[attribute] = Source((word.field,), meaning)
        form = RowForm(self._record, sources, kind=Any)
        row = form.row  # a type made just now, which the type checker can't know
        decoder: msgspec.json.Decoder[Page[Row]] = msgspec.json.Decoder(Page[row], strict=False)  # type: ignore[valid-type]
        return ProjectedRead(tuple(self._columns.fields(attributes)), decoder, form, odd)

    def _reading(self, kind: Kind, attribute: str, odd: set[str]) -> Callable[[object], object]:
        read = _READERS[kind]
        if kind not in (Kind.DATE, Kind.INSTANT):
            return read

        def readable(value: object) -> object:
            try:
                return read(value)
            except (ValueError, OverflowError):
                odd.add(attribute)
                return None

        return readable


class Words:
    """The org's words for status and modality, in any case of letters."""

    def __init__(self, statuses: Mapping[str, AssetStatus], modalities: Mapping[str, Modality]) -> None:
        self.statuses = statuses
        self.modalities = modalities
        self._statuses = {word.casefold(): status for word, status in statuses.items()}
        self._modalities = {word.casefold(): modality for word, modality in modalities.items()}

    def status(self, value: object) -> AssetStatus:
        """V10. A word that the settings don't know is OTHER, as no word is."""
        word = text(value)
        if word is None:
            return AssetStatus.OTHER
        return self.statuses.get(word) or self._statuses.get(word.casefold(), AssetStatus.OTHER)

    def modality(self, value: object) -> Modality | None:
        """V7. None: the asset has no product, or the product no family."""
        family = text(value)
        if family is None:
            return None
        return self.modalities.get(family) or self._modalities.get(family.casefold(), Modality.OTHER)


def installed_product_reader(system: str, columns: Columns, words: Words) -> RecordReader[InstalledProduct]:
    return RecordReader(system, InstalledProduct, columns, {"status": words.status, "modality": words.modality})
