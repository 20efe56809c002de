"""What of SAP's entities is read for the attributes wanted, and the records made of just that."""

from collections.abc import Callable, Iterable, Mapping, Set
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

import msgspec

from connectors.criteria import checked_attributes
from connectors.queries import CaseQuery, ServiceOrderQuery
from connectors.records import Provenance, Record
from connectors.systems.sap_service_orders.wire import (
    Appointments,
    Envelope,
    NotificationOfPartnerRow,
    Partners,
    Reader,
    ReferenceObjects,
    Scalar,
    reader,
)
from connectors.transport.row_forms import Row, RowForm, Source

R = TypeVar("R", bound=Record)

_KINDS = {
    "to_Partner": Partners,
    "to_ReferenceObject": ReferenceObjects,
    "to_Appointment": Appointments,
}
_EXPANDED = {
    "to_Partner": ("PartnerFunction", "Partner"),
    "to_ReferenceObject": ("ServiceReferenceEquipment", "SrvcRefObjIsMainObject"),
    "to_Appointment": ("SrvcDocAppointmentType", "SrvcDocApptStartDateTime", "SrvcDocApptEndDateTime"),
}
_ALWAYS_OF_CASES = frozenset({"id", "number", "asset_id"})
_ALWAYS_OF_ORDERS = frozenset({"id", "case_id", "asset_ids"})
_KEPT = 128  # sets of attributes; clients repeat a few


class Projection(NamedTuple):
    """The properties of the entity itself, and those of each navigation that is expanded."""

    properties: tuple[str, ...]
    expanded: Mapping[str, tuple[str, ...]]

    def options(self, *, paths: bool) -> dict[str, str]:
        """`$select` and `$expand` of the entity's own set. Without `paths` a navigation is selected whole: not every
        runtime takes `to_Partner/Partner` in `$select`."""
        if paths:
            inner = [f"{navigation}/{name}" for navigation, names in self.expanded.items() for name in names]
        else:
            inner = list(self.expanded)
        return {"$select": ",".join([*self.properties, *inner]), "$expand": ",".join(self.expanded)}

    def options_through(self, navigation: str, own: Iterable[str], *, paths: bool) -> dict[str, str]:
        """The same, asked for from another set that leads here by `navigation`; `own` are that set's properties."""
        expand = ",".join([navigation, *(f"{navigation}/{name}" for name in self.expanded)])
        if not paths:
            return {"$expand": expand}
        select = [f"{navigation}/{name}" for name in self.options(paths=True)["$select"].split(",")]
        return {"$select": ",".join([*own, *select]), "$expand": expand}


class ProjectedRead(NamedTuple, Generic[R]):
    """One set of attributes: what to select, how to read an answer, how to make a record of a row.

    A record of a row without a number has no id, whatever its type says.
    """

    projection: Projection
    reader: Reader[Row]
    through_partner: Reader[NotificationOfPartnerRow[Row]]
    record: Callable[[Row, Provenance], R]
    form: RowForm[R]


class Projections(Generic[R]):
    """The reads of one kind of record, made once for each set of attributes."""

    def __init__(self, record: type[R], sources: Mapping[str, Source]) -> None:
        self._record = record
        self._sources = sources
        self.every = frozenset(sources)
        self._made = lru_cache(maxsize=_KEPT)(self._make)

    def of(self, wanted: Set[str]) -> ProjectedRead[R]:
        return self._made(frozenset(wanted))

    def _make(self, wanted: frozenset[str]) -> ProjectedRead[R]:
        """In the table's order, each property once: the same wish makes the same URL."""
        sources = {attribute: source for attribute, source in self._sources.items() if attribute in wanted}
        names = list(dict.fromkeys(name for source in sources.values() for name in source.paths))
        form = RowForm(self._record, sources, kind=Scalar, kinds=_KINDS)
        projection = Projection(
            tuple(name for name in names if name not in _EXPANDED),
            {name: _EXPANDED[name] for name in names if name in _EXPANDED},
        )
        row = form.row  # a type made just now, which the type checker can't know
        rows: Reader[Row] = reader(msgspec.json.Decoder(Envelope[row]))  # type: ignore[valid-type]
        partners: Reader[NotificationOfPartnerRow[Row]] = reader(
            msgspec.json.Decoder(Envelope[NotificationOfPartnerRow[row]])  # type: ignore[valid-type]
        )
        return ProjectedRead(projection, rows, partners, form.record, form)


def wanted_of_case(query: CaseQuery, every: Set[str], *, sold_to_known: bool = False) -> frozenset[str]:
    """The attributes wanted, and those that criteria, order and scope look at.

    `sold_to_known`: the read goes through the sold-to partner's row, which tells it.
    """
    known = {"sold_to"} if sold_to_known else set()
    if query.fields is None:
        return frozenset(every - known)
    wanted = query.fields | _ALWAYS_OF_CASES | checked_attributes(query) | {term.attribute for term in query.order}
    if not query.scope.unrestricted and query.asset_ids is None:
        wanted |= {"sold_to"}  # a case without an asset is visible by its sold-to account (R11)
    return frozenset(wanted & every - known)


def wanted_of_order(query: ServiceOrderQuery, every: Set[str]) -> frozenset[str]:
    if query.fields is None:
        return frozenset(every)
    return frozenset((query.fields | _ALWAYS_OF_ORDERS | {term.attribute for term in query.order}) & every)
