"""A query of one object, from the port's words to its records: filter, statements or a window, call, records."""

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import structlog

from connectors.criteria import checked_attributes
from connectors.errors import SourceMisconfigured
from connectors.queries import Query, Rows
from connectors.records import Provenance, Record
from connectors.registry import Clock
from connectors.systems.salesforce_installed_base import soql
from connectors.systems.salesforce_installed_base.answers import IdRefused
from connectors.systems.salesforce_installed_base.client import ANY_ROW, Asked, SalesforceClient
from connectors.systems.salesforce_installed_base.columns import Columns
from connectors.systems.salesforce_installed_base.filters import Filter
from connectors.systems.salesforce_installed_base.mapping import ProjectedRead, RecordReader
from connectors.systems.salesforce_installed_base.statements import statements, url_bytes
from connectors.systems.salesforce_installed_base.windows import Window, window
from connectors.transport.row_forms import Row

log = structlog.get_logger(__name__)

Q = TypeVar("Q", bound=Query)
Q_contra = TypeVar("Q_contra", bound=Query, contravariant=True)
R = TypeVar("R", bound=Record)


class MakeFilter(Protocol[Q_contra]):
    def __call__(self, columns: Columns, query: Q_contra, *, sound_ids_only: bool = False) -> Filter | None: ...


class ObjectReads(Generic[Q, R]):
    """Reads one object. `scope_attribute` holds the account that a row belongs to."""

    def __init__(
        self,
        client: SalesforceClient,
        clock: Clock,
        columns: Columns,
        reader: RecordReader[R],
        make_filter: MakeFilter[Q],
        matches: Callable[[Q], Callable[[R], bool]],
        scope_attribute: str,
    ) -> None:
        self._client = client
        self._clock = clock
        self.columns = columns
        self._reader = reader
        self._make_filter = make_filter
        self._matches = matches
        self._scope_attribute = scope_attribute
        self._takes_windows = True

    async def rows(self, query: Q) -> Rows[R]:
        """No call for what can't match. Raises the errors of `connectors.errors`."""
        asked = self._make_filter(self.columns, query) if query.scope else None
        if asked is None:
            return Rows()
        try:
            return await self._read(query, asked)
        except IdRefused:
            # Some orgs refuse an id whose last characters don't fit; others never heard of that check.
            sound = self._make_filter(self.columns, query, sound_ids_only=True)
            if sound == asked:
                raise
            return Rows() if sound is None else await self._read(query, sound)

    async def _read(self, query: Q, asked: Filter) -> Rows[R]:
        settings = self._client.settings
        # A restricted viewer's rows are counted by who checks them, so that with a count all of them are read.
        if asked.exact and self._takes_windows and (query.scope.unrestricted or not query.count):
            wanted = window(query, self.columns, text_order=settings.text_order)
            if wanted is not None and (soqls := self._windowed(query, asked, wanted)) is not None:
                try:
                    return await self._read_window(query, asked, wanted, soqls)
                except IdRefused:
                    raise  # an id that is none says nothing of windows
                except SourceMisconfigured as error:
                    # Not every engine knows NULLS LAST or COUNT(): without a window all knew the rest of the query.
                    log.warning("salesforce.window_refused", system=error.system, object=self.columns.source)
                    self._takes_windows = False
        read = self._reader.of(self._attributes(query))
        asking = statements(read.fields, self.columns.source, asked, self._budget)
        answers = await self._client.read([Asked(soql, read.decoder) for soql in asking.soql])
        records = self._records(read, [record for answer in answers for record in answer.records])
        if not asking.complete:
            matches = self._matches(query)
            records = [record for record in records if matches(record) and self._is_in_scope(query, record)]
        return Rows(tuple(records))

    async def _read_window(self, query: Q, asked: Filter, wanted: Window, soqls: list[str]) -> Rows[R]:
        if query.limit == 0 and query.count and query.after is None:
            (counted,) = await self._client.read([Asked(soqls[-1], ANY_ROW)])
            return Rows(windowed=True, more=bool(counted.total), total=counted.total)
        read = self._reader.of(self._attributes(query))
        page, *counts = await self._client.read([Asked(soql, read.decoder) for soql in soqls])
        records = self._records(read, page.records)
        total = counts[0].total if counts else None
        return Rows(tuple(records[: wanted.limit]), windowed=True, more=len(records) > wanted.limit, total=total)

    def _windowed(self, query: Q, asked: Filter, wanted: Window) -> list[str] | None:
        """The page with one row more, to know whether more follow, and the count; None where a URL can't hold them."""
        criteria = [*asked.fixed, *(soql.is_in(keys.field, keys.values) for keys in asked.lists)]
        fields = self._reader.of(self._attributes(query)).fields
        source = self.columns.source
        page = soql.select(fields, source, [*criteria, *wanted.after], order=wanted.order, limit=wanted.limit + 1)
        soqls = [page, soql.select((), source, criteria)] if query.count else [page]
        return soqls if max(map(url_bytes, soqls)) <= self._budget else None

    @property
    def _budget(self) -> int:
        return self._client.settings.max_url_bytes - len("/services/data/v000.0/query?q=")

    def _attributes(self, query: Q) -> frozenset[str] | None:
        """What must be read: what is wanted, and what the caller orders by and checks again."""
        if query.fields is None:
            return None
        ordered = {term.attribute for term in query.order}
        return query.fields | checked_attributes(query) | {self._scope_attribute} | ordered

    def _records(self, read: ProjectedRead[R], rows: Sequence[Row]) -> list[R]:
        provenance = Provenance(self._client.system, self._clock())
        return list(self._reader.records(read, rows, provenance).values())

    def _is_in_scope(self, query: Q, record: R) -> bool:
        scope = query.scope
        return scope.unrestricted or getattr(record, self._scope_attribute) in scope.account_ids
